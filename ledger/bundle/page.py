"""The page for people: made from a checked dossier alone, so that whoever verifies a bundle can make it again.

One file without script, without anything from elsewhere; Chinese first, then English.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from ledger.bundle.dossier import Dossier
from ledger.bundle.drawing import draw_months, draw_ring
from ledger.bundle.form import Index
from ledger.bundle.words import LANGUAGES, words_in
from ledger.clock import iso
from ledger.papers.case import Decision
from ledger.papers.contents import DOUBLED, Action, Deadline, HandOver, Note, Outcome, Seizure
from ledger.reconcile.cases.proposal import stake_of
from ledger.reconcile.findings.finding import SEVERITIES, Finding, Seen
from ledger.reconcile.seizure.traced import TracedBy

__all__ = ["RuleWords", "page_of", "rule_words"]

_SHOWN_FINDINGS: Final = 500
_SHOWN_ROWS: Final = 25
_SHOWN_EVIDENCE: Final = 12
_SHOWN_NAMES: Final = 12
_DAY_SECONDS: Final = 86_400

_environment = Environment(
    loader=PackageLoader("ledger.bundle", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True, keep_trailing_newline=True,
)  # fmt: skip


class RuleWords(msgspec.Struct, frozen=True):
    """What a rule says of itself in one language: empty texts where its header does not say it."""

    title: str = ""
    why: str = ""
    not_proof: str = ""


class _Row(msgspec.Struct, frozen=True):
    """A finding as the page shows it, in one language."""

    id: str
    rule: str
    words: RuleWords
    severity: str
    score: int
    money: str
    sentence: str
    about: str
    places: str
    evidence: list[int]
    more: int
    standing: str
    decision: str


class _Taken(msgspec.Struct, frozen=True):
    """A seizure as the page shows it, in one language; `unread` counts lines and packs that gave no code."""

    when: str
    who: str
    file_number: str
    place: str
    packs: int
    unread: int


class _Done(msgspec.Struct, frozen=True):
    """An action as the page shows it, in one language."""

    when: str
    who: str
    what: str
    text: str
    fault: str


def rule_words(text: str, language: str) -> RuleWords:
    """Return what stands in a rule's header; nothing when it cannot be read, for the text itself is enclosed."""
    try:
        header: dict[str, Any] = tomllib.loads(text.partition("/*")[2].partition("*/")[0])
        return msgspec.convert(
            {name: header[name][language] for name in ("title", "why", "not_proof") if name in header}, RuleWords
        )
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, KeyError, TypeError):
        return RuleWords()


def page_of(index: Index, dossier: Dossier, rules: dict[str, str]) -> bytes:
    """Return the page.

    Args:
        index: the bundle's index, of which no digest is looked at.
        dossier: what the members say.
        rules: the texts of the rules, by version.
    """
    articles = [_article(language, dossier, rules) for language in LANGUAGES]
    text = _environment.get_template("page.html.jinja").render(index=index, dossier=dossier, articles=articles, iso=iso)
    return text.encode()


def _article(language: str, dossier: Dossier, rules: dict[str, str]) -> dict[str, Any]:
    words = words_in(language)
    found = [each.finding for each in dossier.findings.findings]
    ordered = sorted(found, key=lambda each: (-SEVERITIES.index(each.seen.severity), -each.seen.score, each.id))
    names = _names(dossier, language)
    return {
        "language": language,
        "words": words,
        "office": names.get(dossier.case.case.office, ""),
        "decision": _decided(dossier.case.case.decision, words),
        "figures": _figures(dossier, found),
        "findings": [_row(each, dossier, rules, language, words, names) for each in ordered[:_SHOWN_FINDINGS]],
        "left": max(0, len(ordered) - _SHOWN_FINDINGS),
        "ring": draw_ring(_uses(dossier), names),
        "months": draw_months(_times(dossier, found)),
        "done": list(_done(dossier, names, words)),
        "seizures": list(_taken(dossier, names)),
        "tables": _tables(dossier, names, language) if dossier.tracing else [],
    }


def _names(dossier: Dossier, language: str) -> dict[int, str]:
    numbers = {each.office for each in (dossier.case.case,)}
    numbers.update(number for found in dossier.findings.findings for number in found.finding.seen.institutions)
    numbers.update(stated.party for stated in dossier.evidence.stated.values())
    if dossier.tracing is not None:
        rows = [*dossier.tracing.by_institution, *dossier.tracing.by_holder]
        numbers.update(int(row.name) for row in rows if row.name.isascii() and row.name.isdigit())
    names = {}
    for number in numbers:
        english, chinese = dossier.evidence.directory.party_name(number)
        names[number] = (chinese if language == "zh" else english) or str(number)
    return names


def _figures(dossier: Dossier, found: list[Finding]) -> list[tuple[str, str]]:
    packs = {each.seen.subject for each in found if each.seen.grain == "pack"}
    return [
        ("findings", str(len(found))),
        ("persons", str(len({person for each in found for person in each.seen.persons}))),
        ("institutions", str(len({party for each in found for party in each.seen.institutions}))),
        ("found-packs", str(len(packs))),
        ("money", _money(stake_of(found))),
        ("statements", str(len(dossier.evidence.stated))),
    ]


def _times(dossier: Dossier, found: list[Finding]) -> list[int]:
    proofs = {index for each in found for index in each.seen.evidence}
    return [stated.time for index, stated in dossier.evidence.stated.items() if index in proofs]


