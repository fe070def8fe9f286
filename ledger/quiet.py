"""Interrupts while a program is being loaded: there is nothing to undo, so they end it at once, without a traceback."""

from __future__ import annotations

from signal import SIG_DFL, SIGINT, default_int_handler, getsignal, signal

__all__ = ["from_now_on", "until_loaded"]


def until_loaded() -> None:
    """Let an interrupt end the process; whoever ignores interrupts goes on to do so."""
    if getsignal(SIGINT) is default_int_handler:
        signal(SIGINT, SIG_DFL)


def from_now_on() -> None:
    """Let an interrupt be told to the program again."""
    if getsignal(SIGINT) is SIG_DFL:
        signal(SIGINT, default_int_handler)
