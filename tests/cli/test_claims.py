"""Two officers of one office, each with a desk and a process of their own, and one case."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from subprocess import CompletedProcess

from tests.cli.shell import ORIGIN, Shell

POLICE = "https://police.example/"
NAMES = {"name_en": "Police", "name_zh": "公安", "region": "610800"}


def test_of_two_who_claim_a_case_at_once_one_has_it(tmp_path: Path, database_url: str) -> None:
    """The other is told by whom it was taken, in one line with a code, and can take it over knowingly."""
    shell = Shell(tmp_path)
    run = partial(shell.run, PACKLEDGER_DATABASE_URL=database_url)

    def good(*arguments: str) -> str:
        done = run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    good("init", "--origin", ORIGIN)
    office = [
        {"kind": "party", "uri": POLICE, "roles": ["police"], **NAMES},
        {"kind": "site", "uri": f"{POLICE}house", "party": POLICE, **NAMES},
    ]
    for desk in ("desk/1", "desk/2"):
        office.append({"kind": "station", "uri": f"{POLICE}{desk}", "site": f"{POLICE}house"})
        office += json.loads(good("key", f"{POLICE}{desk}", "--out", f"{desk[-1]}.key"))
    (tmp_path / "office.json").write_text(json.dumps(office), "utf-8")
    good("enrol", "office.json")
    good("case", "open", "--title", "Packs", "--key", "1.key")

    def claim(desk: str) -> CompletedProcess[str]:
        return run("case", "claim", "1", "--key", f"{desk}.key", "--json")

    with ThreadPoolExecutor(2) as officers:
        done = dict(zip("12", officers.map(claim, "12"), strict=True))
    (winner,) = [desk for desk, each in done.items() if each.returncode == 0]
    (loser,) = done.keys() - winner
    problem = json.loads(done[loser].stderr.strip().splitlines()[-1])
    assert problem["code"] == "case-taken"
    assert f"{POLICE}desk/{winner} has it" in problem["detail"]
    counted = [each for each in json.loads(good("case", "show", "1", "--json"))["done"] if not each["fault"]]
    assert len(counted) == 2  # opened, and claimed once
    good("case", "claim", "1", "--take-over", "--key", f"{loser}.key")
    assert f"{POLICE}desk/{loser} has it" in claim(winner).stderr
    assert json.loads(good("verify", "--json"))["fault"] is None
