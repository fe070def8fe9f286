"""A monitor follows an honest ledger, and cries at each lie with its own code and place."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger.cli.exits import Exit, exit_of
from ledger.errors import Denied, LedgerError
from ledger.limits import REMOTE_ATTEMPTS_MAX
from ledger.log.cosignature import Quorum, cosign
from ledger.log.note import COSIGNATURE, VerifierKey, add_signatures
from ledger.log.tiles import parse_bundle, print_bundle
from ledger.monitor.follow import Follower
from ledger.monitor.memory import load_memory
from ledger.monitor.remote import RemoteLog
from ledger.texts import PROBLEMS
from ledger.web import Web
from tests.kit import World
from tests.log.attacks import must_refuse, private_key
from tests.watch.site import Lie, Made, Reply, Show, Site, shown

ENTRIES = 700
PACKED = (("Content-Encoding", "gzip"),)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A ledger of some seven hundred statements: two finished tiles, and one that is not."""
    home = tmp_path_factory.mktemp("world")
    with World(home / "home", f"sqlite:///{home / 'ledger.sqlite'}") as world:
        while size(world) < ENTRIES:
            world.record(*(world.commission(world.packs(1)) for _ in range(100)))
        yield world


def size(world: World) -> int:
    """Return how many entries the log has."""
    with Web() as web, Site(shown(world)) as site:
        return int(RemoteLog(site.url, web).checkpoint().split(b"\n")[1])


@pytest.fixture
def site(world: World) -> Iterator[Site]:
    """The ledger's log, shown honestly."""
    with Site(shown(world)) as site:
        yield site


class Watch:
    """A monitor with its file."""

    def __init__(self, world: World, state: Path, quorum: Quorum | None = None) -> None:
        self.world, self.state, self.quorum = world, state, quorum
        self.seconds = 30.0

    def round(self, site: Site) -> int:
        """Follow to the newest head; return how many entries were read."""
        with Web(seconds=self.seconds, wait=lambda _: None) as web:
            follower = Follower(RemoteLog(site.url, web), self.world.trust.vkey, self.state, self.quorum)
            return follower.round().entries

    def must_cry(self, code: str, site: Site, index: int | None = None) -> LedgerError:
        """Follow a log that lies; what was kept before stays."""
        before = load_memory(self.state).checkpoint
        error = must_refuse(code, call=lambda: self.round(site))
        assert error.index == index
        assert load_memory(self.state).checkpoint == before
        return error


@pytest.fixture
def watch(world: World, tmp_path: Path) -> Watch:
    """A monitor that has seen nothing yet."""
    return Watch(world, tmp_path / "monitor")


def flipped(at: int) -> Lie:
    """Flip a bit of the byte at this place."""
    return lambda reply: reply._replace(content=bytes(b ^ (i == at) for i, b in enumerate(reply.content)))


def changed(change: Callable[[list[bytes]], list[bytes]]) -> Lie:
    """Change the entries of a bundle."""
    return lambda reply: reply._replace(content=print_bundle(change(parse_bundle(reply.content))))


def test_an_honest_ledger_is_followed(watch: Watch, site: Site, world: World) -> None:
    """Everything once; then only what is new, and nothing when nothing is."""
    earlier, now = shown(world, 300), site.show
    site.show = earlier
    assert watch.round(site) == 300
    assert watch.round(site) == 0
    site.show, site.asked = now, []
    assert watch.round(site) == size(world) - 300
    assert not [path for path in site.asked if path.startswith("/tile/entries/000")]
    checkpoint = load_memory(watch.state).checkpoint
    assert checkpoint is not None
    assert checkpoint == now("/checkpoint").content  # type: ignore[union-attr]


@pytest.mark.parametrize("kept", [1, 255, 256, 257, 511, 512, 640])
def test_every_size_is_a_place_to_go_on_from(watch: Watch, world: World, kept: int) -> None:
    """From the middle of a tile, its end, and its beginning."""
    with Site(shown(world, kept)) as site:
        assert watch.round(site) == kept
        site.show = shown(world)
        assert watch.round(site) == size(world) - kept


def test_partial_tiles_may_be_gone(watch: Watch, world: World) -> None:
    """A log may drop a partial tile once the full one is there: the full one is read instead."""
    old, now = shown(world, 300), shown(world)

    def show(path: str) -> Reply | None:
        return old(path) if path == "/checkpoint" else None if ".p/" in path else now(path)

    with Site(show) as site:
        site.lies["/tile/1/000.p/1"] = lambda _: now("/tile/1/000.p/1")
        assert watch.round(site) == 300


def test_witnesses_can_be_asked_for(world: World, tmp_path: Path) -> None:
    """With a policy, a head that its witnesses did not cosign is not followed."""
    witness = VerifierKey("w.example/1", COSIGNATURE, private_key(5).public)
    watch = Watch(world, tmp_path / "monitor", Quorum(1, (witness,)))
    honest = shown(world)
    with Site(honest) as site:
        watch.must_cry("quorum-not-met", site)
        note = honest("/checkpoint").content  # type: ignore[union-attr]
        cosigned = add_signatures(note, [cosign(note, witness.name, private_key(5), world.now)])
        site.lies["/checkpoint"] = lambda reply: reply._replace(content=cosigned)
        assert watch.round(site) == size(world)


