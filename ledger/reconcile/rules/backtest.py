"""A draft over all history, beside what is published: what it would find, and what it would have said of past cases.

Nothing is published or remembered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Final, Literal

import msgspec

from ledger.errors import FormatError
from ledger.limits import RULE_SECONDS_MAX
from ledger.reconcile.facts import DAY_OFFSET_SECONDS
from ledger.reconcile.rules.engine import Engine
from ledger.reconcile.rules.hit import Hit
from ledger.reconcile.rules.rule import Rule
from ledger.reconcile.rules.run import Outcome, joined, run_rule, run_rules
from ledger.reconcile.rules.views import query_of

__all__ = ["OUTCOMES", "Backtest", "Known", "Overlap", "Tally", "backtest", "parse_known"]

OutcomeName = Literal["confirmed", "false-alarm", "unresolved"]
OUTCOMES: Final[tuple[OutcomeName, ...]] = ("confirmed", "false-alarm", "unresolved")


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a case about a finding ended."""

    finding: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")]
    outcome: OutcomeName


class Tally(msgspec.Struct, frozen=True):
    """So many hits, and the money in them."""

    name: str
    hits: int
    cents: int


class Overlap(msgspec.Struct, frozen=True):
    """What the draft shares with a published rule: hits about the same subject, and hits with common evidence."""

    rule: str
    hits: int
    same_subject: int
    common_evidence: int


class Backtest(msgspec.Struct, frozen=True, kw_only=True):
    """What a draft finds.

    Attributes:
        months: by the local month in which it could first be found, like 202603.
        regions: by the county of the first institution touched.
        overlaps: with each published rule that shares anything.
        outcomes: (outcome, findings known, of which the draft finds the same subject or evidence).
        failed: published rules that could not be run, and are not compared.
    """

    rule: str
    version: str
    hits: int
    cents: int
    subjects: list[str]
    months: list[Tally]
    regions: list[Tally]
    overlaps: list[Overlap]
    outcomes: list[tuple[str, int, int]]
    failed: list[str]


def parse_known(data: bytes) -> list[Known]:
    """Read a list of outcomes: JSON, objects with `finding` and `outcome`.

    Raises:
        FormatError: `outcomes-malformed`.
    """
    try:
        return msgspec.json.decode(data, type=list[Known])
    except msgspec.MsgspecError as error:
        raise FormatError("outcomes-malformed", str(error)) from None


def backtest(
    engine: Engine,
    draft: Rule,
    published: Sequence[Rule],
    known: Sequence[Known] = (),
    given: Mapping[str, object] | None = None,
    *,
    seconds: int = RULE_SECONDS_MAX,
) -> Backtest:
    """Run a draft over all facts, and the published rules beside it.

    Args:
        known: outcomes of cases, by finding.
        given: parameters of the draft.

    Raises:
        Misuse: as `run_rule`, for the draft; a published rule that fails is named in the answer.
    """
    hits = joined(draft, run_rule(engine, draft, given or {}, seconds=seconds))
    others = list(run_rules(engine, [rule for rule in published if rule.id != draft.id], {}, seconds=seconds))
    regions = _regions(engine)
    return Backtest(
        rule=draft.id,
        version=draft.version,
        hits=len(hits),
        cents=sum(hit.cents for hit in hits),
        subjects=[hit.subject for hit in hits],
        months=_tallies((_month(hit.time), hit) for hit in hits),
        regions=_tallies((_region(hit, regions), hit) for hit in hits),
        overlaps=[overlap for other in others if (overlap := _overlap(hits, other)) is not None],
        outcomes=_outcomes(hits, others, known),
        failed=[other.rule.id for other in others if other.problem is not None],
    )


def _month(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds + DAY_OFFSET_SECONDS, UTC):%Y%m}"


def _regions(engine: Engine) -> dict[int, str]:
    parties = engine.ask(query_of("SELECT number, region FROM party"), RULE_SECONDS_MAX)
    return {row["number"]: row["region"] or "" for row in parties.to_pylist()}


def _region(hit: Hit, regions: Mapping[int, str]) -> str:
    return regions.get(hit.institutions[0], "") if hit.institutions else ""


def _tallies(named: Iterable[tuple[str, Hit]]) -> list[Tally]:
    hits: Counter[str] = Counter()
    cents: Counter[str] = Counter()
    for name, hit in named:
        hits[name] += 1
        cents[name] += hit.cents
    return [Tally(name, hits[name], cents[name]) for name in sorted(hits)]


def _overlap(hits: Sequence[Hit], other: Outcome) -> Overlap | None:
    subjects = {hit.subject for hit in other.hits}
    evidence = {index for hit in other.hits for index in hit.evidence}
    same = sum(hit.subject in subjects for hit in hits)
    common = sum(not evidence.isdisjoint(hit.evidence) for hit in hits)
    return Overlap(other.rule.id, len(other.hits), same, common) if same or common else None


def _outcomes(hits: Sequence[Hit], others: Sequence[Outcome], known: Sequence[Known]) -> list[tuple[str, int, int]]:
    found = {_finding(hit): hit for other in others for hit in other.hits}
    subjects = {hit.subject for hit in hits}
    evidence = {index for hit in hits for index in hit.evidence}
    rows: list[tuple[str, int, int]] = []
    for outcome in OUTCOMES if known else ():
        about = [found.get(each.finding) for each in known if each.outcome == outcome]
        again = sum(
            hit is not None and (hit.subject in subjects or not evidence.isdisjoint(hit.evidence)) for hit in about
        )
        rows.append((outcome, len(about), again))
    return rows


def _finding(hit: Hit) -> str:
    """Return the id of the finding of a hit: one for each rule and subject."""
    return sha256(f"packledger finding\0{hit.rule}\0{hit.subject}".encode()).hexdigest()[:32]
