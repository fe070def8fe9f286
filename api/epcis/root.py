"""What EPCIS's top level is made of, and the doors of its interface that are not built here: each says so itself."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from starlette.responses import Response

from api.door import Asked
from api.epcis.capture import announce, doors
from api.epcis.events import Collection
from api.epcis.headers import EPCIS
from api.reading import JSON
from ledger.custody.epcis.names import CONTEXT
from ledger.errors import Misuse

__all__: list[str] = []

_TOP: Final = [
    "capture", "events", "eventTypes", "epcs", "bizSteps", "bizLocations", "readPoints", "dispositions", "queries",
]  # fmt: skip


@doors.get(
    "/", action="service.read", gives=Collection, problems=("epcis-header",),
    example={"@context": [CONTEXT], "type": "Collection", "member": _TOP},
)  # fmt: skip
async def list_top(_asked: Asked[Any]) -> Response:
    """List the names of EPCIS's top level, each of which leads further."""
    return Response(msgspec.json.encode(Collection(member=_TOP)), 200, EPCIS, JSON)


@doors.other(
    "DELETE", "/nextPageToken/{token}", action="events.read", problems=("epcis-header", "epcis-not-offered")
)
async def end_page_token(_asked: Asked[Any]) -> Response:
    """Refuse to end a page token: nothing is kept for one that could be let go of.

    Answered with 501, as EPCIS has it for what a server may leave out.
    """
    raise Misuse("epcis-not-offered", "page tokens carry their place themselves; nothing is kept for them")


for _path in ("/", "/nextPageToken/{token}"):
    announce(_path)
