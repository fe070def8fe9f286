"""What the guide says to type is typed: the lake is copied elsewhere, and Spark reads it there."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ledger.cli.line import app
from tests.house.tree import REPOSITORY

GUIDE = REPOSITORY / "docs" / "guide" / "cluster.md"
ONE = ["rules", "run", "--only", "dispensed-twice"]
QUICK = "\n".join([
    "spark.sql.shuffle.partitions 1", "spark.default.parallelism 1", "spark.sql.adaptive.enabled false",
    "spark.sql.codegen.wholeStage false", "spark.driver.bindAddress 127.0.0.1", "spark.driver.host 127.0.0.1",
])  # fmt: skip


def commands() -> list[list[str]]:
    """Return the commands of the guide, in order."""
    found = re.findall(r"^ *packledger (.+)$", GUIDE.read_text("utf-8"), re.MULTILINE)
    assert len(found) >= 2
    return [shlex.split(each) for each in found]


@pytest.mark.slow
def test_the_guide_can_be_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a cluster of one thread and a folder as storage, hits are those of the embedded engine.

    The lake at home is taken away before Spark runs, all but its manifest: what is read is the copy.
    """
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "spark-defaults.conf").write_text(QUICK, "utf-8")
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path / "conf"))
    monkeypatch.chdir(tmp_path)
    home, elsewhere = country(tmp_path), tmp_path / "bucket" / "lake"
    said = {
        "spark://HOST:7077": "local[1]", "s3a://BUCKET/lake": elsewhere.as_uri(), "/srv/ledger": str(home),
    }  # fmt: skip
    for command in commands():
        if "--lake-address" in command and not elsewhere.exists():
            run([*ONE, "--home", str(home), "--out", "expected.jsonl"])
            shutil.copytree(home / "lake", elsewhere)
            for path in (home / "lake").rglob("*.parquet"):
                path.unlink()
        typed = [said.get(word, word) for word in command]
        run([*ONE, *typed[2:]] if typed[:2] == ONE[:2] else typed)
    assert (tmp_path / "hits.jsonl").read_bytes() == (tmp_path / "expected.jsonl").read_bytes() != b""


def country(folder: Path) -> Path:
    """Record a small country in which packs are sold twice; return the home of its ledger."""
    home, made = folder / "home", folder / "country"
    run(["simulate", "--packs", "400", "--months", "1", "--out", str(made)])
    run(["init", "--origin", "t.example/1", "--home", str(home)])
    run(["enrol", str(made / "registrations.json"), "--home", str(home)])
    run(["record", str(made / "uploads.jsonl"), "--unsafe-clock-from-file", "--home", str(home)])
    return home


def run(arguments: list[str]) -> None:
    """Run a command, which must end well."""
    done = CliRunner().invoke(app(), [*arguments, "--json"])
    assert done.exit_code == 0, done.output
