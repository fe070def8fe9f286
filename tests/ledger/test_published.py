"""What is proven from memory is what the database proves, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.errors import Unavailable
from ledger.export import Exporter
from ledger.log.checkpoint import Checkpoint
from ledger.log.merkle import leaf_hash
from ledger.log.tree import Tree, prove_inclusion
from ledger.published import Published
from tests.kit import World

LEAVES = [leaf_hash(number.to_bytes(4, "big")) for number in range(70_000)]


@pytest.mark.parametrize(
    ("before", "size"),
    [(0, 1), (0, 2), (3, 200), (255, 256), (255, 257), (250, 300), (511, 513), (65_530, 65_536), (65_530, 65_550)],
)
def test_paths_from_memory_are_those_of_the_whole_tree(before: int, size: int) -> None:
    """At every boundary of tiles, each new leaf is reached, and has the path that all tiles together give."""
    tree, stored = Tree(), {}
    tree.extend(LEAVES[:before])
    stored.update({(tile.level, tile.number): tile.hashes for tile in tree.take_tiles()})
    tree.extend(LEAVES[before:size])
    tiles = tree.take_tiles()
    stored.update({(tile.level, tile.number): tile.hashes for tile in tiles})
    published = Published.of(Checkpoint("ledger.example", size, tree.root()), tree, tiles)
    for index in range(before, size):
        assert published.reaches(index)
        whole = prove_inclusion(index, size, lambda level, number: stored.get((level, number), b""))
        assert prove_inclusion(index, size, published.read_tile) == whole
    assert not published.reaches(size)
    assert published.reaches(0) == ((0, 0) in published.tiles)


def test_receipts_of_old_and_new_statements(tmp_path: Path, sqlite_url: str) -> None:
    """A receipt made from memory is the one made from the database; what is older is read there."""
    with World(tmp_path / "home", sqlite_url) as world:
        world.record(*(world.commission(world.packs(1)) for _ in range(300)))
        outcomes = world.record(*(world.commission(world.packs(1)) for _ in range(3)))
        published = world.recorder.published
        assert published is not None
        exporter = Exporter(world.ledger.database, world.trust, world.ledger.key)
        new = [each.index for each in outcomes if each.index is not None]
        expected = exporter.receipts([0, *new])
        assert exporter.receipts([0, *new], published) == expected
        assert not published.reaches(0)
        world.ledger.database.engine.dispose()
        Path(sqlite_url.removeprefix("sqlite:///")).rename(tmp_path / "aside")
        assert exporter.receipts(new, published) == expected[1:]
        with pytest.raises(Unavailable):
            exporter.receipts([0, *new], published)
