"""The counter in a terminal, as a scanner types into it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.house.tree import REPOSITORY
from tests.scanner.kit import Place

_SECONDS = 60


class Terminal:
    """`packledger-station counter` behind a terminal."""

    def __init__(self, folder: Path) -> None:
        self._near, far = pty.openpty()
        command = [sys.executable, "-m", "scanner.cli", "counter", "--offline", "--mode", "dispense-self-pay",
                   "--lang", "en", "--station", folder]  # fmt: skip
        self._process = subprocess.Popen(command, stdin=far, stdout=far, stderr=far, cwd=REPOSITORY)
        os.close(far)
        os.set_blocking(self._near, False)

    def type(self, text: str, until: str) -> str:
        """Type a line, and return what is shown up to this text."""
        os.write(self._near, f"{text}\n".encode())
        shown = ""
        end = time.monotonic() + _SECONDS
        while until not in shown:
            assert time.monotonic() < end, shown
            try:
                shown += os.read(self._near, 65_536).decode()
            except BlockingIOError:
                time.sleep(0.02)
        return shown

    def close(self) -> None:
        """End it, as Ctrl+D does."""
        os.write(self._near, b"\x04")
        assert self._process.wait(_SECONDS) == 0
        os.close(self._near)


@pytest.mark.slow
def test_a_stop_in_a_terminal_waits_for_an_empty_line(tmp_path: Path) -> None:
    """Scans are not taken before; letters of a scanner that was not calibrated are refused; each answer rings."""
    with Place(tmp_path) as place, ExitStack() as stack:
        post, (sound, stolen) = place.enrol(), place.stock(2)
        place.world.record(place.world.event(place.world.maker, "theft", [stolen]))
        post.scan(sound, "receive")
        post.sync()
        keys = [pack.rpartition(":")[2] for pack in (sound, stolen)]
        terminal = Terminal(post.home.folder)
        stack.callback(terminal.close)
        assert "\a" in terminal.type(keys[0], "OK (offline)")
        terminal.type("0109521234543213" "21ZY10", "scanner that was not calibrated")
        terminal.type(keys[1], "Stop (offline)")
        terminal.type("87709840000000000099", "press Enter to confirm")
        terminal.type("\n87709840000000000099", "(offline) 87709840000000000099")
        stack.close()
        codes = [entry.code for entry in reversed(post.outbox.since(0, 9))]
        assert codes == [keys[0], *keys, "87709840000000000099"]
