"""Officers at the command line: findings, cases, a seizure, a bundle that verifies elsewhere."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ledger import clock
from ledger.cli.exits import Exit
from tests.cli.shell import ORIGIN, Shell
from tests.cli.test_commands import verifier_key

POLICE, INSURER, SHOP = "https://police.example/", "https://insurer.example/", "https://shop.example/"


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Return a shell beside a small country that was recorded, with two offices, a lake, and findings."""
    shell = Shell(tmp_path_factory.mktemp("offices"))
    shell.good("init", "--origin", ORIGIN)
    shell.good("simulate", "--out", "country", "--packs", "800", "--months", "2", "--seed", "3")
    shell.good("enrol", "country/registrations.json")
    offices = [*office(shell, POLICE, "police"), *office(shell, INSURER, "insurer"), *office(shell, SHOP, "dispenser")]
    (shell.folder / "dispenser.key").rename(shell.folder / "shop.key")
    (shell.folder / "offices.json").write_text(json.dumps(offices))
    shell.good("enrol", "offices.json")
    shell.good("record", "country/uploads.jsonl", "--unsafe-clock-from-file")
    shell.good("lake", "update")
    shell.good("findings", "update")
    return shell


def office(shell: Shell, party: str, role: str) -> list[dict[str, Any]]:
    """Return what enrols an office with one desk, whose key is made on the spot."""
    names = {"name_en": role, "name_zh": role, "region": "610800"}
    made = json.loads(shell.good("key", f"{party}desk/1", "--out", f"{role}.key"))
    return [
        {"kind": "party", "uri": party, "roles": [role], **names},
        {"kind": "site", "uri": f"{party}desk", "party": party, **names},
        {"kind": "station", "uri": f"{party}desk/1", "site": f"{party}desk"},
        *made,
    ]


def documents(text: str) -> list[Any]:
    """Return the JSON documents that a command printed."""
    return [json.loads(line) for line in text.splitlines()]


def _about(finding: dict[str, Any]) -> str:
    """Return how a table names what a finding of the tests' own world is about."""
    assert finding["grain"] in ("pack", "person", "network")
    if finding["grain"] == "network":
        return f"{finding['persons'][0][:12]}…+{len(finding['persons']) - 1}"
    return str(finding["subject"] if finding["grain"] == "pack" else finding["subject"][:12])


def _subjects(tables: str) -> str:
    """Return the third column of all tables, put together: a narrow one breaks long words."""
    rows = [line.split("│") for line in tables.splitlines()]
    return "".join("".join(row[2].split()) for row in rows if len(row) > 3)


