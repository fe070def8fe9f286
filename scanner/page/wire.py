"""What the page sends and is sent, as JSON."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from ledger.custody.anomalies import ANOMALIES
from ledger.errors import LedgerError
from ledger.limits import SCAN_CHARACTERS_MAX, TEXT_CHARACTERS_MAX, URI_CHARACTERS_MAX
from ledger.texts import PROBLEMS
from scanner.acts import Basket
from scanner.care.strokes import End, Stroke
from scanner.counter import Scan
from scanner.knowledge import Goods
from scanner.limits import PAGE_STROKES_MAX
from scanner.outbox import Entry
from scanner.words import Language

__all__ = ["Calibrate", "Numbered", "Take", "basket_of", "entry_told", "problem_told", "scan_told"]

Text = Annotated[str, Meta(max_length=TEXT_CHARACTERS_MAX)]


class Take(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A scan.

    Attributes:
        mode: what is being done.
        strokes, end: what a scanner typed, and what ended it; or
        text: what a person typed, or what was read from a picture.
        raw: of a picture: the symbol's bytes, in hex.
        destination, card, settlement: what the basket says.
    """

    mode: Text
    strokes: Annotated[list[Stroke], Meta(max_length=PAGE_STROKES_MAX)] = []
    end: End = "key"
    text: Annotated[str, Meta(max_length=SCAN_CHARACTERS_MAX)] = ""
    raw: Annotated[str, Meta(pattern=r"^(?:[0-9a-f]{2}){0,4096}\Z")] = ""
    destination: Annotated[str, Meta(max_length=URI_CHARACTERS_MAX)] = ""
    card: Text = ""
    settlement: Text = ""


class Numbered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An event of this station, by its number."""

    number: Annotated[int, Meta(ge=1, lt=2**53)]


class Calibrate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What arrived when the calibration symbol was scanned, and what ended it."""

    strokes: Annotated[list[Stroke], Meta(max_length=PAGE_STROKES_MAX)]
    end: End = "key"


def basket_of(take: Take) -> Basket:
    """Return what the scans of a basket have in common."""
    return Basket(
        destination=take.destination.strip(), id_number=take.card.strip(), settlement=take.settlement.strip()
    )


def problem_told(error: LedgerError, language: Language) -> dict[str, Any]:
    """Return a problem in words."""
    text = PROBLEMS[error.code]
    title, advice = (text.zh, text.do_zh) if language == "zh" else (text.en, text.do_en)
    return {"code": error.code, "title": title, "advice": advice}


def scan_told(scan: Scan, language: Language) -> dict[str, Any]:
    """Return what a scan came to, in words."""
    if scan.fault is not None:
        problem = problem_told(scan.fault, language)
        return {"verdict": "scanner_fault", "known": scan.said.known, "say": [problem["title"], problem["advice"]]}
    assert scan.entry is not None
    return entry_told(scan.entry, scan.goods, language) | {
        "verdict": scan.said.verdict, "say": _sentences(scan.said.anomalies, language), "again": scan.repeated,
    }  # fmt: skip


def entry_told(entry: Entry, goods: Goods | None, language: Language) -> dict[str, Any]:
    """Return an event in words; without what is personal."""
    name = "" if goods is None else (goods.zh if language == "zh" else goods.en)
    batch = entry.batch or ("" if goods is None else goods.batch)
    expiry = entry.expiry or (0 if goods is None else goods.expiry)
    say = _sentences(entry.said.anomalies, language)
    if entry.problem and entry.problem in PROBLEMS:
        text = PROBLEMS[entry.problem]
        say = [text.zh, text.do_zh] if language == "zh" else [text.en, text.do_en]
    return {
        "number": entry.number, "made": entry.made, "mode": entry.mode, "code": entry.code, "name": name,
        "strength": "" if goods is None else goods.strength,
        "batch": batch, "recalled": "" if goods is None or batch else goods.doubtful,
        "expiry": f"{expiry // 10_000}-{expiry // 100 % 100:02}-{expiry % 100:02}" if expiry else "",
        "verdict": entry.said.verdict, "known": entry.said.known, "state": entry.state, "say": say,
        "corrects": entry.corrects, "confirmed": entry.confirmed,
    }  # fmt: skip


def _sentences(anomalies: tuple[str, ...], language: Language) -> list[str]:
    rows = [ANOMALIES[name] for name in anomalies if name in ANOMALIES]
    return [row.zh if language == "zh" else row.en for row in rows]
