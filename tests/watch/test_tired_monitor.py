"""A monitor on a bad day: a full disk, two of them on one file, a log that takes back what it signed."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.errors import LedgerError
from ledger.limits import (
    MONITOR_EVIDENCE_FILES_MAX,
    MONITOR_HEADS_UNPROVEN_MAX,
    MONITOR_STATE_BYTES_MAX,
    NOTE_BYTES_MAX,
)  # fmt: skip
from ledger.log.merkle import TILE_WIDTH
from ledger.log.note import ED25519, NoteSignature, VerifierKey, add_signatures
from ledger.log.tree import Tree
from ledger.monitor import follow
from ledger.monitor.follow import Follower
from ledger.monitor.memory import Memory, keep_evidence, load_memory, print_memory
from ledger.monitor.remote import RemoteLog
from ledger.web import Web
from tests.crash.disks import ballast, small_disk
from tests.log.attacks import leaves, must_refuse, private_key
from tests.log.test_statement import signed
from tests.watch.site import Lie, Made, Reply, Site

ORIGIN = "ledger.example/2027"
ENTRIES = [signed(subject=f"urn:uuid:{number}") for number in range(40)]
AWAY: Lie = lambda reply: reply._replace(status=503)  # noqa: E731
GONE: Lie = lambda reply: None  # noqa: E731
ELSEWHERE: Lie = lambda reply: reply._replace(status=302)  # noqa: E731


def log(length: int, *, fork: int = 0) -> Made:
    """Return a log of so many entries; each fork has another past, by the same key."""
    return Made(ORIGIN, private_key(1), [signed(subject=f"fork {fork}")][: fork and 1] + ENTRIES[fork and 1 : length])


def watch(site: Site, state: Path) -> int:
    """Make a round; return how many entries were read."""
    vkey = VerifierKey(ORIGIN, ED25519, private_key(1).public)
    with Web(wait=lambda _: None) as web:
        return Follower(RemoteLog(site.url, web), vkey, state).round().entries


def refused(code: str, site: Site, state: Path) -> LedgerError:
    """Make a round that must end so; what was followed before is still kept."""
    before = load_memory(state).checkpoint
    error = must_refuse(code, call=lambda: watch(site, state))
    assert load_memory(state).checkpoint == before
    return error


def test_a_full_disk_does_not_drown_a_cry(tmp_path: Path) -> None:
    """Whoever forks on the day when the monitor's disk is full is caught as on any other."""
    with small_disk("1m") as disk, Site(log(20)) as site:
        state = disk / "mine"
        assert watch(site, state) == 20
        with ballast(disk):
            site.show = log(25)
            refused("monitor-state-failed", site, state)
            site.show = log(30, fork=1)
            assert "not kept as evidence" in refused("log-forked", site, state).detail
            site.show = log(10)
            refused("log-shrunk", site, state)
            site.show = log(30)
            site.lies["/tile/0/000.p/30"] = GONE
            refused("tile-missing", site, state)
        site.lies.clear()
        assert watch(site, state) == 10


@pytest.mark.parametrize(
    ("lie", "code"), [(AWAY, "remote-unavailable"), (GONE, "tile-missing"), (ELSEWHERE, "remote-answer-malformed")]
)
def test_a_head_without_tiles_binds_the_log(tmp_path: Path, lie: Lie, code: str) -> None:
    """Shown once, signed, and taken back before anybody could hold it against the past: it is found out later."""
    state = tmp_path / "mine"
    with Site(log(20)) as site:
        watch(site, state)
        site.show = log(30, fork=1)
        site.lies["/tile/0/000.p/30"] = lie
        refused(code, site, state)
        site.lies.clear()
        site.show = log(35)
        refused("log-forked", site, state)
        site.show = log(25)
        refused("log-shrunk", site, state)


def test_a_head_whose_tiles_come_late_is_followed(tmp_path: Path) -> None:
    """An honest log whose tiles were away for some rounds, while it grew: then all is as ever, and nothing lingers."""
    state = tmp_path / "mine"
    with Site(log(20)) as site:
        watch(site, state)
        for size in (21, 22, 22, 23):
            site.show = log(size)
            site.lies[f"/tile/0/000.p/{size}"] = AWAY
            refused("remote-unavailable", site, state)
        assert len(load_memory(state).unproven) == 3
        site.lies.clear()
        assert watch(site, state) == 3
        assert load_memory(state).unproven == []


