"""Every file of a lake counts: one that is altered, gone or one too many is named; so are rows that the log has not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest

from ledger import canonical
from ledger.errors import FormatError, LedgerError, Misuse
from ledger.log.keys import EDDSA, PrivateKey
from ledger.opening import vkey_of
from ledger.reconcile.lake import check_lake, compare_lake, open_lake, parse_manifest, print_manifest
from ledger.reconcile.lake.folder import MANIFEST_FILE, held_lake
from ledger.reconcile.lake.manifest import Manifest
from ledger.store.log import checkpoints_in_order
from ledger.store.unsafe import unsafe_alter_body
from tests.kit import ORIGIN, World
from tests.reconcile.lake_kit import bytes_of, family, filled, holds, make_lake, shrink, vault_of


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Return a world with some trade, and a lake of it in `lake` beside its home."""
    shrink(monkeypatch)
    with World(tmp_path / "home", f"sqlite:///{tmp_path}/ledger.db") as world:
        filled(world)
        make_lake(world, tmp_path / "lake")
        yield world


@pytest.fixture
def lake(tmp_path: Path, world: World) -> Path:
    """Return the lake's folder."""
    return tmp_path / "lake"


def must_refuse(code: str, work: Callable[[], object], place: str = "") -> LedgerError:
    """Require that this work raises this problem, and that its detail names the place."""
    with pytest.raises(LedgerError) as met:
        work()
    assert (met.value.code, place in met.value.detail) == (code, True), str(met.value)
    return met.value


def test_a_good_lake_holds(world: World, lake: Path) -> None:
    """All files, all rows; also against the ledger."""
    report = check_lake(lake, world.trust.vkey)
    opened = open_lake(lake)
    assert (report.origin, report.size) == (ORIGIN, opened.manifest.size)
    assert report.files == len(list(lake.rglob("*.parquet")))
    compare_lake(world.ledger.database, world.trust, vault_of(world), lake)


