"""National forms: what a row becomes, what of it is kept and where, and whatever else may come."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.custody.event import parse_event
from ledger.custody.rules import RULES
from ledger.errors import CodeFault, FormatError
from ledger.importing import Form, draw_lines
from ledger.national import BILLS, Drawn, read_bill, read_sale, sales_in
from ledger.papers.confidential import parse_confidential
from tests.national.examples import BILL, MESSAGE, PAGES, SENDER, bill, sale, with_examples

PACK = "87709840000000015538"


def sold(**changes: Any) -> Drawn:
    """Return what a row becomes that differs from the example in these fields; None takes one away."""
    (row,) = sales_in(MESSAGE)
    return read_sale({name: value for name, value in (row | changes).items() if value is not None}, SENDER)


@pytest.mark.parametrize("page", ["bill.md", "sale.md"])
def test_the_pages_show_what_the_code_makes(page: str) -> None:
    """Every example, and the whole table of types."""
    text = (PAGES / page).read_text("utf-8")
    assert with_examples(page, text) == text
    if page == "bill.md":
        for number, each in BILLS.items():
            way = ", in" if number < "2" else ", out"
            assert f"| {number} | {each.zh} | {each.en}{way} | {each.act} |" in text


def test_every_type_of_bill_is_an_act() -> None:
    """Each becomes an event of the act that its row says."""
    for number, each in BILLS.items():
        assert each.act in RULES
        event = parse_event(read_bill(BILL | {"bill_type": number}, SENDER).body)
        assert event.kind == each.act


def test_nothing_is_lost_of_a_bill() -> None:
    """Every field that is not personal stands in the body, as it was written; every text that is no code as well."""
    body = json.loads(bill().body)
    for name in BILL.keys() - {"trace_codes", "oper_ic_name"}:
        assert body[f"cn:{name}"] == str(BILL[name])
    assert body["epcList"] == [f"urn:nmpa:dtc:{PACK}"]
    assert [(each["cn:place"], each["cn:fault"]) for each in body["cn:faults"]] == [
        ("2", "code-twice"), ("3", "scanner-truncated"),
    ]  # fmt: skip
    assert bill().left_out == ("oper_ic_name",)
    assert body["destinationList"][0]["destination"] == "https://pharmacy.example/"
    assert body["eventTime"] == "2026-11-22T04:37:00Z"


def test_what_is_personal_is_kept_apart() -> None:
    """Nothing of the patient, and nothing that nobody documented, stands in the body; all of it beside it."""
    drawn = sale()
    assert drawn.confidential is not None
    part = parse_confidential(drawn.confidential)
    assert (part.patient.id_type, part.patient.id_number) == ("insurance_card", "6108000000001")
    assert part.settlement == "610000G0001"
    assert part.others is not None
    assert part.others["psn_name"] == "李四"
    assert part.others["queue_no"] == "A17"
    for secret in ("6108000000001", "李四", "610000G0001", "A17"):
        assert secret in drawn.confidential.decode()
        assert secret not in drawn.body.decode()
        assert secret not in drawn.subject
    event = parse_event(drawn.body)
    assert (event.insured, event.batch, event.expiry, event.site) == (
        True, "B1", 20281231, "https://pharmacy.example/shop",
    )  # fmt: skip


def test_numbers_stay_as_they_were_written() -> None:
    """A price is no float on its way in."""
    (line,) = draw_lines("sales", json.dumps(MESSAGE).replace("25.5", "25.500000").encode(), SENDER)
    assert isinstance(line, Drawn)
    assert json.loads(line.body)["cn:finl_trns_pric"] == "25.500000"


def test_variants_of_a_sale() -> None:
    """Paid by the patient, split, returned, by document, without codes, with another count, with a single code."""
    assert not parse_event(sold(mdtrt_setl_type="2").body).insured
    assert parse_event(sold(mdtrt_setl_type=None).body).insured
    assert parse_event(sold(trdn_flag="1", sel_retn_cnt="0.5").body).partial
    assert parse_event(sold(infno="3506").body).kind == "undoing-dispense"
    by_card = sold(psn_no=None, certno="61080019900101001X").confidential
    assert by_card is not None
    assert parse_confidential(by_card).patient.id_type == "identity_card"
    nobody = sold(psn_no=None)
    assert nobody.confidential is None
    assert set(nobody.left_out) == {"psn_name", "setl_id"}
    uncoded = parse_event(sold(drugtracinfo=None).body)
    assert (uncoded.codes, uncoded.kind) == ([], "dispensing")
    assert [each.fault for each in sold(sel_retn_cnt="2.0000").faults] == ["import-count"]
    assert parse_event(sold(drugtracinfo=None, drug_trac_codg=PACK).body).codes == [PACK]


def test_the_same_row_is_the_same_event() -> None:
    """To the byte; another row is another one, and another sender's is another one."""
    assert sale() == sale()
    assert sold(memo="x").subject != sale().subject
    other = SENDER._replace(secret=lambda data: SENDER.secret(b"other" + data))
    (row,) = sales_in(MESSAGE)
    assert read_sale(row, other).subject != sale().subject
    assert read_bill(BILL, SENDER._replace(party="https://rival.example/")).subject != bill().subject


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"bill_type": 999}, "import-type"), ({"bill_type": None}, "import-type"), ({"bill_code": ""}, "import-field"),
        ({"bill_time": "yesterday"}, "import-time"), ({"bill_time": "1969-01-01"}, "import-time"),
        ({"trace_codes": []}, "import-field"), ({"trace_codes": ["8"] * 3_501}, "import-codes"),
        ({f"f{n}": "x" for n in range(101)}, "import-field"),
    ],
)  # fmt: skip
def test_bills_that_are_refused(changes: dict[str, Any], code: str) -> None:
    """Each for its reason; a neighbour is not."""
    lines = draw_lines("bills", json.dumps([BILL | changes, BILL]).encode(), SENDER)
    assert isinstance(lines[0], FormatError)
    assert lines[0].code == code
    assert isinstance(lines[1], Drawn)


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b'{"a":', "Expecting value at character 5"), (b'{"a":1,"a":2}', "a name stands twice"),
        (b'{"a":NaN}', "NaN is no number in JSON"), (b"[" * 100_000, "nested too deeply"),
        (b'{"a":1}\n{"a":2}\n{"a"}\n', "line 3: Expecting ':' delimiter at character 4"), (b"\xff", "not UTF-8"),
    ],
)  # fmt: skip
def test_the_cause_is_told(data: bytes, cause: str) -> None:
    """Where it stopped, and why; nothing of what stands there."""
    with pytest.raises(FormatError) as caught:
        draw_lines("bills", data, SENDER)
    assert caught.value.detail == cause


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "import-malformed"), (b"1", "import-malformed"), (b"[]", "import-malformed"),
        (b"[1]", "import-malformed"),
        (b'{"a":1,"a":2}', "import-malformed"), (b'{"a":NaN}', "import-malformed"), (b"\xff", "import-malformed"),
        (b"[" * 100_000, "import-malformed"), (b"[{}" + b",{}" * 1_000 + b"]", "import-too-many-lines"),
    ],
)  # fmt: skip
def test_files_that_are_refused(data: bytes, code: str) -> None:
    """As a whole, in words."""
    for form in ("bills", "sales"):
        with pytest.raises(FormatError) as caught:
            draw_lines(form, data, SENDER)  # type: ignore[arg-type]
        assert caught.value.code == code


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
    | st.sampled_from([PACK, "2026-11-22 12:37:00", "3505", "\ud800", "\x00", "9" * 600]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    form=st.sampled_from(["bills", "sales"]),
    changes=st.dictionaries(
        st.sampled_from([*BILL, *MESSAGE["input"]["selinfo"], "infno", "customer_id", "memo", "x y", "infno "]), values,
        max_size=4,
    ),
)  # fmt: skip
def test_whatever_stands_in_a_field(form: Form, changes: dict[str, Any]) -> None:
    """A line is an event that parses, or a fault with a code; never anything else."""
    row = BILL | changes
    if form == "sales":
        row = {**MESSAGE, "input": {"selinfo": MESSAGE["input"]["selinfo"] | changes}} | {
            name: value for name, value in changes.items() if name in ("infno", "memo")
        }
    for line in draw_lines(form, json.dumps([row]).encode(), SENDER):
        if isinstance(line, Drawn):
            parse_event(line.body)
        else:
            assert isinstance(line, FormatError | CodeFault)
