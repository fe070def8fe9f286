"""`packledger`: the command line. Thin doors: each command reads its arguments, calls one verb, shows the result."""

from __future__ import annotations

import atexit
import gc
import sys
from typing import cast

import typer

from ledger.cli import (
    casework,
    country,
    demo,
    keeping,
    looking,
    measuring,
    proofs,
    reconciling,
    recording,
    ruling,
    serving,
    witnessing,
)
from ledger.cli.context import TEACHING
from ledger.cli.exits import Exit

__all__ = ["app", "main"]

app = typer.Typer(
    name="packledger",
    help=TEACHING,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
for room in (
    keeping, recording, proofs, serving, witnessing, reconciling, ruling, looking, casework, country, demo, measuring,
):  # fmt: skip
    room.add_to(app)


# The class of every error in how a command was called; typer exports only its children.
_UsageError = cast("type[typer.BadParameter]", typer.BadParameter.__base__)


def main() -> None:
    """Run the command line; every way out is a named exit code."""
    # What is imported by now stays; looking through it again and again took a tenth of the time of recording.
    gc.freeze()
    atexit.register(gc.unfreeze)  # DuckDB complains of what is still alive at the very end
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
