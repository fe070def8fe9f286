"""The rules against a notebook: a plain account of one pack, sentence by sentence, in no table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.custody.anomalies import verdict_of
from ledger.custody.judge import Act, Actor, Circumstances, ProductFacts, judge
from ledger.custody.state import Custody

START = 1_790_000_000
DAY = 86_400
MAKER, DEALER, CORNER, CORNER_TWO, FAR, PAYER, POLICE, CITIZEN = range(1, 9)

WHO: dict[int, tuple[int, int, int, str]] = {  # person -> party, site, station, role
    MAKER: (100, 101, 102, "manufacturer"),
    DEALER: (200, 201, 202, "distributor"),
    CORNER: (300, 301, 302, "dispenser"),
    CORNER_TWO: (300, 305, 306, "dispenser"),
    FAR: (400, 401, 402, "dispenser"),
    PAYER: (500, 501, 502, "insurer"),
    POLICE: (600, 601, 602, "police"),
    CITIZEN: (0, 0, 0, "public"),
}
GONE = {"destroyed", "lost", "seized"}


class Doing(NamedTuple):
    """Somebody does something so many seconds after the doing before."""

    verb: str
    who: int
    whom: int
    after: int
    paid: bool
    recalled: bool


@dataclass
class Notebook:
    """What a careful person would have written down about one pack."""

    where: str = "nowhere"  # nowhere, shelf, road, sold, destroyed, lost, seized
    keeper: int = 0
    sent_to: int = 0
    sold_by: tuple[int, int] = (0, 0)
    sold_at: int = 0
    sales: int = 0
    paid_for: bool = False
    settled_for: int = 0
    last: tuple[str, int, int, int, int] = ("", 0, 0, 0, 0)  # verb, station, time, sent to, beeps
    last_trouble: set[str] = field(default_factory=set)

    def write(self, doing: Doing, now: int) -> set[str]:
        """Write it down, and say what is wrong with it."""
        party, site, station, role = WHO[doing.who]
        if role not in ALLOWED[doing.verb]:
            return {"not-authorised"}
        recalled = doing.recalled and doing.verb in RECALL_MATTERS
        if self.where == "nowhere" and doing.verb != "commissioning":
            recalled = False
        if party == 100 or (doing.verb == "shipping" and WHO[doing.whom][0] == 100):
            recalled = False
        verb, last_station, last_time, last_sent, beeps = self.last
        same = station != 0 and (verb, last_station) == (doing.verb, station) and now - last_time <= 600
        if doing.verb == "shipping" and last_sent != WHO[doing.whom][0]:
            same = False
        if doing.verb == "dispensing" and self.paid_for and not (doing.paid or self.last_trouble):
            same = False
        if same and doing.verb != "settling":
            self.last = (verb, last_station, last_time, last_sent, beeps + 1)
            if doing.verb == "dispensing" and doing.paid and self.sold_by == (party, site):
                self.paid_for = True
            again = {"repeat-scan"} if beeps == 0 else {"repeat-scan-often"}
            return self.last_trouble | again | ({"recalled"} if recalled else set())
        trouble: set[str] = getattr(self, "on_" + doing.verb.replace("-", "_"))(doing, now)
        if recalled:
            trouble.add("recalled")
        if doing.verb != "settling":
            self.last = (doing.verb, station, now, self.sent_to, 0)
            self.last_trouble = trouble
        return trouble

    def trade_trouble(self, doing: Doing, party: int, site: int) -> set[str]:
        """Return what is wrong with handling it as goods at all."""
        trouble = set()
        if self.where == "nowhere":
            return {"unknown-pack"}
        if self.where in GONE:
            trouble.add("after-final-state")
        if self.where == "sold":
            here = self.sold_by == (party, site)
            trouble.add("already-dispensed-here" if here else "already-dispensed-elsewhere")
        paid_to = self.settled_for or self.sold_by[0]
        if self.paid_for and paid_to != 0 and party not in (0, paid_to):
            trouble.add("dispensed-under-insurance")
        return trouble

    def on_commissioning(self, doing: Doing, now: int) -> set[str]:
        if self.where == "nowhere":
            if doing.who != MAKER:
                return {"not-authorised"}
            self.where, self.keeper = "shelf", 100
            return set()
        return {"already-commissioned"} | ({"after-final-state"} if self.where in GONE else set())

    def on_shipping(self, doing: Doing, now: int) -> set[str]:
        party, site, *_ = WHO[doing.who]
        trouble = self.trade_trouble(doing, party, site)
        if self.where in ("shelf", "road"):
            if self.keeper != party:
                trouble.add("not-in-custody")
            self.where, self.keeper, self.sent_to = "road", party, WHO[doing.whom][0]
        return trouble

    def on_receiving(self, doing: Doing, now: int) -> set[str]:
        party, site, *_ = WHO[doing.who]
        trouble = self.trade_trouble(doing, party, site)
        if self.where == "shelf":
            trouble.add("received-never-shipped")
        if self.where == "road" and self.sent_to not in (0, party):
            trouble.add("misdirected")
        if self.where in ("shelf", "road"):
            self.where, self.keeper, self.sent_to = "shelf", party, 0
        return trouble

    def on_dispensing(self, doing: Doing, now: int) -> set[str]:
        party, site, *_ = WHO[doing.who]
        trouble = self.trade_trouble(doing, party, site)
        self.sales += 1
        if self.where in ("shelf", "road"):
            if self.keeper != party:
                trouble.add("not-in-custody")
            self.where, self.keeper, self.sent_to = "sold", party, 0
            self.sold_by, self.sold_at = (party, site), now
            self.paid_for = self.paid_for or doing.paid
        elif self.sold_by == (party, site):
            self.paid_for = self.paid_for or doing.paid
        return trouble

    def on_undoing_dispense(self, doing: Doing, now: int) -> set[str]:
        party, site, *_ = WHO[doing.who]
        if self.where == "sold" and self.sold_by == (party, site) and now - self.sold_at <= 10 * DAY:
            trouble = self.trade_trouble(doing, party, site) - {"already-dispensed-here"}
            assert trouble <= {"dispensed-under-insurance"}
            self.where, self.keeper, self.sold_by, self.sold_at = "shelf", party, (0, 0), 0
            self.paid_for = self.settled_for != 0
            self.sales -= 1
            return set()
        return self.on_receiving(doing, now)

    def on_inspecting(self, doing: Doing, now: int) -> set[str]:
        party, site, *_ = WHO[doing.who]
        trouble = self.trade_trouble(doing, party, site)
        if doing.who == CITIZEN:
            trouble -= {"already-dispensed-here", "already-dispensed-elsewhere", "dispensed-under-insurance"}
        return trouble

    def on_destroying(self, doing: Doing, now: int) -> set[str]:
        if self.where == "nowhere":
            return {"unknown-pack"}
        if self.where == "destroyed":
            return {"after-final-state"}
        trouble = set() if doing.who == POLICE or WHO[doing.who][0] == self.keeper else {"not-in-custody"}
        self.where, self.sent_to = "destroyed", 0
        return trouble

    def on_loss(self, doing: Doing, now: int) -> set[str]:
        party, site, *_ = WHO[doing.who]
        trouble = self.trade_trouble(doing, party, site) - {"dispensed-under-insurance"}
        if self.where in ("shelf", "road"):
            if doing.who != POLICE and party != self.keeper:
                return {"not-in-custody"}
            self.where, self.sent_to = "lost", 0
        return trouble

    def on_seizing(self, doing: Doing, now: int) -> set[str]:
        trouble = {"unknown-pack"} if self.where == "nowhere" else set()
        self.where, self.keeper, self.sent_to = "seized", WHO[doing.who][0], 0
        return trouble

    def on_settling(self, doing: Doing, now: int) -> set[str]:
        """Whom is the institution here."""
        shop = WHO[doing.whom][0]
        if self.where == "nowhere":
            return {"unknown-pack"}
        own = shop == self.sold_by[0] != 0
        trouble = set()
        if self.paid_for and shop not in (0, self.settled_for or self.sold_by[0]):
            trouble.add("dispensed-under-insurance")
        if self.where in GONE and not own:
            return trouble | {"after-final-state"}
        if WHO[doing.who][3] != "insurer" and WHO[doing.who][0] != shop:
            return trouble | {"not-authorised"}
        if self.where == "sold" and not own and shop != 0:
            return trouble | {"already-dispensed-elsewhere"}
        if self.settled_for == 0:
            self.settled_for, self.paid_for = shop, True
        return trouble


TRADERS = {"manufacturer", "distributor", "dispenser"}
ALLOWED = {
    "commissioning": TRADERS,
    "shipping": TRADERS,
    "receiving": TRADERS,
    "dispensing": {"dispenser"},
    "undoing-dispense": TRADERS,
    "inspecting": TRADERS | {"insurer", "police", "public"},
    "destroying": TRADERS | {"police"},
    "loss": TRADERS | {"police"},
    "seizing": {"police"},
    "settling": {"insurer", "dispenser"},
}
RECALL_MATTERS = {"commissioning", "shipping", "receiving", "dispensing", "undoing-dispense", "inspecting"}
STATES = {
    "nowhere": "unknown", "shelf": "active", "road": "in_transit", "sold": "dispensed",
    "destroyed": "destroyed", "lost": "lost", "seized": "seized",
}  # fmt: skip

SHOPS = [CORNER, CORNER_TWO, FAR]
doings = st.builds(
    Doing,
    verb=st.sampled_from([*ALLOWED, "shipping", "receiving", "dispensing", "dispensing", "settling"]),
    who=st.sampled_from([*WHO, *SHOPS, MAKER, PAYER]),
    whom=st.sampled_from([DEALER, *SHOPS, MAKER]),
    after=st.sampled_from([5, 60, 599, 601, 3_600, DAY, 10 * DAY, 10 * DAY + 1]),
    paid=st.booleans(),
    recalled=st.sampled_from([False, False, False, True]),
)
FIRST = Doing("commissioning", MAKER, MAKER, 0, False, False)


@settings(max_examples=400, deadline=None)
@given(st.booleans(), st.lists(doings, max_size=14))
def test_the_tables_and_the_notebook_agree(is_made: bool, later: list[Doing]) -> None:
    """On what is wrong with each act, and where the pack is after it, whatever anybody does in any order."""
    notebook, custody, now = Notebook(), None, START
    for doing in [FIRST] * is_made + later:
        now += doing.after
        party, site, station, role = WHO[doing.who]
        destination = WHO[doing.whom][0] if doing.verb in ("shipping", "settling") else 0
        recalled = frozenset({"*"}) if doing.recalled else frozenset()
        ruling = judge(
            Act(doing.verb, now, insured=doing.paid),
            Circumstances(Actor(party, site, station, frozenset({role})), destination, now),
            ProductFacts(True, 100, recalled),
            custody,
            "named",
        )
        assert set(ruling.anomalies) == notebook.write(doing, now)
        assert len(set(ruling.anomalies)) == len(ruling.anomalies)
        custody = ruling.after
        _agree(custody, notebook)


def _agree(custody: Custody, notebook: Notebook) -> None:
    assert custody.state.word == STATES[notebook.where]
    assert (custody.holder, custody.destination) == (notebook.keeper, notebook.sent_to)
    assert (custody.dispensed_party, custody.dispensed_site) == notebook.sold_by
    assert (custody.dispensed_at, custody.dispensings) == (notebook.sold_at, notebook.sales)
    assert (custody.insured, custody.settled_party) == (notebook.paid_for, notebook.settled_for)


@given(st.lists(doings, max_size=10), doings.filter(lambda doing: doing.verb != "settling"))
def test_a_double_beep_changes_nothing_that_matters(before: list[Doing], doing: Doing) -> None:
    """Said twice within the window, an act leaves the pack as said once; and its stop stays a stop."""
    custody, now = None, START
    for earlier in [FIRST, *before]:
        now += earlier.after
        custody = _done(earlier, now, custody)[0]
    once, told = _done(doing, now + 3_600, custody)
    twice, told_again = _done(doing, now + 3_630, once)
    if doing.who == CITIZEN or told == ("not-authorised",):
        assert told_again == told  # a patient has no station, and what is not authorised is not seen
    else:
        # A shipping that was held back leaves no destination to know its repeat by: it is told in full again.
        assert set(told_again) - {"repeat-scan"} == set(told)
        assert "repeat-scan" in told_again or doing.verb == "shipping"
        assert verdict_of(told_again) >= verdict_of(told)
    assert _story_of(twice) == _story_of(once)


def _done(doing: Doing, now: int, custody: Custody | None) -> tuple[Custody, tuple[str, ...]]:
    party, site, station, role = WHO[doing.who]
    destination = WHO[doing.whom][0] if doing.verb in ("shipping", "settling") else 0
    circumstances = Circumstances(Actor(party, site, station, frozenset({role})), destination, now)
    act = Act(doing.verb, now, insured=doing.paid)
    ruling = judge(act, circumstances, ProductFacts(True, 100), custody, "named")
    return ruling.after, ruling.anomalies


def _story_of(custody: Custody) -> tuple[object, ...]:
    """Return all that is known but the memory of the last scan."""
    names = [name for name in Custody.__struct_fields__ if not name.startswith(("last_", "repeats"))]
    return tuple(getattr(custody, name) for name in names)
