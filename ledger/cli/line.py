"""The line itself: which commands there are, in which room each lies, and how the line ends."""

from __future__ import annotations

import atexit
import gc
import sys
from importlib import import_module
from typing import Final

import typer

from ledger.cli.context import TEACHING
from ledger.cli.exits import Exit
from ledger.terminal import OPTIONS, VERSION, ended, opened

__all__ = ["ROOMS", "app", "run"]

ROOMS: Final[dict[str, tuple[str, ...]]] = {
    "keeping": ("init", "migrate", "reindex", "enrol", "revoke", "erase", "status"),
    "recording": ("key", "sign", "record"),
    "proofs": ("trace", "verify", "suspect"),
    "serving": ("serve", "api-key", "enrolment-code"),
    "officers": ("officer", "door-role"),
    "bringing": ("import",),
    "witnessing": ("witness-key", "witness", "cosign", "monitor"),
    "reconciling": ("lake",),
    "ruling": ("rules",),
    "looking": ("findings",),
    "casework": ("case", "seize"),
    "country": ("simulate",),
    "demo": ("demo",),
    "measuring": ("bench",),
}
"""Each room's commands, in the order of the help; a command imports its own room only, which is most of its start."""


def app(first: str = "") -> typer.Typer:
    """Return the command line: of the room that has the command `first`, or of all rooms if none has it.

    The version is told by the line itself, without a room.
    """
    line = typer.Typer(name="packledger", help=TEACHING, **OPTIONS)
    line.callback()(opened)
    if first == VERSION:
        return line
    for room in [room for room, commands in ROOMS.items() if first in commands] or ROOMS:
        import_module(f"ledger.cli.{room}").add_to(line)
    return line


def run() -> None:
    """Run the command line; every way out is a named exit code."""
    line = app(*sys.argv[1:2])
    # What is imported by now stays; looking through it again and again took a tenth of the time of recording.
    gc.freeze()
    atexit.register(gc.unfreeze)  # DuckDB complains of what is still alive at the very end
    ended(line, "ledger.cli.chinese", usage=Exit.USAGE, runtime=Exit.RUNTIME, cancelled=Exit.CANCELLED)
