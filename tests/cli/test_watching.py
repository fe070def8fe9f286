"""Those who watch a ledger, as they do it: a witness and a monitor in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ledger.cli.exits import Exit
from ledger.home import read_cosigned
from ledger.log.note import parse_note
from tests.cli.shell import Shell
from tests.kit import World
from tests.watch.site import Site, shown


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A ledger of some three hundred statements, with its database where the command line looks for it."""
    home = tmp_path / "ledger.home"
    with World(home, f"sqlite:///{home / 'ledger.db'}") as world:
        world.record(*(world.commission(world.packs(1)) for _ in range(256)))
        yield world


@pytest.fixture
def shell(world: World, tmp_path: Path) -> Shell:
    """Return a shell beside it."""
    return Shell(tmp_path)


@contextmanager
def witness(shell: Shell, world: World, name: str) -> Iterator[dict[str, str]]:
    """Run a witness, and give what it says of itself."""
    if not (shell.folder / f"{name}.key").exists():
        shell.good("witness-key", f"{name}.example", "--out", f"{name}.key")
    process = subprocess.Popen(
        [sys.executable, "-m", "ledger.cli", "witness", "--name", f"{name}.example", "--key", f"{name}.key", "--port",
         "0", "--log", world.trust.verifier_key, "--state", f"{name}.state", "--json"],
        cwd=shell.folder, env=os.environ | {"PYTHONPATH": os.getcwd()}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_offices_witness_and_an_auditor_follows(shell: Shell, world: World) -> None:
    """Two offices cosign; a monitor with their policy follows, then goes on; the ledger shrinks, and it cries."""
    with witness(shell, world, "one") as one, witness(shell, world, "two") as two:
        policy = "\n".join(
            [f"witness {n} {each['verifierKey']} {each['url']}" for n, each in (("A", one), ("B", two))]
            + ["group both all A B", "quorum both", ""]
        )
        (shell.folder / "ledger.home/witnesses").write_text(policy)
        told = json.loads(shell.good("cosign", "--json"))
        assert told["message_type"] == "cosigned"
        assert [each["code"] for each in told["witnesses"]] == [None, None]
    cosigned = read_cosigned(world.settings)
    assert cosigned is not None
    assert len(parse_note(cosigned).signatures) == 3

    (shell.folder / "policy").write_text(policy)
    follow = ("--key", world.trust.verifier_key, "--state", "mine", "--once", "--policy", "policy")
    with Site(shown(world)) as site:
        site.lies["/checkpoint"] = lambda reply: reply._replace(content=cosigned)
        told = json.loads(shell.good("monitor", site.url, *follow, "--json"))
        assert (told["message_type"], told["entries"], told["witnesses"]) == ("followed", told["size"], 2)
        assert "Everything holds." in shell.good("monitor", site.url, *follow, "--lang", "en")
        site.lies.clear()
        shell.bad(Exit.SIGNATURE_INVALID, "quorum-not-met", "monitor", site.url, *follow)
        site.show = shown(world, 100)
        shell.bad(Exit.PROOF_FAILED, "log-shrunk", "monitor", site.url, *follow[:-2])
        assert (shell.folder / "mine.evidence").exists()
    shell.bad(Exit.RUNTIME, "remote-unavailable", "monitor", site.url, *follow[:-2])


def test_a_policy_that_is_not_met_is_no_success(shell: Shell, world: World) -> None:
    """The witness is away: the command says which, and ends so that a script notices."""
    with witness(shell, world, "one") as one:
        line = f"witness A {one['verifierKey']} {one['url']}\nquorum A\n"
    (shell.folder / "ledger.home/witnesses").write_text(line)
    done = shell.run("cosign", "--lang", "en")
    assert done.returncode == Exit.SIGNATURE_INVALID
    assert "remote-unavailable" in done.stdout
    assert "Traceback" not in done.stderr


def test_wrong_calls_are_told(shell: Shell, world: World) -> None:
    """Keys of the wrong kind, addresses that are none, a key file with more than a key."""
    key = world.trust.verifier_key
    shell.good("witness-key", "w.example", "--out", "w.key")
    vkey = json.loads(shell.good("witness-key", "v.example", "--out", "v.key", "--json"))["verifierKey"]
    (shell.folder / "token").write_text("two words")
    run = ("witness", "--name", "w.example", "--key", "w.key", "--state", "s")
    shell.bad(Exit.USAGE, "usage-wrong", *run, "--log", vkey)
    shell.bad(Exit.RUNTIME, "file-failed", *run, "--log", key, "--host", "192.0.2.1")
    shell.bad(Exit.USAGE, "file-exists", "witness-key", "w.example", "--out", "w.key")
    shell.bad(Exit.FORMAT_UNKNOWN, "vkey-malformed", "witness-key", "two words", "--out", "x.key")
    shell.bad(Exit.USAGE, "policy-missing", "cosign")
    follow = ("--key", key, "--state", "mine", "--once")
    shell.bad(Exit.USAGE, "url-malformed", "monitor", "ftp://ledger.example", *follow)
    shell.bad(Exit.USAGE, "usage-wrong", "monitor", "http://127.0.0.1:1", *follow, "--token-file", "token")
    shell.bad(Exit.USAGE, "usage-wrong", "monitor", "http://127.0.0.1:1", "--key", vkey, *follow[2:])
    assert not (shell.folder / "x.key").exists()
