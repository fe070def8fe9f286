"""The page that shows how well crimes are found, in Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import isinf
from typing import Final

from ledger.bench.detect.marks import KindMark, Part
from ledger.bench.detect.meant import MEANT
from ledger.bench.detect.size import Size
from ledger.bench.detect.spread import Median, Share, share_of
from ledger.bench.detect.summary import Figure, Findings, figures

__all__ = ["page_of"]

_HOW: Final = """
Each country is made by its seed, recorded through the same door as everybody's submissions into a new ledger on SQLite,
read into a lake, and searched by all published rules with their default parameters.
Its truth file says what was done; only the benchmark reads it.
No rule was changed because of what a seed showed on this page.
Two other things were, once: three rules now open a case only when they speak of one person, pack or party
(honest seed 16 had shown one about four strangers), and the plain count leaves out sales that were declared errors
or undone after a double beep (seeds 16 and 17).
Other seeds would be a stricter test of both.

A share is the mean over countries; in brackets its 95 % interval, Student's t over the countries' own shares.
Behind it stand the counts of all countries together.
Where every country gave the same, the interval has no width, and the counts alone say how much was looked at.
A median's interval lies between order statistics (binomial).

What the figures do not say: the countries are small, and denser in crime than any real one.
The crimes are ours, from published cases; the kinds that rule authors were not told of are marked *hidden*.
"""

_PACKS: Final = """## Figures

Which packs were really seen again is counted plainly in the facts of the crimes' own packs: a crime's codes are not all
used to their end.
Persons of rings are cards that were used for a ring, with or without their owners' knowledge;
a card in a network that belongs to no ring counts as wrong, also when it belongs to another crime.
The time to the first finding is measured on facts that are cut at what was recorded by then,
at the ends of days 1 to 7, 10, 14, 21, 28, 42, 56 and 84;
findings of low severity and those about institutions do not count.
Money is that of the packs which were bought on a card of the crime;
a card ring alone has more than 1 % of a small country's cards, so that nobody could put all of it on so few:
the most that there is stands beside.
Where crime is rare, as in the world, it fits: those are the larger countries with the crimes of a small one.
They had 200,000 packs at first, of which nobody could have put more than 90.3 % there; ours was 87.2 %."""

_RULES: Final = """## Rules

`right` is the share of a rule's subjects that belong to any crime, `meant` to one that the rule is meant to find.
A card or an institution can belong to a crime without its owner's knowledge.
`found` is the share of the kind that this rule alone finds: of packs, of cards, or (institutions, trade) of crimes."""

_KINDS: Final = """## Crimes

What all rules about packs, persons and networks find together.
`grave` counts crimes with a finding of medium or high severity."""

_DELAYS: Final = """## First findings about rings

Which rules saw a ring first, and in how many rings; several may see it on the same day."""


def page_of(found: Findings, size: Size) -> str:
    """Return the page."""
    parts = [
        "# Detection",
        "<!-- Written by `packledger bench detect --write`; run it again, do not edit. -->",
        f"Written by `packledger bench detect` at scale `{size.name}`: {len(found.with_crimes)} countries with crimes"
        f" and {len(found.honest)} without, {size.packs:,} packs and {size.months} months each;"
        f" and {len(found.rare)} of {size.rare_packs:,} packs with no more crimes than those.",
        _HOW.strip(),
        _PACKS,
        _table(("figure", "value", "95 %", "counts", "goal"), map(_figure_row, figures(found))),
        _RULES,
        _table(("rule", "about", "subjects", "right", "meant", "kind: found"), _rule_rows(found)),
        "### What would mend it",
        _table(("rule", "what it goes by", "what it misses, and what would mend that"), _mending()),
        _KINDS,
        _table(("kind", "crimes found", "grave", "packs found", "cards found"), _kind_rows(found)),
        _DELAYS,
        _table(("rule", "rings"), _first_rows(found)),
    ]
    return "\n\n".join(parts) + "\n"


def _mending() -> Iterable[tuple[str, ...]]:
    for rule, meant in MEANT.items():
        yield f"`{rule}`", meant.why.removesuffix("."), meant.mend.removesuffix(".")


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _figure_row(figure: Figure) -> tuple[str, ...]:
    value = figure.value
    bound = "at least" if figure.at_least else "at most"
    goal = ""
    if figure.goal is not None:
        limit = _percent(figure.goal) if figure.unit == "percent" else f"{figure.goal:g}"
        goal = f"{bound} {limit}: {'not measured' if figure.reached is None else _outcome(figure)}"
    if isinstance(value, Share):
        return figure.name, _percent(value.mean), _between(value), _counts(value.pooled), goal
    if isinstance(value, Median):
        between = f"{_days(value.least)} – {_days(value.most)}"
        return figure.name, _days(value.median), between, f"{value.count} rings", goal
    return figure.name, "–" if value is None else str(value), "", "", goal


def _outcome(figure: Figure) -> str:
    return "reached" if figure.reached else "**missed**"


def _rule_rows(found: Findings) -> Iterable[tuple[str, ...]]:
    results = found.with_crimes
    for at, mark in enumerate(results[0].rules if results else ()):
        marks = [each.rules[at] for each in results]
        right, meant = share_of(each.right for each in marks), share_of(each.meant for each in marks)
        kinds = [f"{kind}: {_told(share_of(each.kinds[kind] for each in marks))}" for kind in MEANT[mark.rule].kinds]
        subjects = sum(each.right.all for each in marks)
        shown = "<br>".join(kinds)
        yield f"`{mark.rule}`", mark.grain, f"{subjects:,}", _told(right), _told(meant) if kinds else "–", shown


def _kind_rows(found: Findings) -> Iterable[tuple[str, ...]]:
    kinds: dict[str, list[KindMark]] = {}
    for mark in (mark for each in found.with_crimes for mark in each.kinds):
        kinds.setdefault(mark.kind, []).append(mark)
    for kind, marks in kinds.items():
        name = f"{kind} *(hidden)*" if marks[0].hidden else kind
        crimes, grave = (_pooled(each.crimes for each in marks), _pooled(each.grave for each in marks))
        packs, persons = share_of(each.packs for each in marks), share_of(each.persons for each in marks)
        yield name, _counts(crimes), _counts(grave), _told(packs), _told(persons)


def _first_rows(found: Findings) -> Iterable[tuple[str, ...]]:
    delays = [delay for each in found.with_crimes for delay in each.delays]
    first = Counter(rule for delay in delays for rule in delay.rules)
    for rule, count in sorted(first.items(), key=lambda pair: (-pair[1], pair[0])):
        yield f"`{rule}`", str(count)
    if unseen := sum(delay.days is None for delay in delays):
        yield "none within 84 days", str(unseen)


def _pooled(parts: Iterable[Part]) -> Part:
    known = list(parts)
    return Part(sum(part.some for part in known), sum(part.all for part in known))


def _told(share: Share | None) -> str:
    if share is None:
        return "–"
    return f"{_percent(share.mean)} [{_between(share)}]" if share.countries > 1 else _percent(share.mean)


def _between(share: Share) -> str:
    return f"{_percent(share.least)} – {_percent(share.most)}" if share.countries > 1 else ""


def _counts(part: Part) -> str:
    return f"{part.some:,} of {part.all:,}"


def _percent(value: float) -> str:
    return f"{100 * value:.3g} %"


def _days(value: float) -> str:
    return "more than 84" if isinf(value) else f"{value:g}"
