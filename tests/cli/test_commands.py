"""The command line as its users meet it: in a process of its own, with good input and with bad."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import pytest
import typer

from ledger.cli import proofs
from ledger.cli.exits import Exit
from ledger.errors import Unavailable
from tests.cli.shell import ORIGIN, Shell


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Return a shell beside a small country that was recorded; tests that spoil it take `fresh`."""
    shell = Shell(tmp_path_factory.mktemp("shell"))
    shell.good("init", "--origin", ORIGIN)
    shell.good("simulate", "--out", "country", "--packs", "400", "--months", "1", "--seed", "3")
    shell.good("enrol", "country/registrations.json")
    shell.good("record", "country/uploads.jsonl", "--unsafe-clock-from-file")
    return shell


@pytest.fixture
def fresh(tmp_path: Path) -> Shell:
    """Return a shell in an empty folder."""
    return Shell(tmp_path)


def a_code(shell: Shell) -> str:
    """Return the URI of some pack of the country."""
    truth = json.loads((shell.folder / "country/truth.json").read_text())
    return str(next(crime["packs"][0] for crime in truth["crimes"] if crime["packs"]))


def verifier_key(shell: Shell) -> str:
    """Return the ledger's verifier key."""
    return str(json.loads(shell.good("status", "--json"))["verifierKey"])


def test_the_great_case_is_simulated_with_its_list(fresh: Shell) -> None:
    """With the scenario there is a list of the police, and its crime stands in the truth; others as asked."""
    fresh.good(
        "simulate", "--out", "case", "--packs", "2000", "--months", "2",
        "--crimes", "sold-twice,card-lent", "--scenario", "thirty-tons", "--scale", "0.001",
    )  # fmt: skip
    truth = json.loads((fresh.folder / "case" / "truth.json").read_text())
    assert truth["asked"] == ["sold-twice", "card-lent"]
    assert truth["crimes"][-1]["name"] == "thirty-tons"
    assert len((fresh.folder / "case" / "seizure.txt").read_text("utf-8").splitlines()) > 300


def test_an_honest_country_is_simulated(fresh: Shell) -> None:
    """Without crimes there is no list, and the truth is empty."""
    fresh.good("simulate", "--out", "honest", "--packs", "400", "--months", "1", "--crimes", "none")
    assert json.loads((fresh.folder / "honest" / "truth.json").read_text())["crimes"] == []
    assert not (fresh.folder / "honest" / "seizure.txt").exists()


def test_the_main_job(shell: Shell) -> None:
    """From a code to a story, a pedigree, its proof far from the ledger, and the whole ledger verified."""
    pack = a_code(shell)
    story = json.loads(shell.good("trace", pack, "--pedigree", "pack.json", "--json"))
    away = Shell(shell.folder / "away")
    away.folder.mkdir(exist_ok=True)
    (away.folder / "pack.json").write_bytes((shell.folder / "pack.json").read_bytes())
    proof = json.loads(away.good("verify", "pack.json", "--key", verifier_key(shell), "--json"))
    report = json.loads(shell.good("verify", "--json"))

    assert story["code"] == proof["code"] == pack
    assert len(story["steps"]) == len(proof["steps"]) > 1
    assert report["fault"] is None
    assert report["statements"] > 100


def test_a_fence_that_is_gone_is_a_warning(fresh: Shell) -> None:
    """Everything holds without it, and the exit code asks to look; a table that is gone is a fault, and is named."""
    fresh.good("init", "--origin", ORIGIN)
    with closing(sqlite3.connect(fresh.folder / "ledger.home/ledger.db")) as database, database:
        database.execute("DROP TRIGGER entry_no_delete")
    done = fresh.run("verify")
    assert done.returncode == Exit.WARNINGS
    assert "gone or altered: trigger entry_no_delete" in done.stdout
    assert json.loads(fresh.run("verify", "--json").stdout)["warnings"] == [["part-missing", "trigger entry_no_delete"]]
    with closing(sqlite3.connect(fresh.folder / "ledger.home/ledger.db")) as database, database:
        database.execute("DROP TABLE anomaly")
    fresh.bad(Exit.CHAIN_BROKEN, "table-missing", "verify")
    done = fresh.run("verify")
    assert "anomaly" in done.stderr
    assert "first wrong entry" not in done.stdout


