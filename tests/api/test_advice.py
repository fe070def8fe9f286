"""What callers of the interface are advised to do: never a command that is run beside the ledger."""

from __future__ import annotations

import re

import pytest

from api.problems import problem_of
from api.status import BY_CODE
from ledger.errors import Misuse
from ledger.texts import PROBLEMS
from tests.house.test_problems import raised
from tests.house.tree import REPOSITORY

COMMAND = re.compile(r"packledger[ -][a-z]|--[a-z]|database_url|PACKLEDGER_")
BESIDE_THE_DOORS = ("ledger/cli/", "ledger/monitor/", "ledger/nation/", "ledger/bench/", "ledger/bundle/", "scanner/")
"""Rooms that no door leads to: what only they raise is told at the command line alone."""
BEFORE_SERVING = {
    "fence-open", "tracing-missing", "settings-malformed", "key-of-another-ledger", "ledger-of-another",
}  # fmt: skip
"""Told to whoever starts the server."""
BY_COMMANDS = {"api-key-unknown", "key-not-compromised"}
"""Raised by verbs that commands alone call."""


def told_over_http() -> list[str]:
    """Return the codes that an answer of a door may have."""
    places = raised(REPOSITORY).codes
    beside = {code for code, place in places.items() if place.startswith(BESIDE_THE_DOORS)}
    return sorted(PROBLEMS.keys() - (beside | BEFORE_SERVING | BY_COMMANDS) | BY_CODE.keys())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_caller_is_told_to_run_a_command(language: str) -> None:
    """Who calls over HTTP has no shell on the ledger's machine."""
    advised = {code: problem_of(Misuse(code), language).advice for code in told_over_http()}  # type: ignore[arg-type]
    assert all(advised.values())
    assert {code: text for code, text in advised.items() if COMMAND.search(text)} == {}


def test_the_command_line_still_names_its_commands() -> None:
    """What is advised over HTTP is a second text beside the first, and different from it."""
    own = {code: text for code, text in PROBLEMS.items() if text.http_en}
    assert len(own) > 10
    for code, text in own.items():
        assert text.http_zh, code
        assert (text.http_en, text.http_zh) != (text.do_en, text.do_zh), code
        assert re.fullmatch(r"[A-Z0-9].*[.]", text.http_en), code
        assert re.search(r"[\u4e00-\u9fff].*。$", text.http_zh), code
