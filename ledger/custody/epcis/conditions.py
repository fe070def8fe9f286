"""What EPCIS asks of an event beyond its members: held of what is sent, never of what the ledger has recorded.

What was recorded before, or came signed from a station, must be told to whoever asks for it.
"""

from __future__ import annotations

import re
from typing import Final

from ledger.custody.epcis.faults import CaptureFault
from ledger.custody.epcis.reading import EpcisEvent
from ledger.custody.epcis.shape import EVENTS, MEMBERS

__all__ = ["require_conditions"]

# UN/CEFACT Recommendation 20, as EPCIS's JSON schema has it; a unit of a sensor is any text there.
_UNIT: Final = re.compile(r"[A-Z0-9]{2,3}")


def require_conditions(event: EpcisEvent) -> None:
    """Refuse an event whose members do not go together (EPCIS 2.0 §7.3.3.3, §7.4.2, §7.4.5).

    Raises:
        CaptureFault: `epcis-member`, `epcis-value`.
    """
    members = event.members
    event_type = members["type"]
    if event_type == "ObjectEvent" and members["action"] != "ADD" and "ilmd" in members:
        raise CaptureFault("epcis-member", "only an ObjectEvent with ADD has it", path="ilmd")
    if event_type == "TransformationEvent" and "transformationID" not in members:
        for side in ("input", "output"):
            lists = (f"{side}EPCList", f"{side}QuantityList")
            if members.keys().isdisjoint(lists):
                raise CaptureFault("epcis-member", "neither is there, nor a transformationID", path=" or ".join(lists))
    for name in EVENTS[event_type]:
        if MEMBERS[name] != "quantities":
            continue
        for order, quantity in enumerate(members.get(name, ())):
            if _UNIT.fullmatch(quantity.get("uom", "KGM")) is None:
                raise CaptureFault("epcis-value", "no unit of UN/CEFACT Rec. 20", path=f"{name}[{order}].uom")
