"""Witnesses over HTTP, and the ledger that asks them: from a checkpoint to one that enough offices vouch for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ledger.cosign import load_policy
from ledger.home import read_cosigned, write_checkpoint
from ledger.log.checkpoint import Checkpoint, sign_checkpoint
from ledger.log.cosignature import open_witnessed, verify_cosignatures
from ledger.log.merkle import EMPTY_ROOT
from ledger.log.note import Note, VerifierKey, parse_note, parse_signature
from ledger.log.witness import Extension, print_extension
from tests.kit import ORIGIN, World
from tests.log.attacks import must_refuse, private_key
from tests.watch.offices import TIME, Office, cosigner, grow, head, write_policy


def test_the_ledger_collects_cosignatures_as_it_grows(world: World, offices: list[Office]) -> None:
    """First contact, growth, and nothing to do; what is kept convinces a reader who trusts two of three."""
    with cosigner(world) as asking:
        for _ in range(3):
            assert asking.is_due()
            done = asking.round()
            assert done.met
            assert [each.time for each in done.asked] == [TIME] * 3
            assert not asking.is_due()
            assert asking.round().asked == ()
            grow(world)
    kept = read_cosigned(world.settings)
    assert kept is not None
    quorum = load_policy(world.settings).quorum
    witnessed = open_witnessed(kept, ORIGIN, world.trust.vkey, quorum)
    assert len(witnessed.cosignatures) == 3
    assert all(office.answers == [200, 200, 200] for office in offices)


def test_a_ledger_that_lost_track_is_told(world: World, offices: list[Office]) -> None:
    """A new process does not know what the witnesses saw: a conflict tells it, and the right proof follows."""
    with cosigner(world) as asking:
        asking.round()
    grow(world)
    with cosigner(world) as asking:
        assert asking.round().met
    assert offices[0].answers == [200, 409, 200]


def test_an_office_that_is_closed_delays_nobody(world: World, offices: list[Office]) -> None:
    """Two of three are enough; one of three is not, and what is missing is asked for later."""
    offices[2].close()
    with cosigner(world) as asking:
        done = asking.round()
        assert done.met
        assert [each.problem and each.problem.code for each in done.asked] == [None, None, "remote-unavailable"]
    offices[1].close()
    grow(world)
    before = read_cosigned(world.settings)
    with cosigner(world) as asking:
        assert not asking.round().met
        assert asking.is_due()
        assert read_cosigned(world.settings) == before


def test_an_older_cosigned_head_never_replaces_a_newer(world: World, offices: list[Office]) -> None:
    """Two processes may ask; the slower one does not take back what the other kept."""
    old = head(world)
    with cosigner(world) as asking:
        asking.round()
    first = read_cosigned(world.settings)
    grow(world)
    with cosigner(world) as asking:
        asking.round()
    newest = read_cosigned(world.settings)
    assert newest != first
    world.settings.checkpoint_file.unlink()
    write_checkpoint(world.settings, 0, old)
    with cosigner(world) as asking:
        done = asking.round()
    assert {each.problem and each.problem.code for each in done.asked} == {"witness-ahead"}
    assert read_cosigned(world.settings) == newest


def test_a_fork_is_denied(world: World, offices: list[Office], tmp_path: Path) -> None:
    """A second ledger with the same key and another history gets no cosignature, and hears why."""
    grow(world)
    with cosigner(world) as asking:
        asking.round()
    with World(tmp_path / "other", f"sqlite:///{tmp_path / 'other.sqlite'}") as other:
        other.wait(5)
        grow(other, 20)
        other.settings.witness_policy_file.write_bytes(world.settings.witness_policy_file.read_bytes())
        with cosigner(other) as asking:
            done = asking.round()
        assert not done.met
        assert {each.problem and each.problem.code for each in done.asked} == {"witness-denies"}
        assert read_cosigned(other.settings) is None


def test_statuses_and_media_types(world: World, offices: list[Office]) -> None:
    """Each row of the specification's table, over HTTP."""
    office, note = offices[0], head(world)
    size = int(note.split(b"\n")[1])
    key = world.signing_key
    assert office.ask(b"nonsense")[0] == 400
    assert office.ask(b"")[0] == 400
    assert office.ask(print_extension(Extension(size + 1, (), note)))[0] == 400
    stranger = sign_checkpoint(Checkpoint("x.example", 1, EMPTY_ROOT), key)
    assert office.ask(print_extension(Extension(0, (), stranger)))[0] == 404
    forged = sign_checkpoint(Checkpoint(ORIGIN, 1, EMPTY_ROOT), private_key(9))
    assert office.ask(print_extension(Extension(0, (), forged)))[0] == 403
    assert office.ask(print_extension(Extension(0, (bytes(32),), note)))[0] == 422

    status, media_type, content = office.ask(print_extension(Extension(0, (), note)))
    assert (status, media_type) == (200, "text/plain; charset=utf-8")
    line = parse_signature(content.decode().removesuffix("\n"))
    assert verify_cosignatures(Note(parse_note(note).text, (line,)), [office.vkey])[0].time == TIME

    status, media_type, content = office.ask(print_extension(Extension(0, (), note)))
    assert (status, media_type, content) == (409, "text/x.tlog.size", f"{size}\n".encode())
    other = sign_checkpoint(Checkpoint(ORIGIN, size, EMPTY_ROOT), key)
    assert office.ask(print_extension(Extension(size, (), other)))[0] == 422
    assert office.ask(print_extension(Extension(size, (), note)))[0] == 200
    assert office.ask(b"x" * 100_000)[0] == 413
    assert office.ask(b"", "GET")[0] == 405
    assert office.ask(b"", "POST", "/elsewhere")[0] == 404


