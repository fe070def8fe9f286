"""The balance of all chains: zero exactly when every chain is whole."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.chain.balance import Balance

KEY = bytes(range(32))
Link = tuple[str, int, bytes, int, int, bytes]


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
            balance.hand_out([(code, seq + 1, *rest)])
            if at:
                balance.take_in([(code, seq, *chain[at - 1][2:])])
    balance.take_in([(code, seq + 1, *rest) for code, seq, *rest in heads])
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
            (each.hand_out if gives else each.take_in)(tokens)
        for token in tokens:
            out[token] += 1 if gives else -1
    if paid_back:
        for token, count in out.items():
            for _ in range(abs(count)):
                (balance.take_in if count > 0 else balance.hand_out)([token])
        assert balance.total == 0
    else:
        whole = Balance(KEY)
        for part in parts:
            whole.add(part.total)
        assert whole.total == balance.total
        assert (balance.total == 0) == (not any(out.values()))


def test_more_tokens_than_are_kept_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no longer kept when it is taken in is summed instead, and comes out the same."""
    monkeypatch.setattr("ledger.chain.balance._KEPT_MAX", 10)
    tokens: list[Link] = [("pack", at, bytes(32), 1, at, b"") for at in range(100)]
    balance = Balance(KEY)
    for at in range(0, 100, 4):
        balance.hand_out(tokens[at : at + 4])
    balance.take_in(tokens[:-1])
    assert balance.total != 0
    balance.take_in(tokens[-1:])
    assert balance.total == 0


def test_the_key_decides() -> None:
    """Another key gives other sums, so that nobody can prepare a change that cancels out."""
    totals = []
    for key in (KEY, bytes(32)):
        balance = Balance(key)
        balance.hand_out([("pack", 1, bytes(32), 5, 0, b"")])
        totals.append(balance.total)
    assert totals[0] != totals[1]
