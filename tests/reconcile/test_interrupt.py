"""An interrupt while the engine works is the user's, and no fault of the program."""

from __future__ import annotations

import pytest

from ledger.reconcile.rules.duck import _interruptible


def test_what_duckdb_makes_of_an_interrupt_is_one_again() -> None:
    """It raises an error without a kind of its own; any other error stays what it is."""
    with pytest.raises(KeyboardInterrupt), _interruptible():
        raise RuntimeError("Query interrupted")
    with pytest.raises(RuntimeError, match="else"), _interruptible():
        raise RuntimeError("something else")
