"""What a hard user does to the command line: each is told what is wrong, and nothing half-made stays behind."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from threading import Thread

import pytest

from ledger.cli.exits import Exit
from ledger.errors import FormatError, Misuse
from ledger.opening import create_ledger
from ledger.papers.confidential import Confidential, Person, make_confidential
from ledger.settings import load_settings
from ledger.submission import parse_line
from tests.cli.shell import ORIGIN, Shell

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
SHOP = "urn:example:shop"
PART = make_confidential(Confidential(patient=Person(id_type="passport", id_number="TEST-1")), bytes(16))
GS1_KEY = "01/09520000000097/21/A1"


def an_event(**members: object) -> str:
    """Return a patient's look at a pack, with these members."""
    event = {
        "@context": [CONTEXT, {"pl": "urn:packledger:terms:"}], "type": "ObjectEvent",
        "eventID": "urn:uuid:00000000-0000-4000-8000-000000000001", "eventTime": "2026-11-22T04:37:00Z",
        "eventTimeZoneOffset": "+08:00", "action": "OBSERVE", "bizStep": "inspecting",
        "epcList": [f"https://id.gs1.org/{GS1_KEY}"], "readPoint": {"id": "urn:example:site:1"},
    }  # fmt: skip
    return json.dumps(event | members)


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Return a shell beside a ledger with one shop, its key and its recorded look at a pack that nobody made."""
    shell = Shell(tmp_path_factory.mktemp("hard"))
    shell.good("init", "--origin", ORIGIN)
    names = {"name_en": "Shop", "name_zh": "店", "region": "610800"}
    registrations = [
        {"kind": "party", "uri": SHOP, "roles": ["dispenser"], **names},
        {"kind": "site", "uri": "urn:example:site:1", "party": SHOP, **names},
        {"kind": "station", "uri": "urn:example:station:1", "site": "urn:example:site:1"},
        *json.loads(shell.good("key", "urn:example:station:1", "--out", "station.key")),
    ]
    (shell.folder / "list.json").write_text(json.dumps(registrations))
    shell.good("enrol", "list.json")
    (shell.folder / "event.json").write_text(an_event())
    shell.good("record", "-", stdin=signed(shell, "event.json"))
    (shell.folder / "deep.json").write_text("[" * 100_000)
    (shell.folder / "bytes").write_bytes(b"\xff\xfe\0")
    return shell


@pytest.fixture
def fresh(tmp_path: Path) -> Shell:
    """Return a shell in an empty folder."""
    return Shell(tmp_path)


def signed(shell: Shell, body: str, *options: str) -> str:
    """Return the upload line of a body that the shop signed."""
    return shell.good("sign", body, "--key", "station.key", "--issuer", SHOP, *options)


@pytest.mark.parametrize(
    ("exit_code", "code", "arguments"),
    [
        (Exit.USAGE, "usage-wrong", ["status", "--lang", "xx"]),
        (Exit.FORMAT_UNKNOWN, "file-too-large", ["enrol", "/dev/zero"]),
        (Exit.FORMAT_UNKNOWN, "file-too-large", ["sign", "/dev/zero", "--key", "station.key", "--issuer", SHOP]),
        (Exit.FORMAT_UNKNOWN, "file-too-large", ["sign", "event.json", "--key", "/dev/zero", "--issuer", SHOP]),
        (Exit.FORMAT_UNKNOWN, "json-too-deep", ["enrol", "deep.json"]),
        (Exit.FORMAT_UNKNOWN, "json-malformed", ["enrol", "bytes"]),
        (Exit.FORMAT_UNKNOWN, "json-malformed", ["verify", "/dev/null"]),
        (Exit.RUNTIME, "file-failed", ["enrol", "."]),
        (Exit.RUNTIME, "file-failed", ["record", "."]),
        (Exit.RUNTIME, "file-failed", ["record", "event.json", "--receipts", "event.json"]),
        (Exit.USAGE, "file-exists", ["key", "urn:example:station:1", "--out", "station.key"]),
        (Exit.FORMAT_UNKNOWN, "registration-malformed", ["key", "no uri", "--out", "new.key"]),
        (Exit.USAGE, "usage-wrong", ["sign", "event.json", "--key", "station.key", "--issuer", "no uri"]),
        (Exit.USAGE, "usage-wrong", ["sign", "event.json", "--key", "station.key", "--issuer", SHOP, "--kind", "x"]),
        (Exit.FORMAT_UNKNOWN, "key-malformed", ["sign", "event.json", "--key", "event.json", "--issuer", SHOP]),
        (Exit.FORMAT_UNKNOWN, "registration-malformed", ["revoke", "zz", "--reason", "retired"]),
        (Exit.USAGE, "ledger-missing", ["migrate", "--home", "nowhere"]),
        (Exit.USAGE, "ledger-missing", ["reindex", "--home", "nowhere"]),
        (Exit.USAGE, "usage-wrong", ["verify", "event.json", "--index"]),
    ],
)
def test_wrong_input_is_told(shell: Shell, exit_code: Exit, code: str, arguments: Sequence[str]) -> None:
    """Endless files, deep JSON, other bytes, folders, names that are none: a code, never a traceback."""
    shell.bad(exit_code, code, *arguments)
    assert not (shell.folder / "new.key").exists()
    assert not (shell.folder / "nowhere").exists()


def test_a_pipe_that_holds_no_pedigree_is_told(shell: Shell) -> None:
    """What can be read only once is read only once."""
    pipe = shell.folder / "pipe"
    os.mkfifo(pipe)
    writer = Thread(target=pipe.write_bytes, args=(b"PK\x03\x04" + bytes(40_000),), daemon=True)
    writer.start()
    shell.bad(Exit.FORMAT_UNKNOWN, "json-malformed", "verify", "pipe")


def test_a_confidential_part_is_tried_before_it_is_sent(shell: Shell) -> None:
    """A part that the body does not name, or other bytes than it names, is not signed for."""
    (shell.folder / "part").write_bytes(PART)
    named = an_event(**{"pl:confidential": f"sha-256:{sha256(PART).hexdigest()}"})
    (shell.folder / "named.json").write_text(named)
    sign = ("sign", "named.json", "--key", "station.key", "--issuer", SHOP)

    assert json.loads(signed(shell, "named.json", "--confidential", "part"))["confidential"] == PART.decode()
    shell.bad(Exit.CHAIN_BROKEN, "confidential-missing", *sign)
    shell.bad(Exit.CHAIN_BROKEN, "confidential-mismatch", *sign, "--confidential", "bytes")
    shell.bad(
        Exit.CHAIN_BROKEN, "confidential-unexpected",
        "sign", "event.json", "--key", "station.key", "--issuer", SHOP, "--confidential", "part",
    )  # fmt: skip


def test_what_the_tables_show_can_be_traced(shell: Shell) -> None:
    """A pack is named in tables by its key; the key, the label and the URI lead to one story."""
    stories = [shell.good("trace", text, "--json") for text in (GS1_KEY, "(01)09520000000097(21)A1")]
    assert len(set(stories)) == 1
    custody = json.loads(stories[0])["custody"]
    assert (custody["state"], custody["last_kind"]) == ("unknown", "inspecting"), "by names, not by places"


def test_every_refused_line_is_answered(shell: Shell) -> None:
    """Machines get an answer for each line, in the order of the file, also beyond what a table shows."""
    good = signed(shell, "event.json")
    twice = good.replace('{"statement"', '{"body":"{}","statement"', 1)
    lines = ["{}\n"] * 30 + [twice, '{"statement":"","body":"","received":' + "9" * 30 + "}\n", "[" * 90_000 + "\n"]
    done = shell.run("record", "-", "--json", stdin="".join(lines))
    answers = [json.loads(line) for line in done.stdout.splitlines()]

    assert done.returncode == Exit.WARNINGS
    assert [answer["line"] for answer in answers] == list(range(1, 34))
    assert [answer["code"] for answer in answers][30:] == [
        "json-ambiguous", "upload-line-malformed", "upload-line-malformed",
    ]  # fmt: skip
    shown = shell.run("record", "-", "--lang", "en", stdin="".join(lines))
    assert "… 13" in shown.stdout


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"statement":"","statement":"","body":""}', "json-ambiguous"),
        (b'{"statement":"","body":"a","b\\u006fdy":"a"}', "json-ambiguous"),
        (b'{"statement":"","body":"","received":-1}', "upload-line-malformed"),
        (b'{"statement":"","body":"\\ud800"}', "upload-line-malformed"),
    ],
)
def test_a_line_has_one_meaning(data: bytes, code: str) -> None:
    """A member that stands twice, in whatever spelling, and values that are none."""
    with pytest.raises(FormatError) as caught:
        parse_line(data)
    assert caught.value.code == code


def test_blanks_and_order_are_free() -> None:
    """The line itself is not signed: another spelling of the same is the same."""
    assert parse_line(b' { "body" : "\\u0041" , "statement" : "" }\r\n') == parse_line(
        b'{"statement":"","body":"A"}'
    )


def test_a_missing_file_stops_before_the_first_is_recorded(shell: Shell) -> None:
    """Of two files one is not there: the other is not half answered."""
    before = shell.good("status", "--json")
    (shell.folder / "second.json").write_text(an_event(eventID="urn:uuid:00000000-0000-4000-8000-000000000002"))
    (shell.folder / "good.jsonl").write_text(signed(shell, "second.json"))
    shell.bad(Exit.RUNTIME, "file-failed", "record", "good.jsonl", "missing.jsonl")
    assert shell.good("status", "--json") == before


def test_only_a_known_person_is_erased(shell: Shell) -> None:
    """A slip in the number must not be taken for an erasure; the number comes from standard input, and is not shown."""
    erase = ("erase", "--reason", "a court said so", "--id-type")
    for code, number, kind in (
        ("person-unknown", "X-1\n", "passport"), ("person-malformed", "\n", "passport"),
        ("person-malformed", "\udcff\udcfe\n", "passport"), ("person-malformed", "X-1\n", "library card"),
        ("person-malformed", "9" * 9_999, "passport"),
    ):  # fmt: skip
        done = shell.run(*erase, kind, "--json", stdin=number)
        assert done.returncode == Exit.USAGE
        assert json.loads(done.stderr)["code"] == code
        assert "X-1" not in done.stderr

    (shell.folder / "part").write_bytes(PART)
    named = an_event(
        eventID="urn:uuid:00000000-0000-4000-8000-000000000003",
        **{"pl:confidential": f"sha-256:{sha256(PART).hexdigest()}"},
    )
    (shell.folder / "named.json").write_text(named)
    shell.good("record", "-", stdin=signed(shell, "named.json", "--confidential", "part"))
    patient = json.loads(PART)["patient"]
    home = shell.folder / "ledger.home"
    with closing(sqlite3.connect(home / "ledger.db")) as other:  # a server, say, which keeps the file open
        (wrapped,) = other.execute("SELECT wrapped FROM person").fetchone()
        assert "recorded" in shell.good(*erase, patient["id_type"], stdin=patient["id_number"] + "\n")
        assert other.execute("SELECT wrapped FROM person").fetchall() == [(None,)]
        assert not [path.name for path in home.iterdir() if path.is_file() and wrapped in path.read_bytes()]


@pytest.mark.parametrize(
    "origin", ["", "two words", "plus+", "https://ledger.example", "a/", "Ledger.example", "a\n", "x" * 99_999]
)
def test_a_ledger_with_a_wrong_name_leaves_nothing(tmp_path: Path, origin: str) -> None:
    """Nothing of it stays, so that the next attempt succeeds."""
    with pytest.raises(Misuse, match="origin-malformed"):
        create_ledger(load_settings(tmp_path / "home", {}), origin, lambda: 1, bytes)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("exit_code", "code", "url"),
    [
        (Exit.USAGE, "settings-malformed", "nonsense"),
        (Exit.USAGE, "settings-malformed", "mysql://a/b"),
        (Exit.RUNTIME, "store-unavailable", "postgresql://nobody@127.0.0.1:1/none"),
        (Exit.RUNTIME, "store-unwritable", "sqlite:////no/such/folder/ledger.db"),
    ],
)
def test_a_ledger_on_a_wrong_database_can_be_tried_again(
    fresh: Shell, exit_code: Exit, code: str, url: str
) -> None:
    """Neither settings nor keys stay behind."""
    fresh.bad(exit_code, code, "init", "--origin", ORIGIN, "--database-url", url)
    fresh.good("init", "--origin", ORIGIN)


def test_a_server_that_does_not_answer_is_named(fresh: Shell) -> None:
    """Who keeps the ledger learns which server, and why; the password is not shown."""
    done = fresh.run("status", PACKLEDGER_DATABASE_URL="postgresql://keeper:secret@127.0.0.1:1/none")
    assert done.returncode == Exit.RUNTIME
    assert "127.0.0.1" in done.stderr
    assert "secret" not in done.stderr


@pytest.mark.parametrize("damage", ["no database", "cut", "folder"])
def test_a_damaged_database_is_told(fresh: Shell, damage: str) -> None:
    """Starting it again would not help: a damaged file needs a sound copy, an unreadable one other rights."""
    fresh.good("init", "--origin", ORIGIN)
    file = fresh.folder / "ledger.home/ledger.db"
    if damage == "folder":
        file.unlink()
        file.mkdir()
    else:
        file.write_bytes(b"x" * 100_000 if damage == "no database" else file.read_bytes()[:50_000])
    code = "store-unwritable" if damage == "folder" else "store-damaged"
    for command in ("status", "verify"):
        fresh.bad(Exit.RUNTIME, code, command)


def test_a_ledger_that_cannot_be_asked_for_its_key_says_why(fresh: Shell) -> None:
    """It is there, so nobody is told that there is none: its tables are of another version, or others read its key."""
    fresh.good("init", "--origin", ORIGIN)
    (fresh.folder / "ledger.home/ledger.key").chmod(0o644)
    fresh.bad(Exit.USAGE, "secret-exposed", "verify")
    with closing(sqlite3.connect(fresh.folder / "ledger.home/ledger.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '0000'")
    fresh.bad(Exit.FORMAT_UNKNOWN, "store-needs-migration", "verify")


def test_one_key_file_that_is_there_stops_the_making_of_both(fresh: Shell) -> None:
    """A master key without its ledger is somebody's last copy: it stays, and no other key is made beside it."""
    home = fresh.folder / "ledger.home"
    home.mkdir()
    (home / "master.key").write_text("kept")
    fresh.bad(Exit.USAGE, "ledger-exists", "init", "--origin", ORIGIN)
    assert (home / "master.key").read_text() == "kept"
    assert not (home / "ledger.key").exists()


