"""Case bundles in the hands of somebody who wants them to say something else."""

from __future__ import annotations

import contextlib
import io
import json
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ledger import canonical
from ledger.bundle import archive as archive_module
from ledger.bundle.archive import opened
from ledger.bundle.drawing import draw_months, draw_ring
from ledger.bundle.form import BUNDLE_KIND, BUNDLE_MEDIA_TYPE, INDEX, NAME, PAGE, SIGNATURE
from ledger.bundle.page import rule_words
from ledger.bundle.verify import verify_bundle
from ledger.bundle.words import LANGUAGES, words_in
from ledger.bundle.write import write_bundle
from ledger.chain.pedigree import print_pedigree
from ledger.codes import key_of
from ledger.errors import FormatError, LedgerError, Misuse, NotVerified
from ledger.export import Exporter
from ledger.log.note import ED25519, VerifierKey
from ledger.opening import own_statement
from ledger.papers.contents import Claim, HandOver, Note, Outcome, Publication
from ledger.reconcile.rules.rule import CATALOGUE
from tests import kit
from tests.house.test_imports import loaded_by
from tests.reconcile.bureau import Bureau

Members = dict[str, bytes]


@pytest.fixture(scope="module")
def bureau(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    """Return a bureau with one case: packs sold twice, one seized, the rule published, handed over and decided."""
    with Bureau(tmp_path_factory.mktemp("bureau")) as bureau:
        packs = bureau.stock(6)
        bureau.sell_twice(packs[:2])
        bureau.sell(packs[2:4], "P-2")
        text = (CATALOGUE / "dispensed-twice.sql").read_bytes()
        version = f"sha-256:{sha256(text).hexdigest()}"
        bureau.insurer.record(
            [Publication(id="urn:example:rule", time=bureau.world.stamp(), rule="dispensed-twice", version=version)]
        )
        seizure = bureau.world.seize([packs[0], packs[4]])
        bureau.world.one(seizure)
        bureau.look()
        findings = sorted(each.id for each in bureau.findings())
        bureau.insurer.open("Two packs came <b>back</b> & 回流", findings, [json.loads(seizure.body)["id"]])
        bureau.insurer.act(Claim(), 1)
        bureau.insurer.act(HandOver(to=bureau.world.police.party, reason="theft"), 1)
        bureau.police.act(Note(text="</td><script>alert(1)</script>"), 1)
        bureau.police.act(Outcome(result="confirmed"), 1)
        yield bureau


@pytest.fixture(scope="module")
def bundle(bureau: Bureau) -> Path:
    """Return the case's bundle."""
    return bureau.export(1)[0]


def members_of(path: Path) -> Members:
    """Return what is in a zip."""
    with zipfile.ZipFile(path) as file:
        return {entry.filename: file.read(entry) for entry in file.infolist()}


def written(members: Members, to: Path) -> Path:
    """Write a zip as a bundle is written."""
    to.unlink(missing_ok=True)
    with archive_module.writing(to) as writer:
        for name, data in members.items():
            writer.add(name, data)
    return to


def resigned(bureau: Bureau, members: Members, **changes: Any) -> Members:
    """Return the members with an index that lists them as they are, signed by the ledger: a lying ledger."""
    index = json.loads(members[INDEX]) | changes
    index["members"] = [
        {"bytes": len(data), "digest": sha256(data).hexdigest(), "name": name}
        for name, data in sorted(members.items()) if name not in (INDEX, SIGNATURE)
    ]  # fmt: skip
    data = canonical.dumps(index)
    trust = bureau.world.trust
    signature = own_statement(
        trust, bureau.world.signing_key, index["made_at"], BUNDLE_KIND, BUNDLE_MEDIA_TYPE, f"case:{index['number']}",
        data,
    )  # fmt: skip
    return {**members, INDEX: data, SIGNATURE: signature}


def must_refuse(bureau: Bureau, path: Path, code: str, named: str = "") -> LedgerError:
    """Require that the verifier refuses a file with this code, and names what is at fault."""
    with pytest.raises((NotVerified, FormatError)) as caught:
        verify_bundle(path, bureau.world.trust.vkey)
    assert caught.value.code == code, caught.value
    assert named in caught.value.detail, caught.value
    return caught.value


def edited(data: bytes, change: Callable[[Any], None]) -> bytes:
    """Return canonical JSON after a change."""
    value = json.loads(data)
    change(value)
    return canonical.dumps(value)


def test_it_verifies_with_nothing_but_the_key(bureau: Bureau, bundle: Path) -> None:
    """Case, findings, statements, pedigrees, and what was traced of the seizure."""
    report = verify_bundle(bundle, bureau.world.trust.vkey)
    assert (report.number, report.actions, report.findings) == (1, 5, len(bureau.findings()))
    assert (report.pedigrees, report.seized, report.traced) == (2, 2, 1)
    assert report.warnings == ("rule-unpublished",)  # of two rules, one was published


def test_it_loads_no_database_no_engine_and_no_network() -> None:
    """Whoever checks a case needs none of what made it."""
    unwanted = {"sqlalchemy", "psycopg", "sqlite3", "duckdb", "pyarrow", "httpx", "ssl"}
    assert loaded_by("ledger.bundle.verify", unwanted) == set()


def test_the_same_case_makes_the_same_bytes(bureau: Bureau, bundle: Path) -> None:
    """Written again: not a bit differs, and no unfinished file is left."""
    again, _ = bureau.export(1, "again.zip")
    assert again.read_bytes() == bundle.read_bytes()
    assert list(bureau.folder.glob("*.new")) == []


def test_another_ledgers_key_believes_nothing(bundle: Path) -> None:
    """The key is what one must hold from elsewhere."""
    other = VerifierKey(kit.ORIGIN, ED25519, kit.desk("other").key.public)
    with pytest.raises(NotVerified, match="signature-wrong"):
        verify_bundle(bundle, other)


def test_every_member_altered_is_named(bureau: Bureau, bundle: Path, tmp_path: Path) -> None:
    """One bit of any member, the index and its signature included."""
    members = members_of(bundle)
    for name, data in members.items():
        for at in {0, len(data) // 2, len(data) - 1}:
            flipped = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
            path = written({**members, name: flipped}, tmp_path / "altered.zip")
            with pytest.raises((NotVerified, FormatError)) as caught:
                verify_bundle(path, bureau.world.trust.vkey)
            if name not in (INDEX, SIGNATURE):
                assert (caught.value.code, caught.value.detail) == ("bundle-member-altered", name)


def test_every_member_removed_is_named(bureau: Bureau, bundle: Path, tmp_path: Path) -> None:
    """Whatever is taken out."""
    members = members_of(bundle)
    for name in members:
        path = written({each: data for each, data in members.items() if each != name}, tmp_path / "removed.zip")
        must_refuse(bureau, path, "bundle-member-missing", name)


def test_a_member_that_is_added_is_named(bureau: Bureau, bundle: Path, tmp_path: Path) -> None:
    """Whatever is put in, under whatever name a bundle may have."""
    for name in ("evidence/000001.jsonl", "note.txt", "pedigrees/000009.json"):
        path = written({**members_of(bundle), name: b"more"}, tmp_path / "added.zip")
        must_refuse(bureau, path, "bundle-member-unlisted", name)


def test_any_two_members_swapped_are_named(bureau: Bureau, bundle: Path, tmp_path: Path) -> None:
    """Each is genuine, and in the other's place."""
    members = members_of(bundle)
    names = [name for name in members if name not in (INDEX, SIGNATURE)]
    for one, other in pairwise(names):
        swapped = {**members, one: members[other], other: members[one]}
        error = must_refuse(bureau, written(swapped, tmp_path / "swapped.zip"), "bundle-member-altered")
        assert error.detail in (one, other)


def test_an_index_that_fits_the_altered_member_is_not_signed(bureau: Bureau, bundle: Path, tmp_path: Path) -> None:
    """Whoever has no ledger key can make the digests fit, and not the signature; another signature fits no more."""
    members = {**members_of(bundle), PAGE: b"<p>Nothing happened.</p>"}
    lying = resigned(bureau, members)
    path = written({**lying, SIGNATURE: members[SIGNATURE]}, tmp_path / "unsigned.zip")
    must_refuse(bureau, path, "body-altered", SIGNATURE)
    other = {**members, SIGNATURE: b"no statement"}
    with pytest.raises((NotVerified, FormatError)):
        verify_bundle(written(other, tmp_path / "other.zip"), bureau.world.trust.vkey)


def test_a_statement_of_the_ledger_about_something_else_signs_no_index(
    bureau: Bureau, bundle: Path, tmp_path: Path
) -> None:
    """Another case's index, or another kind of statement over the same bytes."""
    members = members_of(bundle)
    trust, key, data = bureau.world.trust, bureau.world.signing_key, members[INDEX]
    for kind, media, subject in (
        ("seal", BUNDLE_MEDIA_TYPE, "case:1"), (BUNDLE_KIND, "application/json", "case:1"),
        (BUNDLE_KIND, BUNDLE_MEDIA_TYPE, "case:2"),
    ):  # fmt: skip
        signature = own_statement(trust, key, 1, kind, media, subject, data)
        path = written({**members, SIGNATURE: signature}, tmp_path / "kind.zip")
        must_refuse(bureau, path, "bundle-index-wrong", SIGNATURE)


def _evidence(change: Callable[[list[Any]], None]) -> Callable[[bytes], bytes]:
    def changed(data: bytes) -> bytes:
        lines = [json.loads(line) for line in data.splitlines()]
        change(lines)
        return b"".join(canonical.dumps(line) + b"\n" for line in lines)

    return changed


def _swap_bodies(lines: list[Any]) -> None:
    papers = [line for line in lines if '"type":"action"' in line["body"]]
    papers[0]["body"], papers[1]["body"] = papers[1]["body"], papers[0]["body"]


def _json(change: Callable[[Any], None]) -> Callable[[bytes], bytes]:
    return lambda data: edited(data, change)


def _seen(change: Callable[[Any], None]) -> Callable[[bytes], bytes]:
    return _json(lambda value: change(value["findings"][0]["finding"]["seen"]))


LIES: list[tuple[str, Callable[[bytes], bytes], str]] = [
    ("evidence/000000.jsonl", _evidence(lambda lines: lines.pop()), "inclusion-proof-wrong"),
    ("evidence/000000.jsonl", _evidence(lambda lines: lines.pop(0)), "registration-reference-unknown"),
    ("evidence/000000.jsonl", _evidence(lambda lines: lines.append(lines[-1])), "casefile-malformed"),
    ("evidence/000000.jsonl", _evidence(lambda lines: lines.reverse()), "casefile-malformed"),
    ("evidence/000000.jsonl", _evidence(_swap_bodies), "body-altered"),
    ("evidence/000000.jsonl", _evidence(lambda lines: lines[-1].update(index=lines[-1]["index"] + 1)),
     "inclusion-proof-wrong"),
    ("evidence/000000.jsonl", lambda data: data.rstrip(b"\n"), "casefile-malformed"),
    ("proof.json", _json(lambda value: value["hashes"].pop()), "inclusion-proof-wrong"),
    ("proof.json", _json(lambda value: value["hashes"].append("00" * 32)), "inclusion-proof-wrong"),
    ("case.json", _json(lambda value: value["case"].update(state="working")), "bundle-case-wrong"),
    ("case.json", _json(lambda value: value["case"].update(title="Another title")), "bundle-case-wrong"),
    ("case.json", _json(lambda value: value["actions"].pop()), "bundle-case-wrong"),
    ("case.json", _json(lambda value: value["actions"][0].update(fault="case-closed")), "bundle-case-wrong"),
    ("case.json", _json(lambda value: value.update(number=2)), "bundle-case-wrong"),
    ("findings.json", _json(lambda value: value["findings"].pop()), "bundle-findings-wrong"),
    ("findings.json", _seen(lambda seen: seen.update(subject="87709849999999999999")), "bundle-findings-wrong"),
    ("findings.json", _seen(lambda seen: seen.update(version="00" * 32)), "bundle-member-missing"),
    ("findings.json", _seen(lambda seen: seen["evidence"].append(10**6)), "bundle-evidence-missing"),
    ("findings.json", _json(lambda value: value["findings"][0].update(extra=1)), "casefile-malformed"),
    ("facts/custody.jsonl", _evidence(lambda lines: lines[0].update(log_index=3)), "bundle-facts-wrong"),
    ("facts/custody.jsonl", _evidence(lambda lines: lines[0].update(time=lines[0]["time"] + 1)), "bundle-facts-wrong"),
    ("tracing.csv", lambda data: data.replace(b"never-dispensed", b""), "bundle-tracing-wrong"),
    ("tracing.csv", lambda data: b"\n".join(data.splitlines()[:-1]) + b"\n", "bundle-tracing-wrong"),
    ("tracing.csv", lambda data: data.replace(b"code,product", b"product,code"), "casefile-malformed"),
    ("tracing.csv", lambda data: data + b"1,2\n", "casefile-malformed"),
    ("tracing.json", _json(lambda value: value["total"].update(cents=1)), "bundle-tracing-wrong"),
    ("tracing.json", _json(lambda value: value["untraced"].update({"nobody-named": 3})), "bundle-tracing-wrong"),
    ("pedigrees/000000.json", _json(lambda value: value["links"].pop()), "inclusion-proof-wrong"),
    ("index.html", lambda data: data.replace("盒".encode(), "箱".encode()), "bundle-page-wrong"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "code"), LIES)
def test_even_a_lying_ledger_cannot_make_these_fit(
    bureau: Bureau, bundle: Path, tmp_path: Path, name: str, change: Callable[[bytes], bytes], code: str
) -> None:
    """The index is signed anew over the altered member: what the log holds says otherwise."""
    members = members_of(bundle)
    data = change(members[name])
    assert data != members[name]
    path = written(resigned(bureau, {**members, name: data}), tmp_path / "lie.zip")
    must_refuse(bureau, path, code)


def test_a_rules_other_text_and_a_pedigree_of_another_pack_do_not_fit(
    bureau: Bureau, bundle: Path, tmp_path: Path
) -> None:
    """Also when the ledger itself signs for them."""
    members = members_of(bundle)
    rule = next(name for name in members if name.startswith("rules/"))
    lie = resigned(bureau, {**members, rule: members[rule] + b" "})
    must_refuse(bureau, written(lie, tmp_path / "rule.zip"), "bundle-rule-wrong", rule)
    exporter = Exporter(bureau.world.ledger.database, bureau.world.trust, bureau.world.ledger.key)
    stranger = print_pedigree(exporter.pedigree(key_of(kit.pack_uri(6))))
    lie = resigned(bureau, {**members, "pedigrees/000000.json": stranger})
    must_refuse(bureau, written(lie, tmp_path / "pedigree.zip"), "bundle-pedigree-wrong", "pedigrees/000000.json")


def test_a_page_of_another_version_is_a_warning(bureau: Bureau, bundle: Path, tmp_path: Path) -> None:
    """The digest was compared, the page could not be made again: that is said."""
    other = resigned(bureau, members_of(bundle), writer="packledger page 99")
    report = verify_bundle(written(other, tmp_path / "version.zip"), bureau.world.trust.vkey)
    assert "page-of-another-version" in report.warnings


def test_what_people_typed_does_nothing_in_the_page(bundle: Path) -> None:
    """Marks are shown as what they are; there is no script, and nothing comes from elsewhere."""
    page = members_of(bundle)[PAGE].decode()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<b>back</b>" not in page
    assert "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'" in page
    assert "src=" not in page.replace("src 'unsafe", "")
    assert 'lang="zh"' in page
    assert 'lang="en"' in page


def test_the_page_says_what_each_finding_is_about_and_where_goods_were_taken(bureau: Bureau, bundle: Path) -> None:
    """A reader can go from a sentence to the pack in hand, and from the table to the officers' own file."""
    page = members_of(bundle)[PAGE].decode()
    zh, en = page.split('<article id="en"')
    for finding in bureau.findings():
        assert f"对象: <code>{finding.seen.subject}</code>" in zh
        assert f"About: <code>{finding.seen.subject}</code>" in en
    for text in ("2026-17", "warehouse"):
        assert f"<td>{text}</td>" in zh
        assert f"<td>{text}</td>" in en


def test_persons_are_in_no_member_but_as_pseudonyms(bureau: Bureau, bundle: Path) -> None:
    """The numbers of the cards that were used stand nowhere; their pseudonyms do."""
    everything = b"".join(members_of(bundle).values())
    assert b"P-1" not in everything
    assert bureau.world.pseudonym(kit.patient("P-1")).hex().encode() in everything


# -- the archive itself


def test_a_zip_from_anywhere_is_read_within_bounds(bureau: Bureau, bundle: Path, tmp_path: Path) -> None:
    """Names that lead elsewhere, a member twice, an encrypted one, something before or behind, no zip at all."""
    path = tmp_path / "strange.zip"
    for name in ("../evil", "/etc/passwd", "a/b/c", "evidence\\x", "A.json", "a" * 3 + "\0b", "con:", ""):
        _write_raw(path, [(name, b"x")])
        must_refuse(bureau, path, "casefile-malformed")
    _write_raw(path, [("index.json", b"a"), ("index.json", b"b")])
    must_refuse(bureau, path, "casefile-malformed", "twice")
    for data in (b"#!/bin/sh\n" + bundle.read_bytes(), b"", b"PK\x03\x04", b"PK\x05\x06" + bytes(18)):
        path.write_bytes(data)
        must_refuse(bureau, path, "casefile-malformed")
    with zipfile.ZipFile(path, "w") as file:
        file.comment = b"behind"
        file.writestr("index.json", b"x")
    must_refuse(bureau, path, "casefile-malformed")


def _write_raw(path: Path, members: list[tuple[str, bytes]]) -> None:
    with zipfile.ZipFile(path, "w") as file:
        for name, data in members:
            entry = zipfile.ZipInfo("x", (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o100644 << 16
            entry.filename = entry.orig_filename = name
            twice = name in file.namelist()
            with pytest.warns(UserWarning, match="Duplicate") if twice else contextlib.nullcontext():
                file.writestr(entry, data)


def test_a_bomb_is_refused_before_it_goes_off(
    bureau: Bureau, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A member that says it is large, many that are large together, more members than a case has."""
    monkeypatch.setattr(archive_module, "BUNDLE_MEMBER_BYTES_MAX", 1_000)
    monkeypatch.setattr(archive_module, "BUNDLE_BYTES_MAX", 2_000)
    monkeypatch.setattr(archive_module, "BUNDLE_MEMBERS_MAX", 5)
    path = tmp_path / "bomb.zip"
    for members in ([("a", bytes(1_001))], [(each, bytes(999)) for each in "abc"], [(each, b"") for each in "abcdef"]):
        _write_raw(path, members)
        must_refuse(bureau, path, "bundle-too-large")
    with pytest.raises(FormatError, match="bundle-too-large"):
        written({"a": bytes(1_001)}, path)


@pytest.mark.parametrize("large", [False, True])
def test_a_list_without_end_is_not_read(bureau: Bureau, tmp_path: Path, *, large: bool) -> None:
    """Two hundred thousand members that all are the same: told from the end of the file, in no memory to speak of."""
    listed = 200_000 * (b"PK\x01\x02" + bytes(24) + b"\x01" + bytes(17) + b"a")
    told = struct.pack("<II", 2**32 - 1, 2**32 - 1) if large else struct.pack("<II", len(listed), 0)
    data = b"PK\x03\x04" + listed
    if large:
        data += b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 2**17, 2**17, len(listed), 4)
        data += b"PK\x06\x07" + struct.pack("<IQI", 0, 4 + len(listed), 1)
    path = tmp_path / "list.zip"
    path.write_bytes(data + b"PK\x05\x06" + bytes(8) + told + bytes(2))
    tracemalloc.start()
    try:
        must_refuse(bureau, path, "bundle-too-large")
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_an_index_that_nobody_signed_is_no_bomb(bureau: Bureau, bundle: Path, tmp_path: Path) -> None:
    """It is read before it is known who wrote it: so it may be no longer than any index is."""
    path = written({**members_of(bundle), INDEX: b"[" + b"[]," * 2**21 + b"[]]"}, tmp_path / "index.zip")
    must_refuse(bureau, path, "bundle-too-large", INDEX)
    path = written({**members_of(bundle), SIGNATURE: bytes(2**20)}, tmp_path / "signature.zip")
    must_refuse(bureau, path, "bundle-too-large", SIGNATURE)


def test_a_member_longer_or_shorter_than_it_says_is_refused(bundle: Path, tmp_path: Path) -> None:
    """Sizes in the list at the end are altered: reading ends in a code, never in a flood."""
    data = bytearray(bundle.read_bytes())
    central = data.rindex(b"PK\x01\x02")
    told = int.from_bytes(data[central + 24 : central + 28], "little")
    for size in (0, 1, told + 5, 2**31 - 1):
        altered = bytearray(data)
        altered[central + 24 : central + 28] = size.to_bytes(4, "little")
        path = tmp_path / "size.zip"
        path.write_bytes(altered)
        with pytest.raises(FormatError):
            _read_all(path)
    for size in (2**20, 2**31 + 1, 2**32 - 2):
        altered = bytearray(data)
        altered[central + 20 : central + 24] = size.to_bytes(4, "little")
        path.write_bytes(altered)
        with pytest.raises(FormatError, match="bundle-too-large"):
            _read_all(path)


def _read_all(path: Path) -> None:
    with opened(path) as archive:
        for name in archive.names:
            archive.read(name)


@pytest.mark.parametrize("at", range(0, 2_000, 37))
def test_damage_anywhere_ends_in_a_code(bureau: Bureau, bundle: Path, tmp_path: Path, at: int) -> None:
    """A byte of the file changed, from either end: refused, whatever it says."""
    for place in (at, -1 - at):
        data = bytearray(bundle.read_bytes())
        data[place] ^= 0xFF
        path = tmp_path / "damaged.zip"
        path.write_bytes(data)
        with pytest.raises(LedgerError):
            verify_bundle(path, bureau.world.trust.vkey)


def test_every_byte_around_the_members_counts(bundle: Path, tmp_path: Path) -> None:
    """What other programs read instead of the list at the end, times, versions, flags: all of it is as we write it."""
    data, path = bundle.read_bytes(), tmp_path / "around.zip"
    with zipfile.ZipFile(bundle) as file:
        headers = [entry.header_offset for entry in file.infolist()]
    around = [place for start in headers for place in range(start, start + 30)]
    around += range(data.index(b"PK\x01\x02", headers[-1]), len(data))
    for place in around:
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(FormatError), opened(path):
            pass


def test_nothing_hides_in_the_zip(bureau: Bureau, bundle: Path, tmp_path: Path) -> None:
    """A byte behind the list, in a gap between members, or behind a member's compressed bytes."""
    path = tmp_path / "hiding.zip"
    path.write_bytes(bundle.read_bytes() + b"x")
    must_refuse(bureau, path, "casefile-malformed", "behind")
    with zipfile.ZipFile(path, "w") as file:
        for name, data in members_of(bundle).items():
            _write_entry(file, name, data, gap=b"gap")
    must_refuse(bureau, path, "casefile-malformed", "before")
    with zipfile.ZipFile(path, "w") as file:
        for name, data in members_of(bundle).items():
            _write_entry(file, name, data, behind=b"behind")
    must_refuse(bureau, path, "casefile-malformed", "not as long")


def _write_entry(file: zipfile.ZipFile, name: str, data: bytes, *, gap: bytes = b"", behind: bytes = b"") -> None:
    """Write a member by hand, as a bundle's is written, with something hidden."""
    deflating = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = deflating.compress(data) + deflating.flush() + behind
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.external_attr, entry.compress_type = 0o100644 << 16, zipfile.ZIP_DEFLATED
    entry.CRC, entry.file_size, entry.compress_size = zlib.crc32(data), len(data), len(packed)
    assert file.fp is not None
    file.fp.seek(file.start_dir)
    file.fp.write(gap)
    entry.header_offset = file.fp.tell()
    file.fp.write(entry.FileHeader(zip64=False) + packed)
    file.start_dir = file.fp.tell()
    file.infolist().append(entry)


def test_names_are_bounded() -> None:
    """Letters, digits, one folder."""
    for fine in ("index.json", "rules/card-ring.0123456789abcdef.sql", "evidence/000000.jsonl"):
        assert NAME.fullmatch(fine)
    for bad in ("..", "a/../b", "./a", "a//b", ".a", "a.", "a/.b", "Ä", "a b"):
        assert not NAME.fullmatch(bad)


# -- writing


def test_what_has_no_bundle_says_why(bureau: Bureau, tmp_path: Path) -> None:
    """No such case; packs were seized and there is no lake to trace them in."""
    path = tmp_path / "none.zip"
    with pytest.raises(Misuse, match="case-unknown"):
        write_bundle(bureau.world.ledger, 99, path)
    with pytest.raises(Misuse, match="lake-needed"):
        write_bundle(bureau.world.ledger, 1, path)
    assert list(tmp_path.iterdir()) == []


def test_a_case_without_findings_has_a_bundle_too(bureau: Bureau, tmp_path: Path) -> None:
    """Only its actions."""
    number = bureau.police.open("A tip").number
    write_bundle(bureau.world.ledger, number, tmp_path / "tip.zip")
    report = verify_bundle(tmp_path / "tip.zip", bureau.world.trust.vkey)
    assert (report.findings, report.actions, report.warnings) == (0, 1, ())


# -- the page


def test_every_word_is_there_in_both_languages() -> None:
    """Chinese in Chinese characters."""
    chinese, english = (words_in(language) for language in LANGUAGES)
    assert chinese.keys() == english.keys()
    assert all(chinese.values())
    assert all(text.isascii() or "–" in text for text in english.values())


def test_a_rule_that_says_nothing_of_itself_is_no_fault() -> None:
    """Its text is enclosed all the same."""
    for text in ("", "SELECT 1", "/* not toml = */", "/* title = 1 */", "/* [title]\nfr = 'x' */"):
        assert rule_words(text, "en").title == ""
    assert rule_words("/*\n[title]\nen = 'A'\nzh = '甲'\n*/", "zh").title == "甲"


def test_the_drawings() -> None:
    """A line for each card and place, the most used first; quiet months keep their place; too many are counted."""
    ring = draw_ring({("a" * 32, 1): 3, ("b" * 32, 1): 1, ("b" * 32, 2): 9}, {1: "One"})
    assert ring is not None
    assert [node.label for node in ring.cards] == ["b" * 12, "a" * 12]
    assert [node.label for node in ring.institutions] == ["2", "One"]
    assert sorted(line.stroke for line in ring.lines) == [1, 3, 6]
    large = draw_ring({(f"{card:032x}", 1): 1 for card in range(200)}, {})
    assert large is not None
    assert (len(large.cards), large.left_out) == (120, 80)
    assert draw_ring({}, {}) is None
    months = draw_months([1_767_571_200, 1_775_000_000, 1_775_000_001])
    assert months is not None
    assert [(bar.month, bar.count) for bar in months.bars] == [
        ("2026-01", 1), ("2026-02", 0), ("2026-03", 2),
    ]  # fmt: skip
    assert draw_months([]) is None


def test_the_archive_is_the_same_for_the_same_members(tmp_path: Path) -> None:
    """No time, no owner, no order of chance."""
    one = written({"a": b"1", "b": b"2"}, tmp_path / "one.zip").read_bytes()
    assert one == written({"a": b"1", "b": b"2"}, tmp_path / "other.zip").read_bytes()
    with zipfile.ZipFile(io.BytesIO(one)) as file:
        assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
