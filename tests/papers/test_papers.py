"""Papers have one spelling, add up, and say as what they act."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import canonical
from ledger.errors import CodeFault, FormatError, LedgerError
from ledger.limits import BODY_BYTES_MAX, CODES_PER_EVENT_MAX
from ledger.papers.contents import Content, Invoice, InvoiceLine, Recall, SettlementLine
from ledger.papers.paper import PAPERS as RULES
from ledger.papers.paper import make_paper, media_type, parse_paper
from tests.papers.examples import (
    INVOICE,
    OTHER_PACK,
    PACK,
    PAPERS,
    PARTY,
    PRESCRIPTION,
    RECALL,
    SEIZURE,
    SETTLEMENT,
)

KEY, OTHER_KEY = "87709840000000015538", "87709840000000015539"
Json = dict[str, Any]


def written(kind: str, **members: Any) -> bytes:
    """Return a paper's canonical bytes with these members set; None takes one away."""
    value: Json = json.loads(make_paper(PAPERS[kind])) | members
    return canonical.dumps({name: item for name, item in value.items() if item is not None})


def must_refuse(kind: str, body: bytes, code: str) -> LedgerError:
    """Fail unless reading these bytes is refused with this code; return the error."""
    with pytest.raises(LedgerError) as caught:
        parse_paper(kind, body)
    assert isinstance(caught.value, FormatError | CodeFault)
    assert caught.value.code == code
    return caught.value


@pytest.mark.parametrize("kind", PAPERS)
def test_a_paper_is_read_as_it_was_written_and_prints_back_the_same(kind: str) -> None:
    """Content in, bytes out, content back; and the bytes are RFC 8785."""
    body = make_paper(PAPERS[kind])
    paper = parse_paper(kind, body)
    assert paper.content == PAPERS[kind]
    assert make_paper(paper.content) == body
    assert canonical.dumps(canonical.loads(body)) == body
    assert json.loads(body)["type"] == kind
    assert media_type(kind) == f"application/vnd.packledger.{kind}+json"


def test_what_the_ledger_needs_of_each() -> None:
    """Time, codes, parties, digest, and the act on the packs."""
    settlement = parse_paper("settlement", make_paper(SETTLEMENT))
    assert (settlement.act, settlement.insured, settlement.party) == ("settling", True, PARTY + "31")
    assert (settlement.codes, settlement.confidential) == ([KEY, OTHER_KEY], b"\xab" * 32)
    assert (settlement.paper_id, settlement.paper_time) == (SETTLEMENT.id, 1_795_322_220)
    prescription = parse_paper("prescription", make_paper(PRESCRIPTION))
    assert (prescription.act, prescription.codes, prescription.party) == ("mentioning", [], PARTY + "30")
    assert prescription.confidential == b"\xab" * 32
    invoice = parse_paper("invoice", make_paper(INVOICE))
    assert (invoice.act, invoice.party, invoice.counterparty) == ("mentioning", PARTY + "20", PARTY + "31")
    seizure = parse_paper("seizure", make_paper(SEIZURE))
    assert (seizure.act, seizure.codes, seizure.insured) == ("seizing", [KEY], False)
    assert (seizure.party, seizure.confidential) == (None, None)
    recall = parse_paper("recall", make_paper(RECALL))
    assert (recall.act, recall.product, recall.batches) == ("mentioning", "8770984", ("LOT7", "LOT8"))
    every_batch = parse_paper("recall", make_paper(msgspec.structs.replace(RECALL, batches=None)))
    assert every_batch.batches == ("*",)


def test_only_an_insurers_payment_marks_and_only_its_reversal_unmarks() -> None:
    """A sale paid by the patient, and its reversal, only mention the packs."""
    reversed_ = msgspec.structs.replace(SETTLEMENT, reverses="urn:x:1")
    own = msgspec.structs.replace(SETTLEMENT, payment="self_pay", fund="0.00")
    own_reversed = msgspec.structs.replace(own, reverses="urn:x:1")
    acts = [parse_paper("settlement", make_paper(each)).act for each in (reversed_, own, own_reversed)]
    assert acts == ["unsettling", "mentioning", "mentioning"]


