"""`packledger-station`: the command line of the station."""

from __future__ import annotations

import sys
from typing import Final, cast

import typer

from scanner.cli import pictures, station
from scanner.cli.exits import Exit

__all__ = ["app", "main"]

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

app = typer.Typer(
    name="packledger-station",
    help=TEACHING,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
for room in (station, pictures):
    room.add_to(app)

# The class of every error in how a command was called; typer exports only its children.
_UsageError = cast("type[typer.BadParameter]", typer.BadParameter.__base__)


def main() -> None:
    """Run the command line; every way out is a named exit code."""
    try:
        code = app(standalone_mode=False)
    except _UsageError as error:
        error.show()
        code = Exit.USAGE
    except (typer.Abort, KeyboardInterrupt):
        print("cancelled", file=sys.stderr)
        code = Exit.CANCELLED
    except BrokenPipeError:
        code = Exit.RUNTIME
    sys.exit(int(code or 0))