def test_a_language_that_is_not_spoken_is_told(shell: Shell) -> None:
    """In the environment as with --lang; a choice that is spoken wins over it, and an empty one says nothing."""
    done = shell.run("status", PACKLEDGER_LANGUAGE="fr")
    assert (done.returncode, "PACKLEDGER_LANGUAGE is en or zh" in done.stderr) == (Exit.USAGE, True)
    assert done.stdout == ""
    assert shell.run("status", "--lang", "zh", PACKLEDGER_LANGUAGE="fr").returncode == 0
    assert shell.run("status", PACKLEDGER_LANGUAGE="").returncode == 0


@pytest.mark.parametrize("choice", ["english", "fr", "zhuang", "e", "zh CN", ""])
def test_a_choice_of_language_that_is_not_spoken_is_told(shell: Shell, choice: str) -> None:
    """Also one that begins like one of ours; a language may carry its region, as locales do."""
    done = shell.run("status", "--lang", choice)
    assert (done.returncode, "usage-wrong" in done.stderr) == (Exit.USAGE, True)
    assert ("--lang is en or zh" in done.stderr, done.stdout) == (True, "")
    assert shell.run("status", PACKLEDGER_LANGUAGE="english").returncode == Exit.USAGE
    for spoken in ("zh", "zh-Hans", "zh_CN.UTF-8", "EN"):
        assert shell.run("status", "--lang", spoken).returncode == 0
