"""Where the output goes, and what if it cannot go there: each way out has its exit code, none a traceback."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from rich.console import Console

from ledger.cli.exits import Exit
from ledger.cli.screen import Screen
from tests.cli.shell import ORIGIN, Shell


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Return a shell beside a ledger."""
    shell = Shell(tmp_path_factory.mktemp("streams"))
    shell.good("init", "--origin", ORIGIN)
    return shell


def piped(shell: Shell, line: str) -> subprocess.CompletedProcess[str]:
    """Run a line of bash, in which `packledger` is the program and the last exit code is its own."""
    program = f'packledger() {{ "{sys.executable}" -m ledger.cli "$@"; }}; set -o pipefail; {line}'
    return subprocess.run(
        ["bash", "-c", program], cwd=shell.folder, capture_output=True, encoding="utf-8", check=False, timeout=60,
        env={"PYTHONPATH": str(Path.cwd()), "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("exit_code", "told", "line"),
    [
        (Exit.RUNTIME, "", "packledger status | (exec <&-; sleep 0.1)"),
        (Exit.RUNTIME, "", "packledger status --json | (exec <&-; sleep 0.1)"),
        (Exit.RUNTIME, "", "packledger --help | (exec <&-; sleep 0.1)"),
        (Exit.RUNTIME, "file-failed", "packledger status > /dev/full"),
        (Exit.RUNTIME, "file-failed", "packledger status --json > /dev/full"),
        (Exit.RUNTIME, "file-failed", "packledger --help > /dev/full"),
        (Exit.RUNTIME, "", "packledger trace 12 2> /dev/full"),
        (Exit.USAGE, "", "packledger trace 12 2>&-"),
        (Exit.VALID, "", "packledger status >&-"),
        (Exit.VALID, "", "packledger record - <&-"),
        (Exit.VALID, "", "packledger verify <&- >&- 2>&-"),
    ],
)
def test_output_that_cannot_be_written(shell: Shell, exit_code: Exit, told: str, line: str) -> None:
    """A reader who left is told nothing; a full disk is; a stream that was closed is one that nobody wanted."""
    done = piped(shell, line)
    assert "Traceback" not in done.stderr
    assert done.returncode == exit_code, done.stderr
    assert done.stderr == "" if not told else told in done.stderr
    assert ": No space" not in done.stderr.replace('"detail": "No space', ""), "no name, then no colon"


@pytest.mark.parametrize(
    "arguments", [["record"], ["nothing"], ["trace", "--nothing"], ["verify", "--processes", "-1"]]
)
def test_machines_read_also_how_they_called_wrongly(shell: Shell, arguments: list[str]) -> None:
    """With --json whatever is told is a document."""
    shell.bad(Exit.USAGE, "usage-wrong", *arguments)


def test_what_others_wrote_has_no_power_over_the_terminal(shell: Shell) -> None:
    """A name with an escape sequence is shown, not obeyed; machines get it as it is, in JSON's own escapes."""
    line = json.dumps({"statement": "", "body": "", "\x1b[2J\u202eevil": 1})
    shown = shell.run("record", "-", stdin=line)
    assert shown.returncode == Exit.WARNINGS
    assert not {"\x1b", "\u202e"} & {*shown.stdout}
    assert r"\x1b[2J\u202eevil" in shown.stdout.replace("\n", "")
    told = json.loads(shell.run("record", "-", "--json", stdin=line).stdout)
    assert "\x1b[2J" in told["detail"]


def test_a_terminal_of_few_letters_is_no_fault(shell: Shell) -> None:
    """Chinese where only ASCII can be shown, and a file whose name is no text."""
    done = shell.run("status", "--lang", "zh", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    shell.bad(Exit.RUNTIME, "file-failed", "record", "\udcff")


def _heeding_interrupts() -> None:
    """Begin as at a terminal: who starts the tests in the background lets their children ignore interrupts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def interrupted(shell: Shell, *arguments: str) -> tuple[int, str]:
    """Interrupt a command while it writes its files; return how it ended, and what it said."""
    with subprocess.Popen(
        [sys.executable, "-m", "ledger.cli", *arguments], cwd=shell.folder, stderr=subprocess.PIPE, encoding="utf-8",
        env={"PYTHONPATH": str(Path.cwd()), "LANG": "C.UTF-8"}, preexec_fn=_heeding_interrupts,  # noqa: PLW1509  it takes no lock
    ) as process:  # fmt: skip
        while not list(shell.folder.glob("cut/uploads.jsonl")):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    return process.returncode, told


_INTERRUPTED_WHILE_LOADING = """
import os, signal, sys
import {program}

class Impatient:
    def find_spec(self, name, *_):
        if name == "{program}.line":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Impatient())
{program}.main()
"""


@pytest.mark.parametrize("program", ["ledger.cli", "scanner.cli"])
def test_an_interrupt_while_loading_ends_at_once(program: str) -> None:
    """There is nothing to undo yet, and nothing to tell."""
    done = subprocess.run(
        [sys.executable, "-c", _INTERRUPTED_WHILE_LOADING.format(program=program)],
        capture_output=True, encoding="utf-8", check=False, timeout=60, preexec_fn=_heeding_interrupts,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_an_interrupted_country_leaves_nothing(shell: Shell) -> None:
    """The same line again makes it: no half of it stands in the way."""
    assert interrupted(shell, "simulate", "--out", "cut", "--packs", "50000") == (Exit.CANCELLED, "cancelled\n")
    assert not (shell.folder / "cut").exists()


@pytest.mark.parametrize("ticking", [True, False])
def test_what_does_not_tick_is_drawn_by_no_thread(ticking: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever makes copies of the process may have no thread beside it, and is told of progress all the same."""
    monkeypatch.setenv("TERM", "xterm")
    screen = Screen("en", as_json=False)
    monkeypatch.setattr(screen, "_error", Console(file=io.StringIO(), force_terminal=True, width=100))
    threads = threading.active_count()
    with screen.progress("verifying", ticking=ticking) as progress:
        assert threading.active_count() == threads + ticking
        progress(3, 7)
        if not ticking:
            assert "3/7" in screen._error.file.getvalue()  # type: ignore[attr-defined]