def test_from_findings_to_a_bundle(shell: Shell) -> None:
    """Found, opened, claimed, noted, a deadline, handed over, decided, exported, verified far from the ledger."""
    shell.good("findings", "publish", "--key", "police.key")
    again = documents(shell.good("findings", "update", "--json"))[0]
    assert again["same"] > 0
    assert again["opened"] == again["closed"] == 0
    found = documents(shell.good("findings", "list", "--severity", "high", "--json"))
    shown = documents(shell.good("findings", "show", found[0]["id"], "--json"))[0]
    assert (shown["sentence"], [each["what"] for each in shown["history"]]) == (found[0]["sentence"], ["opened"])
    listed = _subjects(shell.good("findings", "list"))
    for each in found[:3]:
        assert _about(each) in listed
    proposed = documents(shell.good("case", "list", "--proposed", "--json"))
    assert proposed[0]["opens"]
    opened = documents(shell.good("case", "open", "--proposed", "--key", "police.key", "--json"))
    assert [each["case"] for each in opened] == list(range(1, len(opened) + 1))
    police, insurer = ["--key", "police.key"], ["--key", "insurer.key"]
    shell.good("case", "claim", "1", *police)
    shell.good("case", "note", "1", "The shop was visited.", *insurer)
    gone = shell.run("case", "deadline", "1", "2020-01-31", *police)
    assert (gone.returncode, "lies ahead" in gone.stderr) == (Exit.USAGE, True)
    soon = clock.now() + 5
    shell.good("case", "deadline", "1", clock.iso(soon), *police)
    while clock.now() <= soon:
        time.sleep(0.1)
    assert documents(shell.good("case", "list", "--json"))[0]["late"] is True
    shell.good("case", "deadline", "1", "2999-01-31", *police)
    assert documents(shell.good("case", "list", "--json"))[0]["late"] is False
    shell.good("case", "hand-over", "1", "--to", INSURER, "--reason", "fund money", *police)
    one = proposed[0]["findings"][0]
    shell.good("case", "close", "1", "--result", "false-alarm", "--cause", "family", "--finding", one, *insurer)
    shell.good("case", "close", "1", "--result", "confirmed", "--text", "Both confessed.", *insurer)
    told = shell.good("case", "show", "1")
    assert _about(documents(shell.good("case", "show", "1", "--json"))[0]["found"][0]) in _subjects(told)
    shown = " ".join(told.split())
    for words in ("insurer", "The shop was visited.", "2999-01-31 23:59:59", "fund money",
                  "false alarm (collected by family)", "confirmed: Both confessed."):
        assert words in shown, words
    case = documents(shell.good("case", "show", "1", "--json"))[0]
    assert [each["office"] for each in case["done"]] == [
        "police", "police", "insurer", "police", "police", "police", "insurer", "insurer",
    ]  # fmt: skip
    assert (case["state"], case["decision"]["result"], len(case["done"])) == ("closed", "confirmed", 8)
    assert "已结案" in shell.good("case", "list", "--state", "closed", "--lang", "zh")
    shell.good("case", "export", "1", "--out", "case.zip")
    away = Shell(shell.folder / "away")
    away.folder.mkdir()
    (away.folder / "case.zip").write_bytes((shell.folder / "case.zip").read_bytes())
    report = documents(away.good("verify", "case.zip", "--key", verifier_key(shell), "--json"))[0]
    assert (report["case"], report["warnings"]) == (1, [])
    assert json.loads(shell.good("verify", "--json"))["fault"] is None
    damaged = bytearray((away.folder / "case.zip").read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (away.folder / "damaged.zip").write_bytes(damaged)
    assert away.run("verify", "damaged.zip", "--key", verifier_key(shell)).returncode != Exit.VALID


def test_a_seizure(shell: Shell) -> None:
    """A list with faulty lines: recorded, traced, opened as a case; each fault is told."""
    truth = json.loads((shell.folder / "country/truth.json").read_text())
    packs = sorted({pack for crime in truth["crimes"] for pack in crime["packs"]})[:20]
    (shell.folder / "list.txt").write_text("\n".join([*packs, packs[0], "scratched"]) + "\n")
    tracing, acted = documents(
        shell.good(
            "seize", "list.txt", "--key", "police.key", "--file-number", "17", "--place", "Warehouse", "--grams", "900",
            "--unreadable", "3", "--json",
        )
    )  # fmt: skip
    assert (tracing["lines"], tracing["tracing"]["total"]["packs"]) == (22, 20)
    assert [(fault["line"], fault["fault"]) for fault in tracing["faults"]] == [
        (21, "doubled"), (22, "code-unknown-form"),
    ]  # fmt: skip
    shown = shell.good("case", "show", str(acted["case"]))
    assert "traced to a person" in shown
    (shell.folder / "worn.txt").write_text(packs[0] + 23 * "\nscratched" + "\n")
    seized = ("seize", "worn.txt", "--key", "police.key", "--file-number", "18", "--place", "Warehouse")
    assert "… 3" in shell.good(*seized).splitlines()


def test_of_two_officers_at_once_one_closes_the_case(shell: Shell) -> None:
    """Two processes close one case: one of them does, the other is told so, and nothing is done twice."""
    opened = documents(shell.good("case", "open", "--title", "Two at once", "--key", "police.key", "--json"))
    number = str(opened[0]["case"])
    close = ("case", "close", number, "--result", "confirmed", "--text", "Seen.", "--key", "police.key", "--json")
    with ThreadPoolExecutor(2) as officers:
        done = list(officers.map(lambda _: shell.run(*close), range(2)))
    (lost,) = [each for each in done if each.returncode]
    assert "case-closed" in lost.stdout + lost.stderr
    case = documents(shell.good("case", "show", number, "--json"))[0]
    assert case["state"] == "closed"
    assert len([each for each in case["done"] if not each["fault"]]) == 2


@pytest.mark.parametrize(
    ("exit_code", "code", "arguments"),
    [
        (Exit.USAGE, "case-unknown", ["case", "show", "99"]),
        (Exit.USAGE, "case-unknown", ["case", "claim", "99", "--key", "police.key"]),
        (Exit.USAGE, "case-unknown", ["case", "export", "99"]),
        (Exit.USAGE, "finding-unknown", ["findings", "show", "zz"]),
        (Exit.USAGE, "finding-unknown", ["case", "open", "--title", "x", "--finding", "zz", "--key", "police.key"]),
        (Exit.USAGE, "usage-wrong", ["case", "open", "--key", "police.key"]),
        (Exit.USAGE, "key-not-enrolled", ["case", "claim", "1", "--key", "ledger.home/ledger.key"]),
        (Exit.USAGE, "seizure-empty",
         ["seize", "empty.txt", "--key", "police.key", "--file-number", "1", "--place", "x"]),
        (Exit.USAGE, "seizure-not-authorised",
         ["seize", "offices.json", "--key", "insurer.key", "--file-number", "1", "--place", "x"]),
        (Exit.USAGE, "lake-missing",
         ["seize", "offices.json", "--key", "police.key", "--file-number", "1", "--place", "x", "--lake", "nowhere"]),
        (Exit.FORMAT_UNKNOWN, "casefile-malformed", ["verify", "fake.zip"]),
        (Exit.USAGE, "publishing-not-authorised", ["findings", "publish", "--key", "shop.key"]),
        (Exit.USAGE, "rule-unknown", ["findings", "publish", "--key", "police.key", "--only", "settled-thrice"]),
        (Exit.RUNTIME, "file-failed", ["case", "claim", "1", "--key", "no.key"]),
    ],
)  # fmt: skip
def test_wrong_input_is_told(shell: Shell, exit_code: Exit, code: str, arguments: list[str]) -> None:
    """Each ends with a named exit code and a problem, never a traceback."""
    (shell.folder / "empty.txt").write_text("\n")
    Path(shell.folder / "fake.zip").write_bytes(b"PK\x03\x04 and nothing else")
    shell.bad(exit_code, code, *arguments)
