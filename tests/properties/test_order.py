"""Properties over any order, any duplication and any grouping of the same submissions."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.chains import Chains
from ledger.codes import key_of
from ledger.log.merkle import root_of
from ledger.log.tree import Tree
from ledger.opening import require_extension
from ledger.store.log import get_entries, log_size
from ledger.submission import Submission
from ledger.trace import require_head
from tests.kit import World, pack_uri

_FEW = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PACKS = 4

# What can happen to one pack, in this order; a pack's own story is never shuffled, stories among each other are.
VERBS: dict[str, Callable[[World, str], Submission]] = {
    "commission": lambda world, pack: world.commission([pack]),
    "ship": lambda world, pack: world.ship([pack]),
    "receive": lambda world, pack: world.receive([pack]),
    "dispense": lambda world, pack: world.dispense([pack], insured=True),
    "settle": lambda world, pack: world.settle([pack]),
    "dispense elsewhere": lambda world, pack: world.dispense([pack], by=world.rival),
    "undo": lambda world, pack: world.undo_dispense([pack]),
    "seize": lambda world, pack: world.seize([pack]),
}

stories = st.lists(
    st.lists(st.sampled_from(list(VERBS)), min_size=1, max_size=5), min_size=PACKS, max_size=PACKS
)


@contextmanager
def small_world() -> Iterator[World]:
    """Give a world on a SQLite file of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with World(folder / "home", f"sqlite:///{folder / 'ledger.sqlite'}") as world:
            yield world


class Told(NamedTuple):
    """The submissions of one pack's story, in its order."""

    pack: str
    submissions: list[Submission]


def tell(world: World, told: Sequence[Sequence[str]]) -> list[Told]:
    """Return each pack's story as submissions, a quarter of an hour between two."""
    result = []
    for number, verbs in enumerate(told, 1):
        world.now -= 900 * len(verbs)
        submissions = []
        for verb in verbs:
            submissions.append(VERBS[verb](world, pack_uri(number)))
            world.wait(900)
        result.append(Told(pack_uri(number), submissions))
    return result


def interleaved(draw: st.DrawFn, told: Sequence[Told]) -> list[Submission]:
    """Draw an order that keeps each story's own, with some submissions sent twice."""
    waiting = [list(story.submissions) for story in told]
    sent: list[Submission] = []
    while any(waiting):
        place = draw(st.sampled_from([at for at, story in enumerate(waiting) if story]))
        sent.append(waiting[place].pop(0))
        if draw(st.booleans()):
            sent.append(draw(st.sampled_from(sent)))
    return sent


def record_in_groups(draw: st.DrawFn, world: World, submissions: Sequence[Submission]) -> None:
    """Hand them in, cut into groups anywhere."""
    rest = list(submissions)
    while rest:
        size = draw(st.integers(1, len(rest)))
        world.record(*rest[:size])
        rest = rest[size:]


@given(stories, st.data())
@_FEW
def test_any_order_and_grouping_leads_to_the_same_states(told: list[list[str]], data: st.DataObject) -> None:
    """Independent packs: however their submissions are mixed, doubled and grouped, each pack ends the same."""
    draw = data.draw
    with small_world() as straight, small_world() as mixed:
        plain, same = tell(straight, told), tell(mixed, told)
        assert plain == same
        for story in plain:
            for submission in story.submissions:
                straight.one(submission)
        record_in_groups(draw, mixed, interleaved(draw, same))
        for story in plain:
            assert mixed.custody(story.pack) == straight.custody(story.pack)
        assert mixed.audit().fault is None


class Naive:
    """Recording as one would tell it to a child: a list of statements, and for each pack a list of hashes."""

    def __init__(self) -> None:
        self.statements: list[bytes] = []
        self.touched: dict[str, list[bytes]] = {}

    def record(self, submission: Submission, packs: Sequence[str]) -> None:
        """Add a statement unless it is there, and to each pack's list."""
        if submission.statement in self.statements:
            return
        self.statements.append(submission.statement)
        for pack in packs:
            self.touched.setdefault(pack, []).append(submission.statement)


@given(stories, st.data())
@_FEW
def test_chains_are_as_a_naive_model_has_them(told: list[list[str]], data: st.DataObject) -> None:
    """Each pack's chain lists its statements, each once, in the order in which they first came."""
    draw = data.draw
    with small_world() as world:
        told_here = tell(world, told)
        owner = {id(each): story.pack for story in told_here for each in story.submissions}
        sent = interleaved(draw, told_here)
        model = Naive()
        for submission in sent:
            model.record(submission, [owner[id(submission)]])
        record_in_groups(draw, world, sent)
        for story in told_here:
            assert chain_of(world, story.pack) == model.touched[story.pack]
        assert [each for each in log_of(world) if each in model.statements] == model.statements


def chain_of(world: World, pack: str) -> list[bytes]:
    """Return the statements about a pack, oldest first, as the store has them."""
    with world.ledger.database.read() as connection:
        chains = Chains(connection)
        head = require_head(world.ledger.database, connection, key_of(pack))
        links = chains.links_of(key_of(pack), head.seal, head.position)
        assert [placed.link.seq for placed in links] == list(range(len(links)))
        return [chains.entry(placed.link.entry).data for placed in links]


def log_of(world: World) -> list[bytes]:
    """Return every statement of the log, in order."""
    with world.ledger.database.read() as connection:
        rows = sorted(get_entries(connection, range(log_size(connection))))
    return [statement for _, _, _, _, statement, _ in rows]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6))
@_FEW
def test_the_stored_tree_is_the_tree_of_the_statements(sizes: list[int]) -> None:
    """Groups of any size: the tree that the next recorder loads is the one that RFC 6962 defines."""
    with small_world() as world:
        for size in sizes:
            world.record(*(world.commission(world.packs(1)) for _ in range(size)))
        leaves = [sha256(b"\0" + statement).digest() for statement in log_of(world)]
        with world.ledger.database.read() as connection:
            tree: Tree = require_extension(world.settings, connection, world.trust)
        assert tree.size == len(leaves)
        assert tree.root() == root_of(leaves)
