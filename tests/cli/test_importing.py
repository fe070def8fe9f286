"""`packledger import`: a party's files, by whoever keeps the ledger."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger.cli.exits import Exit
from tests.cli.shell import Shell
from tests.kit import World
from tests.national.examples import BILL, MESSAGE


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Return a shell beside a ledger whose distributor has a file of bills."""
    home = tmp_path / "ledger.home"
    with World(home, f"sqlite:///{home / 'ledger.db'}"):
        pass
    (tmp_path / "bills.json").write_text(json.dumps([BILL, BILL | {"bill_code": "2", "bill_type": 9}]))
    (tmp_path / "sales.json").write_text(json.dumps(MESSAGE))
    return Shell(tmp_path)


def test_a_file_and_again(shell: Shell) -> None:
    """Each line with its status, its faults and what was left out; a refused line ends it with warnings."""
    bills = ("import", "bills", "bills.json", "--party", "https://distributor.example/", "--json")
    first, again = shell.run(*bills), shell.run(*bills)
    assert first.returncode == again.returncode == Exit.WARNINGS, first.stderr
    one, two = (json.loads(line) for line in first.stdout.splitlines()[:2])
    assert (one["status"], one["leftOut"], [each["place"] for each in one["faults"]]) == (
        "recorded", ["oper_ic_name"], ["2", "3"],
    )  # fmt: skip
    assert (two["line"], two["code"]) == (2, "import-type")
    assert json.loads(again.stdout.splitlines()[0]) == one | {"status": "already-recorded"}
    shell.good("import", "sales", "sales.json", "--party", "https://pharmacy.example/")
    shell.good("verify")


def test_what_cannot_be_imported(shell: Shell) -> None:
    """No such form, no such party, no such file, a file that is none, names that are none: told in words."""
    shell.bad(Exit.USAGE, "usage-wrong", "import", "bell", "bills.json", "--party", "https://x.example/")
    shell.bad(Exit.USAGE, "party-unknown", "import", "bills", "bills.json", "--party", "https://x.example/")
    (shell.folder / "bad.json").write_text("{")
    party = ("--party", "https://distributor.example/")
    shell.bad(Exit.FORMAT_UNKNOWN, "import-malformed", "import", "bills", "bad.json", *party)
    shell.bad(Exit.RUNTIME, "file-failed", "import", "bills", "gone.json", *party)
    (shell.folder / "ledger.home" / "national-names.json").write_text('{"a": 1}')
    shell.bad(Exit.USAGE, "settings-malformed", "import", "bills", "bills.json", *party)
