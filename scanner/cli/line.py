"""The line itself: its commands, and how it ends."""

from __future__ import annotations

from typing import Final

import typer

from ledger.terminal import OPTIONS, ended, opened
from scanner.cli import pictures, station
from scanner.cli.exits import Exit

__all__ = ["app", "run"]

TEACHING: Final = """The station at the counter: scan, get a verdict at once, record, with or without a network.

\b
    packledger-station enrol --ledger URL            with a one-time code; the key is made here and stays here
    packledger-station serve                         the counter, as a page in the browser of this machine
    packledger-station counter --mode receive        the same in a terminal, or for a scanner at a serial port
    packledger-station sync                          send what waits, and fetch what is needed offline
    packledger-station status                        what waits, how old the knowledge is, what is wrong

Exit codes: 0 valid, 1 usage, 2 runtime, 3 done with something to look at, 13 proof failed, 15 format unknown,
130 cancelled.
"""

app = typer.Typer(name="packledger-station", help=TEACHING, **OPTIONS)
app.callback()(opened)
for room in (station, pictures):
    room.add_to(app)


def run() -> None:
    """Run the command line; every way out is a named exit code."""
    ended(app, "scanner.cli.chinese", usage=Exit.USAGE, runtime=Exit.RUNTIME, cancelled=Exit.CANCELLED)
