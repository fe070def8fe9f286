"""`packledger-station`: the command line of the station."""

from __future__ import annotations

from ledger.quiet import until_loaded

__all__ = ["main"]


def main() -> None:
    """Run the command line; every way out is a named exit code."""
    until_loaded()
    from scanner.cli.line import run  # noqa: PLC0415

    run()
