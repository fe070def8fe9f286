"""Officers' keys, kept by the gateway: with them the ledger signs what an officer does through its own door.

Whoever has a station signs there, and the key never leaves it. An officer who works through a browser or a program
of the office has none; for them the gateway keeps one key each, so that every action still names its officer.
That the gateway holds such a key stands in its registration (`keeper`): its signature is worth the gateway's word.

Nothing is stored: a key is derived from the gateway's secret, the station's URI and the time from which it is valid,
so that a station whose key ended gets another.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ledger.log.keys import EDDSA, PrivateKey

__all__ = ["OfficerKeys"]


class OfficerKeys:
    """Holds what the keys are derived from."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def __repr__(self) -> str:
        return "OfficerKeys()"  # never the key

    def key(self, station: str, valid_from: int) -> PrivateKey:
        """Return the key of the station with this URI that is valid from this second on."""
        info = f"packledger officers v1\0{station}\0{valid_from}".encode()
        return PrivateKey.from_seed(EDDSA, HKDF(SHA256(), 32, None, info).derive(self._secret))
