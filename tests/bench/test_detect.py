"""`bench detect` counts rightly, goes on where it was, and says what it measured; how well is never a test."""

from __future__ import annotations

from collections import Counter
from math import inf
from pathlib import Path

import msgspec
import pytest

from ledger.bench.detect import Size, detect, figures, write_page
from ledger.bench.detect.country import Answer, Country, Done, country_in
from ledger.bench.detect.facts import back
from ledger.bench.detect.marks import Part, kind_marks, rule_marks
from ledger.bench.detect.meant import MEANT, RINGS
from ledger.bench.detect.spread import median_of, share_of
from ledger.bench.detect.watch import Facts, rules_of, seen_by, seen_in
from ledger.nation.crimes import choose
from ledger.nation.crimes.kinds import CRIMES
from ledger.nation.crimes.thirty_tons import NAME as THIRTY_TONS
from ledger.reconcile.facts import KEPT_WHOLE
from ledger.reconcile.findings.finding import Grain, Seen, Sentence, Severity, finding_id
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.rule import published
from tests.reconcile.facts_kit import Story

TINY = Size(name="tiny", packs=400, months=1, seeds=1, honest_seeds=1, rarity=2, rare_seeds=1)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which a country with crimes and one without were measured."""
    folder = tmp_path_factory.mktemp("countries")
    detect(TINY, folder, processes=1)
    return folder


def country(folder: Path, kind: str = "all", packs: int = 400) -> Country:
    """Return a country that was measured."""
    found = country_in(folder / f"{kind}-{packs}-1-1")
    assert found is not None
    return found


def seen(rule: str, grain: Grain, subject: str, *persons: str, severity: Severity = "high") -> Seen:
    """Return what a rule might have seen."""
    return Seen(
        id=finding_id(rule, subject), rule=rule, version="0" * 64, grain=grain, severity=severity, subject=subject,
        time=0, score=90, cents=100, evidence=(1,), persons=persons, institutions=(), numbers={},
        sentence=Sentence("", ""),
    )  # fmt: skip


def done(name: str, packs: str = "", persons: str = "", institutions: tuple[int, ...] = ()) -> Done:
    """Return a crime; packs and persons are single letters."""
    return Done(
        name=name, hidden=False, packs=frozenset(packs), persons=frozenset(persons),
        institutions=frozenset(institutions), cents=100, begin=0, end=1,
    )  # fmt: skip


def answer(*crimes: Done) -> Answer:
    """Return an answer with these crimes."""
    return Answer(packs=400, months=1, seed=1, crimes=list(crimes), refused=0, stops=[])


def test_every_rule_and_only_crimes_are_in_the_table() -> None:
    """A rule that is new, or a kind of crime that is gone, is noticed; hidden kinds stand in no row."""
    assert set(MEANT) == {path.stem for path in published()}
    told = {name for name, row in CRIMES.items() if not row.hidden}
    assert {kind for meant in MEANT.values() for kind in meant.kinds} <= told
    assert set(RINGS) <= {*CRIMES, THIRTY_TONS}


def test_a_rule_is_marked_by_its_subjects() -> None:
    """Two of three packs belong to crimes, one to a kind that the rule is meant to find; of that, half is found."""
    found = [seen("settled-twice", "pack", each) for each in "abx"]
    truth = answer(done("sold-twice", packs="ac"), done("remote-swipe", packs="b"))
    (mark,) = [each for each in rule_marks(rules_of(), found, truth) if each.rule == "settled-twice"]
    assert (mark.right, mark.meant) == (Part(2, 3), Part(1, 3))
    assert mark.kinds["sold-twice"] == mark.recall == Part(1, 2)
    assert mark.kinds["card-ring"] == Part(0, 0)


def test_each_card_of_a_network_counts() -> None:
    """A network with two cards of a ring and an honest one is two thirds right."""
    found = [seen("card-ring", "network", "a", "a", "b", "x")]
    (mark,) = rule_marks(rules_of(["card-ring"]), found, answer(done("card-ring", persons="abcd")))
    assert (mark.right, mark.kinds["card-ring"]) == (Part(2, 3), Part(2, 4))


def test_rules_about_institutions_find_crimes() -> None:
    """One finding at one of its institutions finds a crime; another's institution finds none."""
    found = [seen("remote-swipe", "institution", "7"), seen("remote-swipe", "institution", "9")]
    truth = answer(done("remote-swipe", institutions=(7, 8)), done("remote-swipe", institutions=(5,)))
    (mark,) = rule_marks(rules_of(["remote-swipe"]), found, truth)
    assert (mark.right, mark.kinds["remote-swipe"]) == (Part(1, 2), Part(1, 2))


def test_a_mild_finding_is_not_grave() -> None:
    """A crime that only a mild finding touches is found, and not gravely."""
    found = [seen("custody-gap", "pack", "a", severity="low")]
    (mark,) = kind_marks(found, answer(done("makers-diversion", packs="ab")))
    assert (mark.crimes, mark.grave, mark.packs) == (Part(1, 1), Part(0, 1), Part(1, 2))