def test_the_kind_that_is_claimed_must_be_the_kind_that_it_is() -> None:
    """Each body is refused under every other kind, and under a kind that does not exist."""
    for kind, content in PAPERS.items():
        body = make_paper(content)
        for other in PAPERS.keys() - {kind}:
            must_refuse(other, body, "paper-member")
        must_refuse("receipt", body, "paper-kind")
    with pytest.raises(FormatError, match="paper-kind"):
        media_type("Settlement")


@pytest.mark.parametrize(
    "respell",
    [
        lambda body: body + b"\n",
        lambda body: b" " + body,
        lambda body: body.replace(b":", b": ", 1),
        lambda body: json.dumps(dict(reversed(json.loads(body).items())), separators=(",", ":")).encode(),
        lambda body: body.replace(b'"CNY"', b'"\\u0043NY"'),
        lambda body: body.replace(b"urn:uuid", b"urn\\u003auuid", 1),
        lambda body: body.replace(b"https://", b"https:\\/\\/", 1),
        lambda body: body.replace(b'"packs":1', b'"packs":1,"split":false'),
        lambda body: body.replace(b'"time"', b'"reverses":null,"time"'),
        lambda body: body.replace(b'{"amount":"52.30"', b'{"amount":"52.30","amount":"52.30"'),
    ],
)
def test_another_spelling_of_the_same_paper_is_refused(respell: Any) -> None:
    """Blanks, order, escapes, empty members, doubled members: one paper has one digest."""
    body = make_paper(msgspec.structs.replace(SETTLEMENT, lines=[
        SettlementLine(product="8770984", packs=1, amount="52.30", codes=[PACK]),
    ]))  # fmt: skip
    assert respell(body) != body
    must_refuse("settlement", respell(body), "paper-not-canonical")