def test_what_was_cosigned_is_shown(world: World, offices: list[Office]) -> None:
    """Monitors, and the ledger itself when it starts, ask witnesses what they saw last."""
    office = offices[0]
    path = f"/{sha256(ORIGIN.encode()).hexdigest()}/checkpoint"
    assert office.ask(b"", "GET", path)[0] == 404
    office.ask(print_extension(Extension(0, (), head(world))))
    status, _, note = office.ask(b"", "GET", path)
    assert status == 200
    assert parse_note(note).text == parse_note(head(world)).text
    assert verify_cosignatures(parse_note(note), [office.vkey])
    for wrong in (f"/{'0' * 64}/checkpoint", f"/..{path}", path.upper()):
        assert office.ask(b"", "GET", wrong)[0] == 404


def test_the_cosigned_head_outlives_the_witness(world: World, offices: list[Office]) -> None:
    """It is on disk before the answer: a witness that starts again, or runs twice, cosigns no second history."""
    office = offices[0]
    office.ask(print_extension(Extension(0, (), head(world))))
    again = Office(office.folder, 0, [world.trust.vkey])
    assert again.ask(print_extension(Extension(0, (), head(world))))[0] == 409
    again.close()


def test_a_witness_that_cannot_keep_does_not_cosign(world: World, offices: list[Office]) -> None:
    """No folder, or a file that somebody else wrote: no cosignature, and the log is not blamed."""
    office = offices[0]
    file = office.folder / sha256(ORIGIN.encode()).hexdigest()
    request = print_extension(Extension(0, (), head(world)))
    file.write_bytes(head(world))  # signed by the log, but not by this witness
    assert office.ask(request)[0] == 503
    file.unlink()
    office.folder.rename(office.folder.with_name("gone"))
    assert office.ask(request)[0] == 503


def test_many_at_once_cosign_one_history(world: World, offices: list[Office]) -> None:
    """Of two heads that both extend the kept one, but not each other, one is cosigned, however they race."""
    office, key = offices[0], world.signing_key
    heads = [sign_checkpoint(Checkpoint(ORIGIN, 1, sha256(bytes((n,))).digest()), key) for n in range(20)]
    with ThreadPoolExecutor(20) as threads:
        found = list(threads.map(lambda note: office.ask(print_extension(Extension(0, (), note)))[0], heads))
    assert sorted(found) == [200] + [409] * 19