def test_intervals_are_students() -> None:
    """Shares of 0.4, 0.5 and 0.6: the mean plus and minus 4.303 standard errors; nothing of nothing is left out."""
    share = share_of([Part(4, 10), Part(5, 10), Part(6, 10), Part(0, 0)])
    assert share is not None
    assert (share.mean, share.pooled, share.countries) == (pytest.approx(0.5), Part(15, 30), 3)
    assert (share.least, share.most) == (pytest.approx(0.5 - 0.2484, abs=1e-4), pytest.approx(0.5 + 0.2484, abs=1e-4))
    assert share_of([Part(0, 0)]) is None


def test_what_was_never_found_counts_in_a_median() -> None:
    """Rings that nobody found make the median longer, up to infinite."""
    found = median_of([1, 2, None])
    assert found is not None
    assert (found.median, found.count) == (2, 3)
    assert median_of([1, None, None]).median == inf  # type: ignore[union-attr]
    assert median_of([]) is None
    six = median_of(range(1, 7))
    assert six is not None
    assert (six.least, six.most) == (1, 6)


def test_only_what_really_came_back_is_counted() -> None:
    """A second sale counts; an error that was corrected, and a sale that beeped twice and was undone, do not."""
    story = Story()
    again, mistaken, undone, paid = (story.stock(story.aspirin, story.here) for _ in range(4))
    for pack in (again, mistaken, undone, paid):
        story.dispense(pack, story.here, day=3)
    story.dispense(again, story.here, day=9)
    story.correct(story.dispense(mistaken, story.near, day=9), day=9)
    story.dispense(undone, story.here, day=3, minute=1)
    story.undo(undone, story.here, day=4)
    story.dispense(undone, story.here, day=9)
    story.settle(paid, story.here, day=3)
    story.settle(paid, story.here, day=9)
    engine = DuckEngine(story.facts(), memory_mib=512, threads=1)
    assert back(engine, [again, mistaken, undone, paid]) == {again, paid}
    engine.close()


def test_cut_facts_hold_nothing_later(kept: Path) -> None:
    """What was recorded after the cut is gone; before trade began, no rule sees anything; at the end, all is seen."""
    held, rules = Facts(country(kept).lake), rules_of()
    ring = next(crime for crime in country(kept).answer.crimes if crime.name == "card-ring")
    cut = held.recorded_by(ring.begin)
    times = [max(table["recorded"].to_pylist(), default=0) for name, table in cut.items() if name not in KEPT_WHOLE]  # type: ignore[call-overload]
    assert 0 < max(times) <= ring.begin
    assert seen_by(held, 0, rules) == []
    whole = {each.id for each in seen_in(country(kept).lake, rules)}
    assert {each.id for each in seen_by(held, 2**40, rules)} == whole
    assert whole


def test_the_answer_speaks_the_lakes_words(kept: Path) -> None:
    """Cards, packs and parties of the crimes are those of the facts: rules that name them can be right."""
    crimes = country(kept).answer.crimes
    assert {crime.name for crime in crimes} == {"sold-twice", "resold-after-insured-purchase", "card-ring"}
    found = {each.subject for each in seen_in(country(kept).lake, rules_of(["dispensed-twice"]))}
    assert {pack for crime in crimes if crime.name == "sold-twice" for pack in crime.packs} <= found
    assert country(kept, "none").answer.crimes == []
    assert country(kept, "none").answer.stops == []


def test_crime_is_rare_where_it_should_be(kept: Path) -> None:
    """The larger country has as many crimes as the small one; by its own size it would have more."""
    rare = country(kept, "rare", 800).answer
    assert rare.packs == 2 * country(kept).answer.packs
    assert Counter(each.name for each in rare.crimes) == Counter(each.name for each in country(kept).answer.crimes)
    assert sum(choose("all", 40_000).values()) < sum(choose("all", 400_000).values())


def test_an_interrupted_run_goes_on(kept: Path) -> None:
    """What was measured is not measured again; with other rules it is, without recording the country anew."""
    path = kept / "all-400-1-1" / "result.json"
    lake = (kept / "all-400-1-1" / "lake" / "manifest.json").stat().st_mtime_ns
    first = msgspec.json.decode(path.read_bytes())
    path.write_bytes(msgspec.json.encode(first | {"result": first["result"] | {"refused": 12345}}))
    assert detect(TINY, kept, processes=1).with_crimes[0].refused == 12345
    path.write_bytes(msgspec.json.encode(first | {"rules": "of yesterday"}))
    assert detect(TINY, kept, processes=1).with_crimes[0].refused == 0
    assert (kept / "all-400-1-1" / "lake" / "manifest.json").stat().st_mtime_ns == lake


def test_the_page_tells_every_rule_and_figure(kept: Path, tmp_path: Path) -> None:
    """Each rule, each figure and each kind of crime has its line."""
    found = detect(TINY, kept, processes=1)
    write_page(found, TINY, tmp_path / "reference" / "detection.md")
    page = (tmp_path / "reference" / "detection.md").read_text("utf-8")
    for rule in MEANT:
        assert page.count(f"| `{rule}` | ") in (2, 3), rule  # also among those that saw a ring first
    for figure in figures(found):
        assert page.count(f"| {figure.name} | ") == 1
    for crime in country(kept).answer.crimes:
        assert page.count(f"| {crime.name} | ") == 1
