"""The table of rooms says which commands each room adds."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.main import get_group

from ledger.cli.line import ROOMS, app


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_adds_the_commands_that_the_table_names(room: str) -> None:
    """A command that the table forgets could not be called by its name."""
    alone = app(ROOMS[room][0])
    assert set(get_group(alone).commands) == set(ROOMS[room])


def test_a_command_does_not_import_the_others_rooms() -> None:
    """`status` starts without the rules, and so without what they compute with."""
    asked = (
        "import sys; from ledger.cli import line; line.app('status');"
        " print('scipy' in sys.modules, 'duckdb' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
