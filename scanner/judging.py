"""The station's own verdict, at once and without the network: by the snapshot, by own stock, by what was done here.

It says less than the ledger's: who else has the pack, the station cannot know.
"""

from __future__ import annotations

from time import gmtime

from ledger.codes import Code
from ledger.custody.anomalies import verdict_of
from ledger.custody.rules import RULES
from scanner.acts import Mode
from scanner.knowledge import Goods
from scanner.outbox import Outbox, Said
from scanner.stock import standing

__all__ = ["judge"]


def judge(outbox: Outbox, code: Code, mode: Mode, goods: Goods, *, now: int, zone_seconds: int) -> Said:
    """Return the verdict on a pack by what is known here.

    `blind` is a verdict without any snapshot; there a pack that nobody knows is not even remarkable.
    """
    watches = RULES[mode.kind].watches
    found = []
    if any(row["stopped"] for row in outbox.execute("SELECT stopped FROM stop WHERE code = ?", code.key)):
        found.append("after-final-state")
    today = int("{:04}{:02}{:02}".format(*gmtime(now + zone_seconds)[:3]))
    if "expired" in watches and 0 < goods.expiry < today:
        found.append("expired")
    if "recalled" in watches and ("*" in goods.recalled or (goods.batch and goods.batch in goods.recalled)):
        found.append("recalled")
    elif "recalled" in watches and goods.recalled and not goods.batch:
        found.append("recall-unclear")
    blind = outbox.fact("snapshot-made") is None
    if "product" in watches and code.product and not goods.en and not blind:
        found.append("product-mismatch")
    found += _of_stock(mode.kind, standing(outbox, code.key, outbox.of_code(code.key)))
    return Said(verdict_of(found).word, "blind" if blind else "offline", tuple(found))


def _of_stock(kind: str, where: str | None) -> list[str]:
    """Return what is wrong with where the pack is, in the ledger's own words for it."""
    if where == "dispensed" and kind in ("dispensing", "shipping", "receiving", "inspecting"):
        return ["already-dispensed-here"]
    if where == "here" and kind == "receiving":
        return ["received-never-shipped"]
    if where == "gone" and kind in ("dispensing", "shipping"):
        return ["not-in-custody"]
    return []