WRONG: list[tuple[str, str, Any, str]] = [
    ("settlement", "id", None, "paper-member"), ("settlement", "id", "17", "paper-member"),
    ("settlement", "id", "urn:x:\n", "paper-member"),
    ("settlement", "id", "urn:x:" + "a" * 256, "paper-member"),
    ("settlement", "time", "2026-11-22T04:37:00+00:00", "paper-member"),
    ("settlement", "time", "2026-11-22T04:37:00.0Z", "paper-member"),
    ("settlement", "time", "2026-11-22T04:37:00Z\n", "paper-member"),
    ("settlement", "time", "２026-11-22T04:37:00Z", "paper-member"),
    ("settlement", "time", "2026-02-30T04:37:00Z", "paper-time"),
    ("settlement", "time", "1969-12-31T23:59:59Z", "paper-time"),
    ("settlement", "time", "2026-11-22T24:00:00Z", "paper-time"),
    ("settlement", "payment", "cash", "paper-member"), ("settlement", "currency", "Yuan", "paper-member"),
    ("settlement", "amount", "52.3", "paper-member"), ("settlement", "amount", "052.30", "paper-member"),
    ("settlement", "amount", "-52.30", "paper-member"), ("settlement", "amount", 52, "paper-member"),
    ("settlement", "amount", "५2.30", "paper-member"), ("settlement", "amount", "52.30\n", "paper-member"),
    ("settlement", "amount", "52.31", "paper-sum"), ("settlement", "fund", "52.31", "paper-sum"),
    ("settlement", "payment", "self_pay", "paper-sum"), ("settlement", "lines", [], "paper-member"),
    ("settlement", "lines", None, "paper-member"), ("settlement", "lines", {}, "paper-member"),
    ("settlement", "confidential", "sha-256:" + "AB" * 32, "paper-member"),
    ("settlement", "confidential", "ab" * 32, "paper-member"),
    ("settlement", "patient", "x", "paper-member"), ("settlement", "type", "Settlement", "paper-member"),
    ("settlement", "type", None, "paper-not-canonical"), ("prescription", "medium", "stone", "paper-member"),
    ("prescription", "department", "", "paper-member"),
    ("prescription", "department", " A", "paper-member"),
    ("prescription", "department", "A\n", "paper-member"),
    ("prescription", "department", "A\u2028B", "paper-member"),
    ("prescription", "department", "A\tB", "paper-member"),
    ("prescription", "department", "x" * 201, "paper-member"),
    ("prescription", "lines", [{"product": "8770984", "packs": 0, "days": 1}], "paper-member"),
    ("prescription", "lines", [{"product": "8770984", "packs": True, "days": 1}], "paper-member"),
    ("prescription", "lines", [{"product": "8770984", "packs": 1, "days": 3_651}], "paper-member"),
    ("prescription", "lines", [{"product": "877098", "packs": 1, "days": 1}], "paper-member"),
    ("prescription", "lines", [{"product": "8７70984", "packs": 1, "days": 1}], "paper-member"),
    ("invoice", "tax", "0", "paper-member"), ("invoice", "buyer", None, "paper-member"),
    ("invoice", "amount", "3000.01", "paper-sum"), ("invoice", "number", None, "paper-member"),
    ("seizure", "kilograms", "14.25", "paper-member"), ("seizure", "kilograms", 14, "paper-member"),
    ("seizure", "codes", [], "paper-member"), ("seizure", "codes", [PACK, PACK], "paper-codes"),
    ("seizure", "codes", [KEY], "code-uri"), ("seizure", "codes", [7], "paper-member"),
    ("seizure", "unreadable", 0, "paper-member"), ("seizure", "case", None, "paper-member"),
    ("recall", "level", 4, "paper-member"), ("recall", "level", "1", "paper-member"),
    ("recall", "batches", [], "paper-member"), ("recall", "batches", ["*"], "paper-member"),
    ("recall", "batches", ["B", "A"], "paper-member"), ("recall", "batches", ["A", "A"], "paper-member"),
    ("recall", "batches", ["x" * 21], "paper-member"), ("recall", "reason", None, "paper-member"),

]  # fmt: skip


@pytest.mark.parametrize(("kind", "name", "value", "code"), WRONG)
def test_a_wrong_member_is_refused(kind: str, name: str, value: Any, code: str) -> None:
    """Each with the code that tells its author what to mend."""
    must_refuse(kind, written(kind, **{name: value}), code)


def test_values_that_have_no_spelling_are_refused() -> None:
    """Fractions, and text that is not NFC, also when every byte else is right."""
    body = make_paper(PRESCRIPTION)
    must_refuse("prescription", body.replace(b'"days":28', b'"days":28.0'), "paper-member")
    must_refuse("prescription", body.replace(b'"days":28', b'"days":2.8e1'), "paper-member")
    decomposed = body.replace("心内科".encode(), "e\u0301".encode())
    assert decomposed != body
    must_refuse("prescription", decomposed, "paper-not-canonical")
    must_refuse("prescription", body.replace("心内科".encode(), b"\\ud800"), "json-ambiguous")
    must_refuse("prescription", body[:-1], "json-malformed")
    must_refuse("prescription", b" " * (BODY_BYTES_MAX + 1), "paper-too-large")


