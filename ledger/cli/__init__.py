"""`packledger`: the command line. Thin doors: each command reads its arguments, calls one verb, shows the result."""

from __future__ import annotations

import os

from ledger.quiet import until_loaded

__all__ = ["main"]


def main() -> None:
    """Run the command line; every way out is a named exit code."""
    until_loaded()
    # Nothing here multiplies matrices; threads for it would take a twentieth of a second of each process.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Processes that a command starts import this module, as it was the first one's main, and need no line.
    from ledger.cli.line import run  # noqa: PLC0415

    run()
