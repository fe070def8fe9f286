"""The balance of all chains: zero exactly when every chain is whole."""

from __future__ import annotations

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
            balance.add(balance.token(code, seq + 1, *rest))
            if at:
                balance.add(-balance.token(code, seq, *chain[at - 1][2:]))
    for code, seq, *rest in heads:
        balance.add(-balance.token(code, seq + 1, *rest))
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


def test_the_key_decides() -> None:
    """Another key gives other tokens, so that nobody can prepare a change that cancels out."""
    link = ("pack", 1, bytes(32), 5, 0, b"")
    assert Balance(KEY).token(*link) != Balance(bytes(32)).token(*link)
