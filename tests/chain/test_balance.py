"""The balance of all chains: zero exactly when every chain is whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.chain.balance import Balance, Tokens

KEY = bytes(range(32))
Link = tuple[str, int, bytes, int, int, bytes]


def columns(tokens: Sequence[Link]) -> Tokens:
    """Return tokens in columns; custody values may stand there twice."""
    codes, seqs, hashes, seals, positions, custodies = zip(*tokens, strict=True) if tokens else [()] * 6
    return Tokens(Balance(KEY).names(codes), seqs, b"".join(hashes), seals, positions, custodies, range(len(tokens)))


def chains(lengths: list[int]) -> list[list[Link]]:
    """Return chains of (code, seq, hash, seal, position, custody), one a pack."""
    return [
        [(f"pack {pack}", seq, bytes([pack, seq]) * 16, 100 + seq, pack, bytes([seq % 3])) for seq in range(length)]
        for pack, length in enumerate(lengths)
    ]


def total(links: list[list[Link]], heads: list[Link]) -> int:
    """Return the balance of these chains with these rows of packs."""
    balance = Balance(KEY)
    for chain in links:
        for at, (code, seq, *rest) in enumerate(chain):
            balance.hand_out(columns([(code, seq, *rest)]))
            if at:
                balance.take_in(columns([(code, seq - 1, *chain[at - 1][2:])]))
    balance.take_in(columns(heads))
    return balance.total


@given(st.lists(st.integers(1, 6), max_size=8))
def test_whole_chains_balance(lengths: list[int]) -> None:
    """Chains of any lengths, each ending where its pack's row says, sum to nothing."""
    links = chains(lengths)
    assert total(links, [chain[-1] for chain in links]) == 0


@given(st.lists(st.integers(1, 6), min_size=1, max_size=8), st.data())
def test_any_change_unbalances(lengths: list[int], data: st.DataObject) -> None:
    """A missing row, a row of another link, a fork or a doubled link is never balanced."""
    links = chains(lengths)
    heads = [chain[-1] for chain in links]
    pack = data.draw(st.integers(0, len(links) - 1))
    changes = ["missing row", "older row", "doubled row", "other custody", "other place", "fork"]
    change = data.draw(st.sampled_from(changes))
    code, seq, own, seal, position, custody = heads[pack]
    match change:
        case "missing row":
            del heads[pack]
        case "older row":
            assume(len(links[pack]) > 1)
            heads[pack] = links[pack][-2]
        case "doubled row":
            heads.append(heads[pack])
        case "other custody":
            heads[pack] = (code, seq, own, seal, position, custody + b"!")
        case "other place":
            heads[pack] = (code, seq, own, seal, position + 1, custody)
        case "fork":
            links.append([(code, 0, b"\xff" * 32, seal, position, custody)])

    assert total(links, heads) != 0


TOKENS = st.tuples(
    st.sampled_from(["a", "b"]), st.integers(0, 1), st.sampled_from([bytes(32), b"\1" * 32]),
    st.integers(4, 5), st.integers(0, 1), st.sampled_from([b"", b"\0"]),
)  # fmt: skip
STEPS = st.lists(st.tuples(st.booleans(), st.lists(TOKENS, max_size=4)), max_size=8)


@given(STEPS, st.booleans())
def test_it_is_zero_exactly_when_both_sides_agree(steps: list[tuple[bool, list[Link]]], paid_back: bool) -> None:
    """However tokens come, in turn, together, doubled, or before they were handed out: they are counted."""
    balance, parts = Balance(KEY), [Balance(KEY), Balance(KEY)]
    out: Counter[Link] = Counter()
    for number, (gives, tokens) in enumerate(steps):
        for each in (balance, parts[number % 2]):
            (each.hand_out if gives else each.take_in)(columns(tokens))
        for token in tokens:
            out[token] += 1 if gives else -1
    if paid_back:
        for token, count in out.items():
            for _ in range(abs(count)):
                (balance.take_in if count > 0 else balance.hand_out)(columns([token]))
        assert balance.total == 0
    else:
        whole = Balance(KEY)
        for part in parts:
            whole.add(part.total)
        assert whole.total == balance.total
        assert (balance.total == 0) == (not any(out.values()))


