"""Case bundles in the hands of somebody who wants them to say something else."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ledger import canonical
from ledger.bundle.drawing import draw_months, draw_ring
from ledger.bundle.form import BUNDLE_KIND, BUNDLE_MEDIA_TYPE, INDEX, PAGE, SIGNATURE
from ledger.bundle.page import rule_words
from ledger.bundle.verify import verify_bundle
from ledger.bundle.words import LANGUAGES, words_in
from ledger.bundle.write import write_bundle
from ledger.chain.pedigree import print_pedigree
from ledger.codes import key_of
from ledger.errors import FormatError, Misuse, NotVerified
from ledger.export import Exporter
from ledger.log.note import ED25519, VerifierKey
from ledger.opening import own_statement
from tests import kit
from tests.house.test_imports import loaded_by
from tests.reconcile.bundle_kit import edited, members_of, must_refuse, resigned, written
from tests.reconcile.bureau import Bureau


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
