"""For manufacturers, distributors and hospitals whose systems speak EPCIS 2.0: `api.epcis`, all doors together."""

from __future__ import annotations

from api.epcis import events, queries, root
from api.epcis.capture import doors

__all__ = ["doors", "events", "queries", "root"]