def test_more_tokens_than_are_summed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many come together, and however they are cut, they come out the same."""
    monkeypatch.setattr("ledger.chain.balance._TOKENS_AT_ONCE", 10)
    tokens: list[Link] = [("pack", at, bytes(32), 1, at, b"") for at in range(100)]
    balance = Balance(KEY)
    for at in range(0, 100, 4):
        balance.hand_out(columns(tokens[at : at + 4]))
    balance.take_in(columns(tokens[:-1]))
    assert balance.total != 0
    balance.take_in(columns(tokens[-1:]))
    assert balance.total == 0


TOKEN: Link = ("87709840000000015538", 7, bytes(range(32)), 1_000_000, 17, b"custody")
OTHERS = ["87709840000000015539", "8770984000000001553", "877098400000000155380", "01/09521234543213/21/SN%2F1",
          "87709840000000015538\0", "\0" * 20, "", "é" * 10, "é" * 20, "8770984000000001553é"]  # fmt: skip


def test_every_part_of_a_token_counts() -> None:
    """Tokens that differ in one part, in any of its bits, are not taken for each other."""
    code, seq, own, seal, position, custody = TOKEN
    numbers = [*(1 << bit for bit in range(63)), -1]
    changed: list[Link] = [
        *((other, *TOKEN[1:]) for other in OTHERS),
        *((code, seq ^ number, *TOKEN[2:]) for number in numbers),
        *((code, seq, (int.from_bytes(own, "big") ^ 1 << bit).to_bytes(32, "big"), *TOKEN[3:]) for bit in range(256)),
        *((code, seq, own, seal ^ number, position, custody) for number in numbers),
        *((code, seq, own, seal, position ^ number, custody) for number in numbers),
        *((code, seq, own, seal, position, other) for other in (b"", b"custody\0", b"Custody", bytes(32))),
        (code, seq, own, position, seal, custody), (code, seal, own, seq, position, custody),
    ]  # fmt: skip
    assert len(set(changed)) == len(changed)
    sums = set()
    for token in [TOKEN, *changed]:
        balance = Balance(KEY)
        balance.hand_out(columns([token]))
        sums.add(balance.total)
    assert len(sums) == 1 + len(changed)


@given(st.integers(0, 2**63 - 1), st.lists(st.integers(0, 255), min_size=4, max_size=4))
def test_linear_relations_do_not_cancel(low: int, masks: list[int]) -> None:
    """Four tokens whose parts sum and xor to the same on both sides differ all the same.

    A sum or an xor of anything linear in the parts would take {a, b} for {a ^ m, b ^ m}, and {a, d} for {b, c}
    where a + d = b + c: an attacker who knows no key may always choose such.
    """
    mask, at = bytes(masks) * 8, low // 2
    flipped = bytes(x ^ y for x, y in zip(TOKEN[2], mask, strict=True))
    code, seq, own, seal, position, custody = TOKEN
    squares = [
        # exchanged between two tokens: each column holds the same values on both sides
        ([(code, seq, own, seal, position, custody), ("other", seq, bytes(32), seal, position, custody)],
         [("other", seq, own, seal, position, custody), (code, seq, bytes(32), seal, position, custody)]),
        ([(code, seq, own, at, 1, custody), (code, seq, own, at + 1, 2, custody)],
         [(code, seq, own, at, 2, custody), (code, seq, own, at + 1, 1, custody)]),
        # arithmetic progression: first, second and mixed moments of one column alone cannot tell
        ([(code, 0, own, at, 0, b""), (code, 0, own, at + 3, 0, b""), (code, 0, own, at + 5, 0, b""),
          (code, 0, own, at + 6, 0, b"")],
         [(code, 0, own, at + 1, 0, b""), (code, 0, own, at + 2, 0, b""), (code, 0, own, at + 4, 0, b""),
          (code, 0, own, at + 7, 0, b"")]),
    ]  # fmt: skip
    if any(masks):
        squares.append(
            ([(code, 1, own, 5, 0, b""), (code, 2, flipped, 5, 0, b"")],
             [(code, 1, flipped, 5, 0, b""), (code, 2, own, 5, 0, b"")]),
        )  # fmt: skip
    for handed_out, taken_in in squares:
        balance = Balance(KEY)
        balance.hand_out(columns(handed_out))
        balance.take_in(columns(taken_in))
        assert balance.total != 0
        assert balance.total % 2**128 != 0  # by each of the two sums
        assert balance.total >> 256 not in (0, -1)


def test_many_of_one_token_do_not_vanish() -> None:
    """No number of the same token is nothing: sums have no modulus that they could be a multiple of."""
    balance = Balance(KEY)
    balance.hand_out(columns([TOKEN]))
    balance.add(balance.total * (2**256 - 1))
    assert balance.total != 0
    assert balance.total % 2**256 == 0  # with that modulus it would have been nothing


def test_the_key_decides() -> None:
    """Another key gives other sums, so that nobody can prepare a change that cancels out."""
    totals = []
    for key in (KEY, bytes(32)):
        balance = Balance(key)
        balance.hand_out(columns([TOKEN]))
        totals.append(balance.total)
    assert totals[0] != totals[1]
    assert (totals[0] - totals[1]) % 2**128 != 0
