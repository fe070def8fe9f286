"""Secrets that open the door: API keys, and the one-time codes by which stations enrol.

    plk_<id: 16 hex digits>_<secret: 64 hex digits>       an API key
    XXXXX-XXXXX-XXXXX-XXXXX-XXXXX                         an enrolment code, 125 bits in the letters of base32

Both are drawn by chance and shown once. The ledger keeps their SHA-256 alone: with so much chance in them nothing
can be guessed from it, and a slow hash, as passwords need, would only slow every request down.
"""

from __future__ import annotations

import hmac
import re
from base64 import b32encode
from hashlib import sha256
from typing import Final, NamedTuple

from ledger.clock import Randomness

__all__ = ["ApiKeySecret", "code_digest", "is_api_key", "make_api_key", "make_code", "read_api_key"]

_API_KEY: Final = re.compile(r"plk_([0-9a-f]{16})_([0-9a-f]{64})")
_CODE_GROUPS: Final = 5


class ApiKeySecret(NamedTuple):
    """An API key taken apart: the id that may be written anywhere, and the digest of what may not."""

    id: str
    digest: bytes

    def is_kept_as(self, digest: bytes) -> bool:
        """Say whether this is the secret whose digest is kept; takes the same time whatever the answer."""
        return hmac.compare_digest(self.digest, digest)


def make_api_key(random: Randomness) -> str:
    """Return a new API key as its holder must keep it."""
    return f"plk_{random(8).hex()}_{random(32).hex()}"


def is_api_key(text: str) -> bool:
    """Say whether a text is meant as an API key, rather than as a token of another kind."""
    return text.startswith("plk_")


def read_api_key(text: str) -> ApiKeySecret | None:
    """Take an API key apart, or return None when the text has not its form."""
    match = _API_KEY.fullmatch(text)
    return None if match is None else ApiKeySecret(match[1], sha256(text.encode()).digest())


def make_code(random: Randomness) -> str:
    """Return a new enrolment code: letters and digits that are not mistaken for each other on paper."""
    letters = b32encode(random(16)).decode()[: 5 * _CODE_GROUPS]
    return "-".join(letters[at : at + 5] for at in range(0, 5 * _CODE_GROUPS, 5))


def code_digest(text: str) -> bytes:
    """Return the digest of an enrolment code as typed: case, blanks and dashes do not matter."""
    return sha256(re.sub(r"[\s-]", "", text).upper().encode()).digest()