def flip(path: Path) -> None:
    """Change one bit in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("table", ["custody", "settlement", "pack", "site"])
def test_an_altered_file_is_named(world: World, lake: Path, table: str) -> None:
    """One bit is enough; so is a byte more at the end."""
    path = open_lake(lake).files(table)[-1]
    good = path.read_bytes()
    flip(path)
    name = path.relative_to(lake).as_posix()
    must_refuse("lake-file-altered", lambda: check_lake(lake, world.trust.vkey), name)
    path.write_bytes(good + b"\0")
    must_refuse("lake-file-altered", lambda: check_lake(lake, world.trust.vkey), name)
    path.unlink()
    must_refuse("lake-file-missing", lambda: check_lake(lake, world.trust.vkey), name)


@pytest.mark.parametrize("table", ["custody", "settlement", "site"])
def test_a_lost_file_stops_readers_and_is_made_again(world: World, lake: Path, table: str) -> None:
    """Gone or cut short: nobody computes on what is left, and the next update brings the lake back, byte by byte."""
    good = bytes_of(lake)
    path = open_lake(lake).files(table)[0]
    name = path.relative_to(lake).as_posix()
    for spoil, code in ((path.unlink, "lake-file-missing"), (partial(_cut, path), "lake-file-altered")):
        spoil()
        must_refuse(code, lambda: _read(lake), name)
        make_lake(world, lake)
        assert bytes_of(lake) == good
        _read(lake)


def _read(lake: Path) -> None:
    with held_lake(lake):
        pass


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])


def test_a_lost_file_does_not_hide_an_erasure(world: World, lake: Path) -> None:
    """A segment that lost a file is not read for those who were erased since; it is made again without them."""
    gone = family("P-1")
    word = world.pseudonym(gone)
    assert holds(lake, [word]) != []
    world.one(world.erase(gone))
    for path in open_lake(lake).files("custody"):
        path.unlink()
    make_lake(world, lake)
    assert holds(lake, [word]) == []
    compare_lake(world.ledger.database, world.trust, vault_of(world), lake)


def test_a_file_too_many_is_named(world: World, lake: Path) -> None:
    """A copy of a segment under another name would be read twice by whoever takes all files of a folder."""
    path = open_lake(lake).files("custody")[0]
    extra = path.with_name("0-9.0123456789abcdef.parquet")
    extra.write_bytes(path.read_bytes())
    must_refuse("lake-file-unexpected", lambda: check_lake(lake, world.trust.vkey), f"custody/{extra.name}")
    make_lake(world, lake)
    assert not extra.exists()
    check_lake(lake, world.trust.vkey)


def test_the_key_must_be_the_ledgers(world: World, lake: Path) -> None:
    """The same name with another key did not sign the checkpoint."""
    other = vkey_of(ORIGIN, PrivateKey.from_seed(EDDSA, bytes(32)).public)
    must_refuse("lake-of-another", lambda: check_lake(lake, other))


def forge(lake: Path, change: Callable[[Manifest], Manifest]) -> None:
    """Write another manifest, in its canonical form."""
    path = lake / MANIFEST_FILE
    path.write_bytes(print_manifest(change(parse_manifest(path.read_bytes()))))


def test_rows_that_the_log_has_not_are_named(world: World, lake: Path) -> None:
    """A file and a manifest that agree with each other still do not agree with the log."""
    opened = open_lake(lake)
    path = opened.files("settlement")[-1]
    table = pq.read_table(path)
    pq.write_table(table.slice(1), path, store_schema=False)
    forge(lake, lambda manifest: _with_file_of(manifest, lake, path))
    path.rename(open_lake(lake).files("settlement")[-1])
    check_lake(lake, world.trust.vkey)
    name = open_lake(lake).files("settlement")[-1].relative_to(lake).as_posix()
    compare = lambda: compare_lake(world.ledger.database, world.trust, vault_of(world), lake)  # noqa: E731
    error = must_refuse("lake-rows-altered", compare, name)
    assert error.index == open_lake(lake).manifest.segments[-1].first


def _with_file_of(manifest: Manifest, lake: Path, path: Path) -> Manifest:
    data = path.read_bytes()
    last = manifest.segments[-1]
    file = msgspec.structs.replace(
        last.tables["settlement"], rows=pq.ParquetFile(path).metadata.num_rows, bytes=len(data),
        digest=canonical.digest(data).hex(),
    )  # fmt: skip
    segment = msgspec.structs.replace(last, tables=last.tables | {"settlement": file})
    return msgspec.structs.replace(manifest, segments=[*manifest.segments[:-1], segment])


def test_a_ledger_that_was_altered_is_noticed(world: World, lake: Path) -> None:
    """The lake was made before the database was edited, and no longer comes out the same."""
    index = next(index for index in range(20, 200) if unsafe_alter_body(
        world.ledger.database, index, b'"pl:settlement":"insured"', b'"pl:settlement":"self_pay"'
    ))  # fmt: skip
    compare = lambda: compare_lake(world.ledger.database, world.trust, vault_of(world), lake)  # noqa: E731
    error = must_refuse("lake-rows-altered", compare, "custody/")
    segment = next(each for each in open_lake(lake).manifest.segments if each.first <= index < each.end)
    assert error.index == segment.first


def test_a_lake_with_an_erased_person_is_noticed(world: World, lake: Path) -> None:
    """Until it is updated, a comparison says that somebody in it was erased, rather than that rows are wrong."""
    world.one(world.erase(family("P-1")))
    compare = lambda: compare_lake(world.ledger.database, world.trust, vault_of(world), lake)  # noqa: E731
    must_refuse("lake-holds-erased", compare)
    make_lake(world, lake)
    compare()


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value.update(extra=1),
        lambda value: value.pop("size"),
        lambda value: value.update(format="packledger-lake/2"),
        lambda value: value["segments"].pop(0),
        lambda value: value["segments"][0].update(end=value["segments"][0]["end"] - 1),
        lambda value: value["segments"][-1]["tables"].pop("custody"),
        lambda value: value["segments"][0]["tables"].update(other=value["registers"]["site"]),
        lambda value: value["registers"].pop("site"),
        lambda value: value["registers"]["site"].update(digest="../../etc/passwd"),
        lambda value: value["registers"]["site"].update(rows=-1),
        lambda value: value.update(size=10**30),
    ],
)  # fmt: skip
def test_a_manifest_is_read_strictly(world: World, lake: Path, change: Callable[[dict[str, object]], object]) -> None:
    """Whatever is missing, unknown, out of bounds or does not fit together is refused before any file is opened."""
    path = lake / MANIFEST_FILE
    value = json.loads(path.read_bytes())
    change(value)
    path.write_bytes(msgspec.json.encode(value, order="sorted"))
    with pytest.raises(FormatError) as met:
        open_lake(lake)
    assert met.value.code in ("lake-malformed", "json-profile")
    with pytest.raises(FormatError):
        make_lake(world, lake)


def test_another_spelling_is_refused(world: World, lake: Path) -> None:
    """One blank more is another manifest."""
    path = lake / MANIFEST_FILE
    path.write_bytes(path.read_bytes().replace(b'"format":', b'"format": '))
    must_refuse("lake-malformed", lambda: open_lake(lake), "canonical")


def test_no_lake_is_no_lake(tmp_path: Path, world: World) -> None:
    """Neither a folder that is not there nor one that is empty."""
    with pytest.raises(Misuse, match="lake-missing"):
        check_lake(tmp_path / "nowhere", world.trust.vkey)
    (tmp_path / "empty").mkdir()
    with pytest.raises(Misuse, match="lake-missing"):
        open_lake(tmp_path / "empty")


def test_an_older_head_is_refused(world: World, lake: Path) -> None:
    """A checkpoint that the ledger did sign, but when the log was shorter, says nothing of these rows."""
    with world.ledger.database.read() as connection:
        *_, (_, older), _ = checkpoints_in_order(connection)
    forge(lake, lambda manifest: msgspec.structs.replace(manifest, checkpoint=older.decode()))
    must_refuse("lake-of-another", lambda: check_lake(lake, world.trust.vkey), "in its checkpoint")