def test_an_index_that_hides_an_event_is_found_and_made_again(shell: Shell) -> None:
    """The log holds, its index does not; reindexing mends it."""
    covered = json.loads(shell.good("reindex", "--json"))["covered"]
    assert covered == json.loads(shell.good("status", "--json"))["statements"]
    events = json.loads(shell.good("verify", "--index", "--json"))["events_indexed"]
    assert 100 < events < covered
    with closing(sqlite3.connect(shell.folder / "ledger.home/ledger.db")) as database, database:
        database.execute("DELETE FROM event_index WHERE log_index = (SELECT max(log_index) FROM event_index)")
    shell.good("verify")
    shell.bad(Exit.CHAIN_BROKEN, "index-altered", "verify", "--index")
    assert "reindex" in shell.run("verify", "--index").stderr
    shell.good("reindex")
    assert "events in the index" in shell.good("verify", "--index")


def test_what_the_audit_found_is_told_beside_an_altered_index(shell: Shell) -> None:
    """Its counts and its warnings, in one document; that the index is wrong decides how the command ends."""
    shell.good("reindex")
    warned = ["part-missing", "trigger entry_no_delete"]
    with closing(sqlite3.connect(shell.folder / "ledger.home/ledger.db")) as database, database:
        (fence,) = database.execute("SELECT sql FROM sqlite_master WHERE name = 'entry_no_delete'").fetchone()
        (last,) = database.execute("SELECT max(log_index) FROM event_index").fetchone()
        database.execute("DROP TRIGGER entry_no_delete")
    done = shell.run("verify", "--index", "--json")
    good = json.loads(done.stdout)
    assert (done.returncode, good["warnings"], good["index_fault"]) == (Exit.WARNINGS, [warned], None)
    with closing(sqlite3.connect(shell.folder / "ledger.home/ledger.db")) as database, database:
        database.execute("UPDATE event_index SET action = 'x' WHERE log_index = ?", (last,))

    done = shell.run("verify", "--index", "--json")
    told, problem = json.loads(done.stdout), json.loads(done.stderr)
    assert (done.returncode, problem["code"], problem["index"]) == (Exit.CHAIN_BROKEN, "index-altered", last)
    fault = [last, "index-altered", problem["detail"]]
    assert told == good | {"events_indexed": None, "index_fault": fault}
    done = shell.run("verify", "--index")
    assert done.returncode == Exit.CHAIN_BROKEN
    assert f"gone or altered: {warned[1]}" in done.stdout
    assert str(good["statements"]) in done.stdout
    assert f"The log holds, its index of events does not. first wrong entry: {last}" in done.stdout
    assert "index-altered" in done.stderr

    with closing(sqlite3.connect(shell.folder / "ledger.home/ledger.db")) as database, database:
        database.execute(fence)
    shell.good("reindex")
    shell.good("verify", "--index")


def test_recording_again_changes_nothing(shell: Shell) -> None:
    """The same file again: every line gets its first answer."""
    before = json.loads(shell.good("status", "--json"))
    lines = shell.good("record", "country/uploads.jsonl", "--unsafe-clock-from-file", "--json").splitlines()

    assert {json.loads(line)["status"] for line in lines} == {"already-recorded"}
    assert json.loads(shell.good("status", "--json")) == before


def test_people_read_tables_in_their_language(shell: Shell) -> None:
    """The same story in English and in Chinese."""
    english = shell.good("trace", a_code(shell), "--lang", "en")
    chinese = shell.good("trace", a_code(shell), "--lang", "zh")

    assert "anomalies" in english
    assert "异常" in chinese
    assert "anomalies" not in chinese


def test_simulation_repeats(shell: Shell, fresh: Shell) -> None:
    """The same seed gives the same country, byte for byte."""
    fresh.good("simulate", "--out", "country", "--packs", "400", "--months", "1", "--seed", "3")

    for name in ("registrations.json", "uploads.jsonl", "truth.json"):
        assert (fresh.folder / "country" / name).read_bytes() == (shell.folder / "country" / name).read_bytes()