@contextmanager
def false_witness(answer: Callable[[bytes], tuple[int, str, bytes]]) -> Iterator[str]:
    """Serve answers that no witness gives."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, media_type, content = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


SIZE = "text/x.tlog.size"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((200, "text/plain", b""), "cosignature-missing"),
        ((200, "text/plain", b"no line"), "witness-answer-malformed"),
        ((200, "text/plain", b"no line\n"), "note-malformed"),
        ((200, "text/plain", b"\xff\n"), "witness-answer-malformed"),
        ((200, "text/plain", b"x" * 20_000), "remote-answer-malformed"),
        ((409, "text/plain", b"1\n"), "witness-answer-malformed"),
        ((409, SIZE, b"one\n"), "witness-answer-malformed"),
        ((409, SIZE, b"1"), "witness-answer-malformed"),
        ((409, SIZE, b"0\n"), "witness-refuses"),
        ((409, SIZE, b"99999\n"), "witness-ahead"),
        ((403, "text/plain", b""), "witness-refuses"),
        ((404, "text/plain", b""), "witness-refuses"),
        ((422, "text/plain", b""), "witness-denies"),
        ((302, "text/plain", b""), "witness-refuses"),
        ((500, "text/plain", b""), "remote-unavailable"),
    ],
)
def test_what_is_no_cosignature_is_not_kept(
    world: World, offices: list[Office], answer: tuple[int, str, bytes], code: str
) -> None:
    """Whatever a witness says, it is verified before it counts."""
    with false_witness(lambda _: answer) as url:
        offices[0].url = url
        write_policy(world, offices, "all")
        with cosigner(world) as asking:
            done = asking.round()
    assert not done.met
    assert done.asked[0].problem is not None
    assert done.asked[0].problem.code == code
    assert read_cosigned(world.settings) is None


def test_a_witness_that_names_other_sizes_for_ever_is_left(world: World, offices: list[Office]) -> None:
    """Each answer names another size than was asked: after a few tries it is no answer."""
    sizes = iter(range(1, 99))
    asked: list[bytes] = []

    def answer(body: bytes) -> tuple[int, str, bytes]:
        asked.append(body)
        return 409, SIZE, f"{next(sizes)}\n".encode()

    with false_witness(answer) as url:
        offices[0].url = url
        write_policy(world, offices[:1], "all")
        with cosigner(world) as asking:
            problem = asking.round().asked[0].problem
    assert problem is not None
    assert problem.code == "witness-refuses"
    assert len(asked) == 3


def test_a_cosignature_by_another_key_does_not_count(world: World, offices: list[Office]) -> None:
    """The witness of the policy is its key, not its name or its address."""
    offices[0].vkey = VerifierKey(offices[0].vkey.name, offices[0].vkey.kind, private_key(55).public)
    write_policy(world, offices[:1], "all")
    with cosigner(world) as asking:
        problem = asking.round().asked[0].problem
    assert problem is not None
    assert problem.code == "cosignature-missing"


def test_policies_that_cannot_be_asked(world: World) -> None:
    """No file, no address, an address that is none, nobody asked."""
    file = world.settings.witness_policy_file
    vkey = VerifierKey("w.example", 4, private_key(1).public)
    must_refuse("policy-missing", call=lambda: load_policy(world.settings))
    for line, code in (
        (f"W {vkey}", "policy-without-url"),
        (f"W {vkey} ftp://x", "url-malformed"),
        (f"W {vkey} http://user:secret@x", "url-malformed"),
        ("W nonsense http://x", "vkey-malformed"),
    ):
        file.write_text(f"witness {line}\nquorum W\n")
        must_refuse(code, call=lambda: load_policy(world.settings))
    file.write_text("quorum none\n")
    must_refuse("quorum-empty", call=lambda: load_policy(world.settings))
