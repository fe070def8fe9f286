"""An event as somebody sees it who may see some of its packs alone.

What is left is what concerns those packs: their codes, the case they lie in, what was done with them, when, where, and
the goods that they are. Other codes, quantities, sensor readings and extensions are gone; papers between seller and
buyer too, unless the event is addressed to who asks. Such an event is not what was signed, and its hash is another.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import msgspec

from ledger.custody.epcis.reading import EpcisEvent

__all__ = ["CODE_LISTS", "codes_of", "reduced"]

CODE_LISTS: Final = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
_STAYS: Final = frozenset({
    "type", "eventID", "eventTime", "eventTimeZoneOffset", "recordTime", "errorDeclaration", "action", "bizStep",
    "disposition", "persistentDisposition", "readPoint", "bizLocation", "parentID", "sourceList", "destinationList",
})  # fmt: skip
_PAPERS: Final = "bizTransactionList"
_GOODS: Final = ("cbvmda:lotNumber", "cbvmda:itemExpirationDate")


def codes_of(event: EpcisEvent) -> set[str]:
    """Return the identifiers of single things that an event names, its parent too."""
    found = {code for name in CODE_LISTS for code in event.members.get(name, ())}
    parent = event.members.get("parentID")
    return found | {parent} if parent else found


def reduced(event: EpcisEvent, visible: Collection[str], *, addressed: bool) -> EpcisEvent | None:
    """Return what of an event concerns these codes; None when nothing does.

    Args:
        visible: the codes that may be seen.
        addressed: the event names who asks as its destination.
    """
    named = codes_of(event).intersection(visible)
    if not named:
        return None
    members = {name: value for name, value in event.members.items() if name in _STAYS}
    for name in CODE_LISTS:
        shown = [code for code in event.members.get(name, ()) if code in named]
        if shown:
            members[name] = shown
    if addressed and _PAPERS in event.members:
        members[_PAPERS] = event.members[_PAPERS]
    goods = {name: value for name, value in event.members.get("ilmd", {}).items() if name in _GOODS}
    if goods:
        members["ilmd"] = goods
    return msgspec.structs.replace(event, members=members)