def test_bad_lines_are_refused_where_they_stand(shell: Shell) -> None:
    """Between good lines stand five bad ones: each is refused with its number, the good ones are answered."""
    good = (shell.folder / "country/uploads.jsonl").read_text().splitlines()[:2]
    forged = json.loads(good[0])
    forged["body"] = forged["body"].replace("2026", "2025")
    bad = ["{", '{"statement":"AA==","body":""}', '{"statement":"!","body":""}', json.dumps(forged), '{"x":1}']
    (shell.folder / "mixed.jsonl").write_text("\n".join([good[0], *bad, good[1]]) + "\n")

    done = shell.run("record", "mixed.jsonl", "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]

    assert done.returncode == Exit.WARNINGS
    assert [line["line"] for line in lines if line.get("status") == "already-recorded"] == [1, 7]
    assert [(line["line"], line["code"]) for line in lines if "code" in line] == [
        (2, "upload-line-malformed"), (3, "statement-malformed"), (4, "upload-line-malformed"),
        (5, "body-mismatch"), (6, "upload-line-malformed"),
    ]  # fmt: skip
    assert all(line["do"] for line in lines if "code" in line)


@pytest.mark.parametrize(
    ("exit_code", "code", "arguments"),
    [
        (Exit.USAGE, "code-check-digit", ["trace", "(01)06901234000010(21)A"]),
        (Exit.USAGE, "pack-unknown", ["trace", "89999999999999999999"]),
        (Exit.USAGE, "ledger-exists", ["init", "--origin", ORIGIN]),
        (Exit.USAGE, "key-not-registered", ["suspect", "00" * 32]),
        (Exit.USAGE, "usage-wrong", ["suspect", "not hexadecimal"]),
        (Exit.USAGE, "file-exists", ["simulate", "--out", "country"]),
        (Exit.USAGE, "nation-crime", ["simulate", "--out", "other", "--crimes", "treason"]),
        (Exit.USAGE, "usage-wrong", ["simulate", "--out", "other", "--scenario", "forty-tons"]),
        (Exit.RUNTIME, "file-failed", ["record", "no-such-file.jsonl"]),
        (Exit.RUNTIME, "file-failed", ["verify", "no-such-file.json"]),
        (Exit.FORMAT_UNKNOWN, "pedigree-malformed", ["verify", "country/uploads.jsonl"]),
        (Exit.FORMAT_UNKNOWN, "pedigree-malformed", ["verify", "country/truth.json"]),
        (Exit.FORMAT_UNKNOWN, "registrations-malformed", ["enrol", "country/truth.json"]),
        (Exit.FORMAT_UNKNOWN, "vkey-malformed", ["verify", "--key", "nonsense"]),
    ],
)
def test_wrong_input_is_told(shell: Shell, exit_code: Exit, code: str, arguments: Sequence[str]) -> None:
    """Each wrong input ends with a named exit code and a problem, never a traceback."""
    shell.bad(exit_code, code, *arguments)


@pytest.mark.parametrize(
    "arguments", [[], ["no-such-command"], ["trace"], ["init"], ["record"], ["verify", "--processes", "many"]]
)
def test_wrong_usage(fresh: Shell, arguments: list[str]) -> None:
    """A command called wrongly ends with the usage code and a hint."""
    done = fresh.run(*arguments)

    assert done.returncode == Exit.USAGE
    assert "Usage" in done.stdout + done.stderr


@pytest.mark.parametrize("program", ["ledger.cli", "scanner.cli"])
def test_each_program_tells_its_version(program: str) -> None:
    """Whoever reports a fault can say of which version."""
    told = subprocess.run([sys.executable, "-m", program, "--version"], capture_output=True, text=True, check=True)
    assert told.stdout == f"packledger {version('packledger')}\n"


def test_no_ledger_here(fresh: Shell) -> None:
    """Commands in a folder without a ledger say so; verification without an anchor refuses."""
    fresh.bad(Exit.USAGE, "ledger-missing", "status")
    fresh.bad(Exit.ANCHOR_MISSING, "anchor-missing", "verify")
    (fresh.folder / "some.json").write_text("{}")
    fresh.bad(Exit.ANCHOR_MISSING, "anchor-missing", "verify", "some.json")


def test_settings_are_read_strictly(fresh: Shell) -> None:
    """A setting with a typo does not pass for a default."""
    fresh.good("init", "--origin", ORIGIN)
    (fresh.folder / "ledger.home/packledger.toml").write_text('database_urll = "sqlite:///x"\n')

    fresh.bad(Exit.USAGE, "settings-malformed", "status")


def test_exposed_keys_are_refused(fresh: Shell) -> None:
    """A signing key that others may read stops the ledger."""
    fresh.good("init", "--origin", ORIGIN)
    (fresh.folder / "ledger.home/ledger.key").chmod(0o644)
    (fresh.folder / "list.json").write_text("[]")

    fresh.bad(Exit.USAGE, "secret-exposed", "enrol", "list.json")


def test_a_station_signs_and_records(fresh: Shell) -> None:
    """A key made on the station, enrolled, signs an event that the ledger records."""
    fresh.good("init", "--origin", ORIGIN)
    key = json.loads(fresh.good("key", "urn:example:station:1", "--out", "station.key"))
    assert (fresh.folder / "station.key").stat().st_mode & 0o077 == 0
    names = {"name_en": "Shop", "name_zh": "店", "region": "610800"}
    registrations = [
        {"kind": "party", "uri": "urn:example:shop", "roles": ["dispenser"], **names},
        {"kind": "site", "uri": "urn:example:site:1", "party": "urn:example:shop", **names},
        {"kind": "station", "uri": "urn:example:station:1", "site": "urn:example:site:1"},
        *key,
    ]
    (fresh.folder / "list.json").write_text(json.dumps(registrations))
    fresh.good("enrol", "list.json")
    (fresh.folder / "event.json").write_text(json.dumps({
        "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "type": "ObjectEvent", "eventID": "urn:uuid:00000000-0000-4000-8000-000000000001",
        "eventTime": "2026-11-22T04:37:00Z", "eventTimeZoneOffset": "+08:00", "action": "OBSERVE",
        "bizStep": "inspecting", "epcList": ["urn:nmpa:dtc:87709840000000015538"],
        "readPoint": {"id": "urn:example:site:1"},
    }))  # fmt: skip
    line = fresh.good("sign", "event.json", "--key", "station.key", "--issuer", "urn:example:shop")
    answer = json.loads(fresh.good("record", "-", "--json", "--receipts", "receipts", stdin=line))

    assert answer["status"] == "recorded"
    assert [each for each in answer["anomalies"] if each[0]] == [["87709840000000015538", "unknown-pack"]]
    assert (fresh.folder / "receipts" / f"{answer['index']}.receipt.cose").stat().st_size > 100
    kid = key[0]["kid"]
    fresh.good("revoke", kid, "--reason", "compromised", "--since", "0")
    window = [json.loads(each) for each in fresh.good("suspect", kid, "--json").splitlines()]
    assert [each["index"] for each in window] == [answer["index"]]
    refused = fresh.run("record", "-", "--json", stdin=line.replace("inspecting", "inspecting"))
    assert json.loads(refused.stdout.splitlines()[0])["status"] in ("already-recorded", "refused")


def test_the_demo_plays_as_the_readme_shows(fresh: Shell) -> None:
    """The demo ends well: packs are caught, a pedigree verifies, the alteration is found; the case's file verifies.

    What the README prints of it is what it prints.
    """
    done = fresh.run("demo", "--lang", "en")

    assert done.returncode == 0, done.stderr + done.stdout
    assert "packs caught at recording" in done.stdout
    assert done.stdout.count("Everything holds.") == 3
    assert "body-altered" in done.stderr
    assert "The alteration was found" in done.stdout
    readme = Path("README.md").read_text("utf-8")
    shown = readme[readme.index("── 10.") :].split("```")[0]
    printed = iter(map(str.rstrip, done.stdout.splitlines()))
    for line in shown.splitlines():
        start = line.strip().removesuffix("…")  # what follows is random, or left out
        assert any(each.strip().startswith(start) for each in printed), f"not printed there: {line}"


def test_what_the_audit_found_is_told_when_the_index_cannot_be_read(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The database fails amid the comparison: the finished report first, then the failure, which is the machine's."""
    good = json.loads(shell.good("verify", "--json"))

    def fails(*_: object) -> int:
        raise Unavailable("store-unavailable", "it went away")

    monkeypatch.setattr(proofs, "compare", fails)
    for json_ in (True, False):
        with pytest.raises(typer.Exit) as ended:
            proofs.verify(None, processes=1, index=True, home=shell.folder / "ledger.home", lang="en", json=json_)
        assert ended.value.exit_code == Exit.RUNTIME
        told, problem = capsys.readouterr()
        if json_:
            assert json.loads(problem)["code"] == "store-unavailable"
            fault = [-1, "store-unavailable", "it went away"]
            assert json.loads(told) == good | {"events_indexed": None, "index_fault": fault}
        else:
            assert str(good["statements"]) in told
            assert "store-unavailable" in problem