def _uses(dossier: Dossier) -> dict[tuple[str, int], int]:
    """Count how often each card of a network, or else of any finding, was used at each institution."""
    found = [each.finding.seen for each in dossier.findings.findings]
    networks = [each for each in found if each.grain == "network"]
    persons = {person for each in networks or found for person in each.persons}
    seen: set[tuple[str, int, int]] = set()
    for table, column in (("custody", "party"), ("settlement", "institution")):
        for row in dossier.facts.get(table, []):
            person, party, day = row.get("person"), row.get(column), row.get("day")
            if person in persons and isinstance(party, int) and isinstance(day, int):
                seen.add((str(person), party, day))  # a sale and its settlement are one use
    return dict(Counter((person, party) for person, party, _ in seen))


def _row(
    finding: Finding, dossier: Dossier, rules: dict[str, str], language: str, words: dict[str, str],
    names: dict[int, str],
) -> _Row:  # fmt: skip
    seen = finding.seen
    return _Row(
        id=seen.id, rule=seen.rule, words=rule_words(rules.get(seen.version, ""), language),
        severity=seen.severity, score=seen.score, money=_money(seen.cents),
        sentence=seen.sentence.zh if language == "zh" else seen.sentence.en,
        about=_about(seen, names), places=_listed([names[each] for each in seen.institutions]),
        evidence=list(seen.evidence[:_SHOWN_EVIDENCE]), more=max(0, len(seen.evidence) - _SHOWN_EVIDENCE),
        standing=words["open" if finding.closing is None else finding.closing.reason],
        decision=_decided(dossier.case.case.decision_of(seen.id), words),
    )  # fmt: skip


def _about(seen: Seen, names: dict[int, str]) -> str:
    """Return the pack, the card or the party that a finding is about; of a network, its cards."""
    if seen.grain == "network":
        return _listed(seen.persons)
    return seen.subject if seen.party is None else names.get(seen.party, seen.subject)


def _listed(texts: Sequence[str]) -> str:
    more = len(texts) - _SHOWN_NAMES
    return ", ".join(texts[:_SHOWN_NAMES]) + (f" … +{more}" if more > 0 else "")


def _taken(dossier: Dossier, names: dict[int, str]) -> Iterator[_Taken]:
    for paper in dossier.evidence.offices:
        seizure = paper.content
        if isinstance(seizure, Seizure) and seizure.id in dossier.case.case.seizures:
            unread = sum(fault.fault != DOUBLED for fault in seizure.faults or ())
            yield _Taken(
                seizure.time, names.get(paper.signer.party, str(paper.signer.party)), seizure.case, seizure.place,
                len(seizure.codes or ()), unread + (seizure.unreadable or 0),
            )  # fmt: skip


def _decided(decision: Decision | None, words: dict[str, str]) -> str:
    if decision is None:
        return ""
    cause = f" ({words.get(decision.cause, decision.cause)})" if decision.cause else ""
    return words.get(decision.result, decision.result) + cause


def _done(dossier: Dossier, names: dict[int, str], words: dict[str, str]) -> Iterator[_Done]:
    for row, paper in zip(dossier.case.actions, dossier.done, strict=True):
        action = paper.content
        assert isinstance(action, Action)
        act = str(type(action.do).__struct_config__.tag)
        fault = f"{words['does-not-count']}: {row.fault}" if row.fault else ""
        yield _Done(
            action.time, names.get(paper.signer.party, str(paper.signer.party)), words[f"act-{act}"],
            _told(action, words), fault,
        )  # fmt: skip


def _told(action: Action, words: dict[str, str]) -> str:
    match action.do:
        case Note(text=text):
            return text
        case Deadline(until=until):
            return until
        case HandOver(to=to, reason=reason):
            return f"{to}: {reason}"
        case Outcome(result=result, cause=cause, text=text):
            return ": ".join(each for each in (_decided(Decision(result, cause), words), text) if each)
        case _:
            return ""


def _tables(dossier: Dossier, names: dict[int, str], language: str) -> list[tuple[str, list[dict[str, str]]]]:
    tracing = dossier.tracing
    assert tracing is not None
    products = {name: texts[language == "zh"] for name, texts in dossier.evidence.products.items()}
    parties = {str(number): name for number, name in names.items()}
    shown: list[tuple[str, list[TracedBy], dict[str, str]]] = [
        ("by-institution", tracing.by_institution, parties),
        ("by-person", tracing.by_person, {}),
        ("by-product", tracing.by_product, products),
        ("by-month", tracing.by_month, {}),
        ("by-holder", tracing.by_holder, parties),
    ]
    return [(word, [_traced_row(row, known) for row in rows[:_SHOWN_ROWS]]) for word, rows, known in shown]


def _traced_row(row: TracedBy, names: dict[str, str]) -> dict[str, str]:
    return {
        "name": names.get(row.name, row.name), "packs": str(row.packs), "persons": str(row.persons),
        "money": _money(row.cents), "fund": _money(row.fund_cents), "kilograms": kilograms(row.milligrams),
        "days": f"{_day(row.first_day)} – {_day(row.last_day)}",
    }  # fmt: skip


def _day(day: int | None) -> str:
    return "" if day is None else iso(day * _DAY_SECONDS)[:10]


def _money(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"


def kilograms(milligrams: int) -> str:
    """Print a weight in kilograms, to the gram."""
    return f"{milligrams // 1_000_000:,}.{milligrams // 1_000 % 1_000:03d}"


_environment.filters["money"] = _money
_environment.filters["kilograms"] = kilograms
