"""The trade in small: a maker, a distributor, two pharmacies and the offices, and the story of one pack."""

from __future__ import annotations

from dataclasses import dataclass, field
from dataclasses import replace as copy_with

from ledger.custody.judge import CASE, Act, Actor, Circumstances, Part, ProductFacts, judge
from ledger.custody.state import Custody, State

MORNING = 1_790_000_000
MINUTE = 60
HOUR = 3_600
DAY = 86_400

MAKER = Actor(10, 11, 12, frozenset({"manufacturer"}))
OTHER_MAKER = Actor(15, 16, 17, frozenset({"manufacturer"}))
DISTRIBUTOR = Actor(20, 21, 22, frozenset({"distributor"}))
PHARMACY = Actor(30, 31, 32, frozenset({"dispenser"}))
PHARMACY_BRANCH = Actor(30, 36, 37, frozenset({"dispenser"}))
FAR_PHARMACY = Actor(40, 41, 42, frozenset({"dispenser"}))
INSURER = Actor(50, 51, 52, frozenset({"insurer"}))
MEDICINE = Actor(60, 61, 62, frozenset({"medicine"}))
POLICE = Actor(70, 71, 72, frozenset({"police"}))
PATIENT = Actor(0, 0, 0, frozenset({"public"}))

PRODUCT = ProductFacts(known=True, maker=MAKER.party)
EXPIRES = 20281231


@dataclass
class Story:
    """What happens to one pack, told act by act; each act answers with its anomalies."""

    facts: ProductFacts = PRODUCT
    custody: Custody | None = None
    time: int = MORNING
    told: list[str] = field(default_factory=list)

    def tell(
        self,
        kind: str,
        by: Actor,
        *,
        to: Actor | None = None,
        after: int = HOUR,
        heard_after: int = 2,
        part: Part = "named",
        batch: str = "",
        expiry: int = 0,
        insured: bool = False,
        partial: bool = False,
        parent: str | None = None,
    ) -> tuple[str, ...]:
        """Let `by` do this, `after` seconds since the act before; return what was wrong with it."""
        self.time += after
        act = Act(kind, self.time, insured, partial, batch, expiry, parent)
        circumstances = Circumstances(by, to.party if to else 0, self.time + heard_after)
        ruling = judge(act, circumstances, self.facts, self.custody, part)
        self.custody = ruling.after
        self.told.append(kind)
        return ruling.anomalies

    @property
    def state(self) -> State:
        """Where the pack is now."""
        assert self.custody is not None
        return self.custody.state

    def so_far(self) -> Story:
        """Return a copy that goes its own way from here."""
        return copy_with(self, told=list(self.told))


def made() -> Story:
    """A pack that its maker has commissioned."""
    story = Story()
    assert story.tell("commissioning", MAKER, batch="LOT7", expiry=EXPIRES) == ()
    return story


def moved(story: Story, sender: Actor, receiver: Actor) -> Story:
    """Ship and receive it, as it should be."""
    assert story.tell("shipping", sender, to=receiver) == ()
    assert story.tell("receiving", receiver) == ()
    return story


def at_pharmacy() -> Story:
    """A pack that came from its maker over the distributor to the pharmacy."""
    return moved(moved(made(), MAKER, DISTRIBUTOR), DISTRIBUTOR, PHARMACY)


def dispensed(*, insured: bool = False) -> Story:
    """A pack that the pharmacy has handed out."""
    story = at_pharmacy()
    assert story.tell("dispensing", PHARMACY, insured=insured) == ()
    return story


def new_case() -> Story:
    """A logistic unit that nobody has spoken of yet."""
    return Story(facts=CASE)
