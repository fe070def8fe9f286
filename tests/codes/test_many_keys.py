"""Keys of many URIs at once are those of each alone, and the same faults are found."""

from __future__ import annotations

import pytest

from ledger.codes.code import key_of, keys_of
from ledger.errors import CodeFault

PREFIX = "urn:nmpa:dtc:"
GOOD = [f"{PREFIX}8{number:019d}" for number in range(4)]
BAD = [
    f"{PREFIX}7{'0' * 19}",  # another first digit
    f"{PREFIX}8{'0' * 18}",
    f"{PREFIX}8{'0' * 20}",
    f"{PREFIX}8{'٣' * 19}",  # digits of another script
    f"{PREFIX[1:]}8{'0' * 20}",  # the prefix begins one character late
    "8" * 33,
    PREFIX,
    "",
]


def test_national_codes_are_read_together() -> None:
    """A list of them gives the key of each, in order; so does a list with codes of another scheme."""
    mixed = [*GOOD, "https://id.gs1.org/01/09521234543213/21/SN0001"]
    assert keys_of([]) == []
    assert keys_of(GOOD) == [key_of(uri) for uri in GOOD]
    assert keys_of(mixed) == [key_of(uri) for uri in mixed]


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("place", [0, 2, 4])
def test_one_bad_code_among_good_ones_is_refused(bad: str, place: int) -> None:
    """Wherever it stands, it is refused as it is alone."""
    with pytest.raises(CodeFault) as alone:
        key_of(bad)
    with pytest.raises(CodeFault) as among:
        keys_of([*GOOD[:place], bad, *GOOD[place:]])
    assert (among.value.code, among.value.span) == (alone.value.code, alone.value.span)