def test_codes_and_packs_are_counted_against_each_other() -> None:
    """One code a whole pack, over all lines once; a split pack may be settled with its code or without."""

    def with_lines(*lines: SettlementLine) -> Content:
        amount = f"{len(lines)}.00"
        return msgspec.structs.replace(SETTLEMENT, lines=list(lines), amount=amount, fund="0.00")

    one = SettlementLine(product="8770984", packs=1, amount="1.00", codes=[PACK])
    other = SettlementLine(product="8770984", packs=1, amount="1.00", codes=[OTHER_PACK])
    split = SettlementLine(product="8770984", packs=3, amount="1.00", codes=[OTHER_PACK], split=True)
    unscanned = SettlementLine(product="8770984", packs=3, amount="1.00")
    for lines in ((one, other), (one, split), (one, unscanned)):
        make_paper(with_lines(*lines))
    short = SettlementLine(product="8770984", packs=2, amount="1.00", codes=[PACK])
    for lines in ((one, one), (short,)):
        with pytest.raises(FormatError, match="paper-codes"):
            make_paper(with_lines(*lines))
    codes = [f"urn:nmpa:dtc:8770984{number:013}" for number in range(CODES_PER_EVENT_MAX + 2)]
    half = len(codes) // 2
    lines_ = [
        InvoiceLine(product="8770984", packs=half, amount="1500.00", codes=part)
        for part in (codes[:half], codes[half:])
    ]
    with pytest.raises(FormatError, match="paper-codes"):
        make_paper(msgspec.structs.replace(INVOICE, lines=lines_))


def test_no_error_repeats_a_value() -> None:
    """A number in the wrong place does not travel into logs."""
    secret = "TEST-NUMBER-THAT-MUST-NOT-SHOW"
    places: list[Json] = [{"payment": secret}, {"type": secret}, {"id": secret}, {secret: 1}]
    for members in [*places, {"lines": [{secret: 1}]}]:
        error = must_refuse("settlement", written("settlement", **members), "paper-member")
        assert secret not in str(error)


def test_each_kind_is_signed_by_someone_and_acts_as_something() -> None:
    """The table of papers covers all kinds, and the tags agree with it."""
    assert RULES.keys() == PAPERS.keys()
    for kind, rule in RULES.items():
        assert rule.content.__struct_config__.tag == kind == rule.kind
        assert rule.roles
        assert rule.act in {"settling", "mentioning", "seizing"}


texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
papers = st.one_of(
    st.builds(
        lambda product, reason, level, batches: Recall(
            id="urn:x:1", time="2026-12-05T01:00:00Z", product=product, reason=reason, level=level,
            batches=batches,
        ),
        st.from_regex(r"8[0-9]{6}", fullmatch=True), texts, st.sampled_from([1, 2, 3]),
        st.none() | st.lists(texts, min_size=1, max_size=4, unique=True).map(sorted),
    ),
    st.builds(
        lambda number, packs, batch: Invoice(
            id="urn:x:1", time="2026-12-05T01:00:00Z", number=number, seller="urn:x:2", buyer="urn:x:3",
            currency="CNY", amount="1.00", tax="0.00",
            lines=[InvoiceLine(product="8770984", packs=packs, amount="1.00", batch=batch)],
        ),
        texts, st.integers(), st.none() | texts,
    ),
)  # fmt: skip


@given(papers)
def test_what_is_accepted_is_exactly_rfc_8785(content: Content) -> None:
    """The fast test of spelling agrees with the plain one, for every text that a paper may hold."""
    with contextlib.suppress(FormatError):
        body = make_paper(content)
        assert canonical.dumps(canonical.loads(body)) == body
        kind = "recall" if isinstance(content, Recall) else "invoice"
        assert parse_paper(kind, body).content == content


@given(st.sampled_from(sorted(PAPERS)), st.integers(0, 700), st.integers(0, 7), st.integers(0, 6))
def test_damage_ends_in_a_code_or_in_another_paper(kind: str, at: int, bit: int, cut: int) -> None:
    """A bit flipped or bytes cut out anywhere: refused with a code, or a paper that prints back the same."""
    body = make_paper(PAPERS[kind])
    at %= len(body)
    flipped = bytes([body[at] ^ (1 << bit)]) + body[at + 1 :]
    damaged = body[:at] + (body[at + cut :] if cut else flipped)
    with contextlib.suppress(FormatError, CodeFault):
        assert make_paper(parse_paper(kind, damaged).content) == damaged