def test_heads_without_tiles_are_no_way_to_fill_a_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After so many, with the longest notes, the monitor cries instead; its file can still be read."""
    assert len(_largest_memory()) < MONITOR_STATE_BYTES_MAX
    monkeypatch.setattr(follow, "MONITOR_HEADS_UNPROVEN_MAX", 3)
    with Site(log(20)) as site:
        for size in (21, 22, 23, 24):
            site.show = log(size)
            site.lies[f"/tile/0/000.p/{size}"] = AWAY
            refused("tile-missing" if size == 24 else "remote-unavailable", site, tmp_path / "mine")


def _largest_memory() -> bytes:
    tree, note = Tree(), b'"' * NOTE_BYTES_MAX
    tree.extend(leaves(TILE_WIDTH - 1))
    edges = 7 * len(print_memory(Memory(tree)))
    return print_memory(Memory(tree, note, note, [note] * MONITOR_HEADS_UNPROVEN_MAX)) + bytes(edges)


def test_two_monitors_on_one_file_do_not_undo_each_other(tmp_path: Path) -> None:
    """The slower one must not put back an older head: the log could then shrink to it, unseen."""
    state = tmp_path / "mine"
    with Site(log(20)) as slow, Site(log(30)) as quick:

        def meanwhile(reply: Reply) -> Reply:
            slow.lies.clear()
            assert watch(quick, state) == 30
            return reply

        slow.lies["/tile/entries/000.p/20"] = meanwhile
        must_refuse("monitor-state-busy", call=lambda: watch(slow, state))
        refused("log-shrunk", slow, state)


@pytest.mark.parametrize("name", ["e\u0301", "\u212b", "\uffff", '"\\'])
def test_strangers_may_sign_under_any_name(tmp_path: Path, name: str) -> None:
    """Anybody on the way may add a line by an unknown key, of whatever letters; the head is kept as it came."""
    state = tmp_path / "mine"
    made = log(20)
    made.note = add_signatures(made.note, [str(NoteSignature(name, b"\0" * 4, b"x"))])
    with Site(made) as site:
        assert watch(site, state) == 20
        assert watch(site, state) == 0
    assert load_memory(state).checkpoint == made.note


def test_evidence_is_not_written_over(tmp_path: Path) -> None:
    """A program that is started again and again keeps what it found first, and the newest; the same takes no room."""
    state = tmp_path / "mine"
    told = [keep_evidence(state, b"%d" % number) for number in range(MONITOR_EVIDENCE_FILES_MAX + 3) for _ in range(2)]
    assert told == [False] * 2 * MONITOR_EVIDENCE_FILES_MAX + [True, False] * 3
    kept = [state.with_name(f"mine.evidence.{number}") for number in range(2, MONITOR_EVIDENCE_FILES_MAX + 1)]
    newest = MONITOR_EVIDENCE_FILES_MAX + 2
    assert state.with_name("mine.evidence").read_bytes() == b"0"
    assert [int(file.read_bytes()) for file in kept] == [*range(1, MONITOR_EVIDENCE_FILES_MAX - 1), newest]
    assert len(list(tmp_path.iterdir())) == MONITOR_EVIDENCE_FILES_MAX


def test_a_cry_says_that_evidence_is_full(tmp_path: Path) -> None:
    """The fork is cried with its own code, and once with what became of the evidence."""
    state = tmp_path / "mine"
    with Site(log(20)) as site:
        watch(site, state)
        for number in range(MONITOR_EVIDENCE_FILES_MAX):
            keep_evidence(state, b"%d" % number)
        site.show = log(20, fork=1)
        assert "evidence is full" in refused("log-forked", site, state).detail
        assert "evidence" not in refused("log-forked", site, state).detail
    assert state.with_name(f"mine.evidence.{MONITOR_EVIDENCE_FILES_MAX}").read_bytes() == log(20, fork=1).note