def forked(world: World, length: int, at: int) -> Made:
    """Return another history by the same key: one entry was replaced by its neighbour."""
    honest = shown(world)
    entries: list[bytes] = []
    for number in range(-(-length // 256)):
        width = min(256, size(world) - 256 * number)
        path = f"/tile/entries/{number:03d}" + (f".p/{width}" if width < 256 else "")
        entries += parse_bundle(honest(path).content)  # type: ignore[union-attr]
    entries[at] = entries[at - 1]
    return Made(world.trust.origin, world.signing_key, entries[:length])


@pytest.mark.parametrize(("length", "at"), [(300, 5), (300, 299), (500, 10), (700, 299)])
def test_a_fork_is_found(watch: Watch, world: World, length: int, at: int) -> None:
    """Another head of the same size, or a longer one with another past: both are kept as evidence."""
    with Site(shown(world, 300)) as site:
        watch.round(site)
        site.show = forked(world, length, at)
        watch.must_cry("log-forked", site)
    evidence = watch.state.with_name("monitor.evidence").read_bytes()
    assert evidence == forked(world, length, at).note
    assert evidence != load_memory(watch.state).seen


def test_a_fork_of_what_was_seen_but_not_reached_is_found(watch: Watch, world: World) -> None:
    """A head that was shown once binds the log, though its entries were never handed out."""
    with Site(shown(world)) as site:
        site.lies["/tile/entries/001"] = lambda _: None
        watch.must_cry("tile-missing", site)
        site.lies.clear()
        site.show = forked(world, size(world), 699)
        watch.must_cry("log-forked", site)
        site.show = shown(world, 300)
        watch.must_cry("log-shrunk", site)
        site.show = shown(world)
        assert watch.round(site) > 0


def test_a_log_that_shrinks_is_found(watch: Watch, world: World) -> None:
    """Fewer entries than were seen, though the head is signed and right for its size."""
    with Site(shown(world)) as site:
        watch.round(site)
        site.show = shown(world, 300)
        watch.must_cry("log-shrunk", site)


@pytest.mark.parametrize(
    ("path", "lie", "code", "index"),
    [
        ("/tile/0/000", flipped(40), "tile-wrong", None),
        ("/tile/1/000.p/2", flipped(3), "tile-wrong", None),
        ("/tile/0/001", lambda reply: reply._replace(content=reply.content[:-1]), "tile-wrong", None),
        ("/tile/0/000", lambda reply: reply._replace(content=b""), "tile-wrong", None),
        ("/tile/0/000", lambda _: None, "tile-missing", None),
        ("/tile/entries/001", lambda _: None, "tile-missing", None),
        ("/tile/entries/001", flipped(-1), None, None),
        ("/tile/entries/001", changed(lambda e: [*e[:9], e[10], *e[10:]]), "entry-wrong", 265),
        ("/tile/entries/000", changed(lambda e: [e[1], e[0], *e[2:]]), "entry-wrong", 0),
        ("/tile/entries/001", changed(lambda e: e[:100]), "entry-malformed", 356),
        ("/tile/entries/001", changed(lambda e: [*e[:7], b"", *e[8:]]), "entry-malformed", 263),
        ("/tile/entries/001", changed(lambda e: [*e[:7], b"no statement", *e[8:]]), "entry-malformed", 263),
        ("/tile/entries/001", lambda reply: reply._replace(content=reply.content[:-1]), "entry-malformed", 256),
        ("/tile/entries/001", lambda reply: reply._replace(content=b"\xff" * 50), "entry-malformed", 256),
        ("/checkpoint", lambda _: None, "remote-missing", None),
        ("/checkpoint", lambda reply: reply._replace(content=b"\0" * 70_000), "remote-answer-malformed", None),
        ("/checkpoint", lambda reply: reply._replace(content=b"<html>"), "note-malformed", None),
        ("/checkpoint", flipped(len("ledger.example/2026\n7")), "note-signature-wrong", None),
        ("/checkpoint", lambda reply: reply._replace(status=302, headers=(("Location", "/x"),)),
         "remote-answer-malformed", None),
        ("/checkpoint", lambda reply: reply._replace(length=9_999), "remote-unavailable", None),
        ("/checkpoint", lambda reply: reply._replace(status=503), "remote-unavailable", None),
        ("/tile/entries/001", lambda reply: reply._replace(content=bytes(20_000_000)), "remote-answer-malformed", None),
        ("/tile/entries/001", lambda _: Reply(gzip.compress(bytes(200_000_000)), headers=PACKED),
         "remote-answer-malformed", None),
        ("/tile/entries/001", lambda reply: reply._replace(headers=PACKED),
         "remote-answer-malformed", None),
        ("/tile/entries/001", lambda reply: reply._replace(headers=(("Content-Encoding", "br"),)),
         "remote-answer-malformed", None),
    ],
)  # fmt: skip
def test_each_lie_has_its_code(
    watch: Watch, site: Site, path: str, lie: Lie, code: str | None, index: int | None
) -> None:
    """Wrong, missing, cut, slow, endless and packed: the monitor cries, and keeps nothing of it."""
    site.lies[path] = lie
    if code is None:  # the control: an untouched copy is followed
        assert watch.round(site) > 0
    else:
        watch.must_cry(code, site, index)
        site.lies.clear()
        assert watch.round(site) > 0


@pytest.mark.parametrize("path", ["/checkpoint", "/tile/entries/001"])
def test_who_sends_a_byte_a_while_does_not_hold_the_monitor(watch: Watch, site: Site, path: str) -> None:
    """The answer as a whole has a time; each byte alone would always be in time."""
    site.lies[path] = lambda reply: reply._replace(seconds=0.1)
    watch.seconds = 1.0
    watch.must_cry("remote-unavailable", site)
    assert site.asked.count(path) == REMOTE_ATTEMPTS_MAX


def test_bundles_may_come_packed(watch: Watch, site: Site) -> None:
    """C2SP tlog-tiles: a bundle may be in gzip, asked for or not."""
    site.lies["/tile/entries/001"] = lambda reply: Reply(
        gzip.compress(reply.content), headers=PACKED
    )
    assert watch.round(site) > 0


def test_another_log_is_not_followed(world: World, site: Site, tmp_path: Path) -> None:
    """The key says which log is meant, by its name too."""
    other = VerifierKey("other.example/1", world.trust.vkey.kind, world.trust.vkey.key)
    with Web() as web:
        follower = Follower(RemoteLog(site.url, web), other, tmp_path / "monitor")
        must_refuse("note-unsigned", call=follower.round)


@pytest.mark.parametrize(
    "damage", ["", "{", '{"size":1,"edge":[]}', '{"size":-1,"edge":[]}', '{"size":0,"edge":["!"]}']
)
def test_a_damaged_memory_is_no_memory(watch: Watch, site: Site, damage: str) -> None:
    """The monitor does not begin anew by itself: who wipes its file must not make it forget."""
    watch.state.write_text(damage)
    must_refuse("monitor-state-malformed", call=lambda: watch.round(site))


def test_an_edited_memory_cries(watch: Watch, site: Site, world: World) -> None:
    """Other hashes in the edge lead to another root than the one that was signed."""
    site.show = shown(world, 300)
    watch.round(site)
    written = json.loads(watch.state.read_text())
    first = written["edge"][0]
    written["edge"][0] = ("B" if first[0] == "A" else "A") + first[1:]
    watch.state.write_text(json.dumps(written, separators=(",", ":"), sort_keys=True))
    must_refuse("log-forked", call=lambda: watch.round(site))


@pytest.fixture(scope="module")
def large(world: World) -> Made:
    """A log of 70,000 entries: every level-0 tile of a finished level-1 tile."""
    entries = parse_bundle(shown(world)("/tile/entries/000").content)  # type: ignore[union-attr]
    return Made(world.trust.origin, world.signing_key, [entries[n % 251] for n in range(70_000)])


def test_a_large_log_is_followed_and_gone_on_with(watch: Watch, large: Made) -> None:
    """Tiles of higher levels are compared; a round that breaks off goes on where it was, and reads nothing twice."""
    with Site(large) as site:
        site.lies["/tile/entries/200"] = lambda _: None
        watch.must_cry("tile-missing", site)
        kept = load_memory(watch.state).tree.size
        assert kept == 192 * 256
        site.lies.clear()
        site.asked.clear()
        assert watch.round(site) == 70_000 - kept
        assert not [path for path in site.asked if path.startswith("/tile/entries/1") and path < "/tile/entries/192"]


def test_a_wrong_tile_of_a_higher_level_is_found(watch: Watch, large: Made) -> None:
    """The entries and the head are right, a tile between them is not: readers of proofs would be misled."""
    lying: Show = lambda path: flipped(40)(large(path)) if path == "/tile/1/000" else large(path)  # noqa: E731
    with Site(lying) as site:
        site.show = large
        heads = iter([0])

        def lie(reply: Reply) -> Reply | None:
            return reply if next(heads, None) is not None else flipped(40)(reply)

        site.lies["/tile/1/000"] = lie
        watch.must_cry("tile-wrong", site)


@pytest.mark.parametrize("status", [401, 403])
def test_a_log_that_asks_for_a_key(watch: Watch, site: Site, status: int) -> None:
    """It is told which one is needed; it is no sign of a fork."""
    site.lies["/tile/entries/000"] = lambda reply: reply._replace(status=status)
    with pytest.raises(Denied) as caught:
        watch.round(site)
    assert caught.value.code == "remote-denied"
    assert "entries.read" in PROBLEMS["remote-denied"].do_en
    assert exit_of(caught.value) is Exit.KEY_UNKNOWN
