"""A log as it shows itself over HTTP: `/checkpoint`, `/tile/…`, `/tile/entries/…` (C2SP tlog-tiles)."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from ledger.errors import Denied, FormatError, NotVerified
from ledger.limits import ENTRY_BUNDLE_BYTES_MAX, NOTE_BYTES_MAX
from ledger.log.merkle import HASH_BYTES, TILE_WIDTH
from ledger.log.tiles import TilePath, parse_bundle, print_tile_path, width_at
from ledger.web import Web, require_url

__all__ = ["RemoteLog"]

_FOUND: Final = 200
_DENIED: Final = frozenset({401, 403})
_GONE: Final = frozenset({404, 410})
_TILES_KEPT: Final = 64


class RemoteLog:
    """Reads a log's documents; each has the length that it must have, and nothing else is known of it.

    Args:
        url: prefix under which the log shows itself.
        web: how it is asked.
    """

    def __init__(self, url: str, web: Web) -> None:
        require_url(url)
        self._prefix = url.rstrip("/")
        self._web = web
        self._tiles: OrderedDict[TilePath, bytes] = OrderedDict()

    def checkpoint(self) -> bytes:
        """Return the newest checkpoint that the log shows.

        Raises:
            NotVerified: `remote-missing`.
            Unavailable, FormatError: as `Web.get`.
            Denied: `remote-denied`.
        """
        note = self._get("checkpoint", NOTE_BYTES_MAX)
        if note is None:
            raise NotVerified("remote-missing", "it shows no checkpoint")
        return note

    def tile(self, size: int, level: int, number: int) -> bytes:
        """Return all hashes of a tile in a tree of `size` leaves, side by side; empty when it has none.

        Raises:
            NotVerified: `tile-missing`, `tile-wrong` when it has another length.
            Unavailable, FormatError: as `Web.get`.
        """
        path = TilePath(level, number, width_at(size, level, number))
        if not path.width:
            return b""
        hashes = self._tiles.get(path)
        if hashes is None:
            hashes = self._wide(path, TILE_WIDTH * HASH_BYTES)
            if len(hashes) % HASH_BYTES or len(hashes) < path.width * HASH_BYTES:
                raise NotVerified("tile-wrong", f"{print_tile_path(path)} has {len(hashes)} bytes")
            hashes = self._tiles[path] = hashes[: path.width * HASH_BYTES]
            if len(self._tiles) > _TILES_KEPT:
                self._tiles.popitem(last=False)
        return hashes

    def entries(self, size: int, number: int) -> list[bytes]:
        """Return the entries below a tile of level 0 in a tree of `size` leaves.

        Raises:
            NotVerified: `tile-missing`; `entry-malformed` when the bundle is none, or has too few.
            Unavailable, FormatError: as `Web.get`.
        """
        path = TilePath(None, number, width_at(size, 0, number))
        first = number * TILE_WIDTH
        try:
            entries = parse_bundle(self._wide(path, ENTRY_BUNDLE_BYTES_MAX))
        except FormatError as error:
            if error.code != "bundle-malformed":
                raise
            raise NotVerified("entry-malformed", f"{print_tile_path(path)}: {error.detail}", index=first) from None
        if len(entries) < path.width:
            detail = f"{print_tile_path(path)} ends too early"
            raise NotVerified("entry-malformed", detail, index=first + len(entries))
        return entries[: path.width]

    def _wide(self, path: TilePath, bytes_max: int) -> bytes:
        """Return a tile or a bundle; when a partial one is gone, the full one that took its place."""
        found = self._get(print_tile_path(path), bytes_max)
        if found is None and path.width < TILE_WIDTH:
            # tlog-tiles: partial tiles may be deleted once the full tile is there.
            found = self._get(print_tile_path(TilePath(path.level, path.number)), bytes_max)
        if found is None:
            raise NotVerified("tile-missing", print_tile_path(path))
        return found

    def _get(self, path: str, bytes_max: int) -> bytes | None:
        answer = self._web.get(f"{self._prefix}/{path}", bytes_max)
        if answer.status in _GONE:
            return None
        if answer.status in _DENIED:
            raise Denied("remote-denied", f"{path}: status {answer.status}")
        if answer.status != _FOUND:
            raise FormatError("remote-answer-malformed", f"{path}: status {answer.status}")
        return answer.content
