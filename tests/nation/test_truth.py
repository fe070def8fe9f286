"""The truth file has one spelling, and its page shows one that the code made."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import pytest

from ledger import canonical
from ledger.errors import FormatError
from ledger.nation import Crime, Kind, Truth, build, parse_truth, print_truth
from tests.nation.conftest import START, Played

PAGE = Path(__file__).parents[2] / "docs" / "formats" / "truth.md"


def test_the_truth_reads_back(country: Played) -> None:
    """Printing and reading are each other's inverse."""
    assert parse_truth(print_truth(country.truth)) == country.truth


EXAMPLE = re.compile(r"(?<=^```json\n).*?(?=^```)", re.MULTILINE | re.DOTALL)


def example() -> Truth:
    """Return the truth that the page shows."""
    return build(400, 1, 1, START).truth()


def rebuild() -> None:
    """Write the example of the page anew: `python -m tests.nation.test_truth`."""
    shown = json.dumps(msgspec.to_builtins(example()), indent=2, ensure_ascii=False) + "\n"
    PAGE.write_text(EXAMPLE.sub(lambda _: shown, PAGE.read_text("utf-8")), "utf-8")


def test_the_page_shows_what_the_code_makes() -> None:
    """The example of the page is the truth of the country that the page names, but for blanks."""
    (shown,) = EXAMPLE.findall(PAGE.read_text("utf-8"))
    assert canonical.dumps(json.loads(shown)) == print_truth(example())


def small() -> Truth:
    """Return a truth with one crime."""
    crime = Crime(
        name="sold-twice",
        packs=["urn:nmpa:dtc:89900110000000010000", "urn:nmpa:dtc:89900110000000020000"],
        persons=["SYN-000001", "SYN-000002"],
        prescribers=["SYN-D-00012-1"],
        institutions=["https://id.gs1.org/417/9521000000016"],
        cents=3_780,
        kilograms="0.084",
        begin=START + 10,
        end=START + 20,
    )
    kind = Kind(name="sold-twice", done="Something.", hidden=False)
    return Truth(
        packs=400, months=1, seed=1, start=START, thirty_tons=0, asked=["sold-twice"], kinds=[kind], crimes=[crime]
    )


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b'"cents":3780', b'"cents":3780.0', "truth-malformed"),
        (b'"cents":3780', b'"cents":-1', "truth-malformed"),
        (b'"cents":3780', b'"cents":"3780"', "truth-malformed"),
        (b'"cents":3780,', b"", "truth-malformed"),
        (b'"cents":3780', b'"cents":3780,"cents":3780', "json-ambiguous"),
        (b'"cents":3780', b'"cents":3780,"found":"rule"', "truth-malformed"),
        (b'"0.084"', b'"0.84"', "truth-malformed"),
        (b'"0.084"', b'"00.084"', "truth-malformed"),
        (b'"0.084"', b'"0.084\\n"', "truth-malformed"),
        (b'"0.084"', '"0.08٤"'.encode(), "truth-malformed"),
        (b"SYN-000001", "SYN-00000１".encode(), "truth-malformed"),
        (b"SYN-000001", b"000001", "truth-malformed"),
        (b"SYN-000002", b"SYN-000000", "truth-malformed"),
        (b"SYN-000002", b"SYN-000001", "truth-malformed"),
        (b"00020000", b"00010000", "truth-malformed"),
        (b'"sold-twice"', b'"Sold twice"', "truth-malformed"),
        (b'"name":"sold-twice"', b'"name":"card-ring"', "truth-malformed"),
        (b'"hidden":false', b'"hidden":0', "truth-malformed"),
        (b"SYN-D-00012-1", b"SYN-000012", "truth-malformed"),
        (b'"begin":1795305610', b'"begin":1795305630', "truth-malformed"),
        (b'"Something."', b'"\\u0053omething."', "truth-malformed"),
        (b'"Something."', b'"\\ud800"', "json-ambiguous"),
        (b'{"asked"', b' {"asked"', "truth-malformed"),
        (b'{"asked"', b"[" * 100_000, "json-too-deep"),
        (b'{"asked"', b"\xff", "json-malformed"),
    ],
)
def test_another_spelling_is_refused(old: bytes, new: bytes, code: str) -> None:
    """Every altered file is refused, by a stable code."""
    data = print_truth(small())
    assert old in data
    assert parse_truth(data) == small()
    with pytest.raises(FormatError) as refused:
        parse_truth(data.replace(old, new, 1))
    assert refused.value.code == code


def test_a_cut_file_is_refused() -> None:
    """No beginning of a truth file is a truth file."""
    data = print_truth(small())
    for length in range(len(data)):
        with pytest.raises(FormatError):
            parse_truth(data[:length])


def test_the_truth_names_no_rule() -> None:
    """A crime has these members and no other: nothing says how it is to be found."""
    assert {field.name for field in msgspec.structs.fields(Crime)} == {
        "name", "packs", "persons", "prescribers", "institutions", "cents", "kilograms", "begin", "end",
    }  # fmt: skip


if __name__ == "__main__":
    rebuild()
