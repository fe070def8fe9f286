"""The links of a seal, made again, many pages at once: each is hashed, and goes into the balance, as if alone."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from ledger.auditing.links import Sealed, link_hashes
from ledger.chain.balance import Balance, Tokens
from ledger.chain.link import SALT_BYTES, link_bytes, link_hash, salts_of
from ledger.chain.page import LinkPage
from ledger.codes import known_uri
from ledger.errors import NotVerified
from ledger.limits import PAGE_LINKS_MAX

SEAL = 9_000
KEY = bytes(range(32))
FIRST = -1  # for a link that begins a chain


class Made(NamedTuple):
    """What a seal covers, and its pages."""

    pending: list[Sealed]
    pages: list[LinkPage]


def code(rng: Random, number: int, national: float) -> str:
    """Return a code of its own, national or GS1's."""
    return f"81{number:018}" if rng.random() < national else f"01/09521234543213/21/{number}"


def seal(rng: Random, links: int, national: float, begin: float) -> Made:
    """Return a few statements about so many packs, and pages whose tables of custody values all differ."""
    cuts = sorted({0, links, *(rng.randrange(links + 1) for _ in range(3))})
    codes = [code(rng, number, national) for number in range(links)]
    pending = [
        Sealed(SEAL - len(cuts) + at, rng.randbytes(32), rng.randbytes(16), codes[start:end])
        for at, (start, end) in enumerate(pairwise(cuts))
    ]
    entries = [sealed.index for sealed in pending for _ in sealed.codes]
    return Made(pending, [
        page(rng, codes[at : at + PAGE_LINKS_MAX], entries[at : at + PAGE_LINKS_MAX], begin)
        for at in range(0, links, PAGE_LINKS_MAX)
    ])


def page(rng: Random, codes: list[str], entries: list[int], begin: float) -> LinkPage:
    """Return a page of links about these packs, some of which begin their chains."""
    count = len(codes)
    custodies = [rng.randbytes(rng.randrange(4, 40)) for _ in range(rng.randrange(1, 5))]
    begins = [rng.random() < begin for _ in codes]
    return LinkPage(
        codes=codes,
        entries=entries,
        seqs=[0 if new else rng.randrange(1, 2**32) for new in begins],
        prevs=b"".join(bytes(32) if new else rng.randbytes(32) for new in begins),
        prev_seals=[FIRST if new else rng.randrange(SEAL) for new in begins],
        prev_positions=[FIRST if new else rng.randrange(10_000) for new in begins],
        befores=[FIRST if new else rng.randrange(len(custodies)) for new in begins],
        afters=[rng.randrange(len(custodies)) for _ in range(count)],
        custodies=custodies,
        anomalies=[],
    )


def expected(made: Made) -> tuple[list[bytes], int]:
    """Return the hashes and the balance, link by link."""
    balance = Balance(KEY)
    statements = {sealed.index: sealed for sealed in made.pending}
    salts = {sealed.index: salts_of(sealed.salt, max(len(sealed.codes), 1)) for sealed in made.pending}
    taken = dict.fromkeys(statements, 0)
    hashes: list[bytes] = []
    for link in (link for page in made.pages for link in page.links()):
        at, taken[link.entry] = taken[link.entry], taken[link.entry] + 1
        salt = salts[link.entry][SALT_BYTES * at : SALT_BYTES * (at + 1)]
        leaf = statements[link.entry].leaf
        own = link_hash(link_bytes(salt, link.seq, link.prev, leaf, known_uri(link.code)))
        name = balance.names([link.code])
        balance.hand_out(Tokens(name, [link.seq], own, [SEAL], [len(hashes)], [link.after], [0]))
        if link.before is not None:
            place = [link.prev_seal], [link.prev_position]
            balance.take_in(Tokens(name, [link.seq - 1], link.prev, *place, [link.before], [0]))
        hashes.append(own)
    return hashes, balance.total


@pytest.mark.parametrize(("links", "national", "begin"), [
    (1, 1.0, 0.5), (256, 1.0, 1.0), (257, 1.0, 0.0), (700, 1.0, 0.3), (700, 0.998, 0.3), (600, 0.0, 0.5),
    (17 * 256 + 3, 1.0, 0.3), (17 * 256 + 3, 0.9997, 0.3),
])  # fmt: skip
def test_links_are_as_one_by_one(links: int, national: float, begin: float) -> None:
    """On one page or on many, of national codes, of others, and of both: hashes and balance are those of each link."""
    made = seal(Random(f"{links} {national}"), links, national, begin)
    balance = Balance(KEY)
    hashes = link_hashes(balance, made.pending, SEAL, made.pages)
    assert (hashes, balance.total) == expected(made)


@pytest.mark.parametrize("at", [0, 255, 256, 699])
@pytest.mark.parametrize("national", [1.0, 0.99])
def test_a_chain_that_begins_in_the_middle(at: int, national: float) -> None:
    """A link that takes nothing in and yet has a number is found on whichever page it stands."""
    made = seal(Random(at), 700, national, 1.0)
    page = made.pages[at // PAGE_LINKS_MAX]
    seqs = list(page.seqs)
    seqs[at % PAGE_LINKS_MAX] = 3
    made.pages[at // PAGE_LINKS_MAX] = replace(page, seqs=seqs)
    with pytest.raises(NotVerified, match=page.codes[at % PAGE_LINKS_MAX]) as caught:
        link_hashes(Balance(KEY), made.pending, SEAL, made.pages)
    assert caught.value.code == "chain-broken"


def test_custody_values_of_another_page() -> None:
    """Each page has its own table of custody values: the same index stands for another value on another page."""
    made = seal(Random(5), 600, 1.0, 0.0)
    first, second, third = made.pages
    values = [b"another " + value for value in second.custodies]
    other = Made(made.pending, [first, replace(second, custodies=values), third])
    sums = []
    for each in (made, other):
        balance = Balance(KEY)
        link_hashes(balance, each.pending, SEAL, each.pages)
        assert balance.total == expected(each)[1]
        sums.append(balance.total)
    assert sums[0] != sums[1]
