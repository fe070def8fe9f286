"""The page of the lake's format tells every table, column and member; the commands do what it says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec

from ledger.cli.exits import Exit
from ledger.reconcile.facts import FACTS, KEPT_WHOLE
from ledger.reconcile.lake.manifest import LakeFile, Manifest, Segment, ranges
from tests.cli.test_commands import ORIGIN, Shell
from tests.docs.blocks import PAGES

PAGE = (PAGES / "lake.md").read_text("utf-8")


def test_every_table_and_column_is_told() -> None:
    """In the order in which they stand in the files."""
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| (`.*`) \|$", PAGE, re.MULTILINE)
    assert {table: re.findall(r"`(\w+)`", columns) for table, columns in rows} == {
        table: schema.names for table, schema in FACTS.items()
    }


def test_every_member_is_told() -> None:
    """Of the manifest in its table, of what is inside it in the text."""
    told = re.findall(r"^\| `(\w+)` \| [^|]+ \|$", PAGE, re.MULTILINE)
    assert told == [field.encode_name for field in msgspec.structs.fields(Manifest)]
    inside = {field.encode_name for kind in (Segment, LakeFile) for field in msgspec.structs.fields(kind)}
    assert {name for name in inside if f"`{name}`" not in PAGE} == set()
    assert all(f"`{table}`" in PAGE for table in KEPT_WHOLE)


def test_the_segments_shown_are_those_made() -> None:
    """The page's own log of 332,680 statements is cut as it says."""
    (size,) = (int(each.replace(",", "")) for each in re.findall(r"A log of ([0-9,]+) statements", PAGE))
    assert re.findall(r"([0-9]+)–([0-9]+)", PAGE) == [(str(first), str(end)) for first, end in ranges(size)]


def test_the_commands(tmp_path: Path) -> None:
    """Make a lake, look at it, check it with the key alone and against the ledger; find one altered byte."""
    shell = Shell(tmp_path)
    key = json.loads(shell.good("init", "--origin", ORIGIN, "--json"))["verifierKey"]
    shell.bad(Exit.USAGE, "lake-missing", "lake", "show")
    made = json.loads(shell.good("lake", "update", "--json"))
    assert (made["before"], made["size"], made["read"]) == (0, 2, 2)
    assert json.loads(shell.good("lake", "update", "--json"))["read"] == 0
    shown = json.loads(shell.good("lake", "show", "--json"))
    assert list(shown["tables"]) == list(FACTS)
    assert "Everything holds." in shell.good("lake", "verify", "--compare")
    shell.bad(Exit.USAGE, "lake-persons-differ", "lake", "update", "--without-persons")
    (tmp_path / "ledger.home" / "master.key").rename(tmp_path / "safe")
    shell.good("lake", "update", "--lake", "nobody")
    assert not json.loads(shell.good("lake", "show", "--lake", "nobody", "--json"))["persons"]
    shell.good("lake", "verify", "--lake", "nobody", "--compare")
    lake = tmp_path / "ledger.home" / "lake"
    away = tmp_path / "away"
    lake.rename(away)
    assert "Everything holds." in shell.good("verify", str(away), "--key", key, "--home", "nowhere")
    (path,) = away.glob("custody/*.parquet")
    path.write_bytes(path.read_bytes() + b"\0")
    shell.bad(Exit.CHAIN_BROKEN, "lake-file-altered", "lake", "verify", "--lake", str(away), "--key", key)
    other = "ledger.example/2026+e08b363c+ATLmCSrMcx1hCUfuzgA/arC1wK8fUNDpYoNjwY6ez99S"
    shell.bad(Exit.PROOF_FAILED, "lake-of-another", "verify", str(away), "--key", other)
