"""What the tests' trade is made of: desks with keys, codes, a patient, chance that repeats; all from names and numbers.

`tests.kit` gives them on, beside the world that they live in.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256, shake_256
from typing import NamedTuple

from ledger.log.keys import EDDSA, PrivateKey
from ledger.papers.confidential import Confidential, Person

__all__ = ["PRODUCT", "Desk", "case_uri", "chance", "desk", "pack_uri", "patient"]

PRODUCT = "8770984"


class Desk(NamedTuple):
    """One station with its key, and whose it is; all are URIs but the name and the key."""

    name: str
    party: str
    site: str
    station: str
    key: PrivateKey

    @property
    def kid(self) -> str:
        """The key's name in registrations, hex."""
        return self.key.public.thumbprint().hex()


def desk(name: str, number: int = 1) -> Desk:
    """Return the `number`-th station of the party with this name; its key is made from both."""
    seed = sha256(f"{name} {number}".encode()).digest()
    home = f"https://{name}.example"
    return Desk(
        name, f"{home}/", f"{home}/shop", f"{home}/shop/{number}", PrivateKey.from_seed(EDDSA, seed)
    )


def chance(seed: str) -> Callable[[int], bytes]:
    """Return a source of bytes that look random and are the same in every run."""
    calls = iter(range(2**62))
    return lambda count: shake_256(f"{seed} {next(calls)}".encode()).digest(count)


def pack_uri(number: int, product: str = PRODUCT) -> str:
    """Return the URI of a pack of the test product: serial and check part are `number`."""
    return f"urn:nmpa:dtc:{product}{number:013d}"


def case_uri(number: int) -> str:
    """Return the URI of a case, an SSCC with a right check digit."""
    digits = f"06901234{number:09d}"
    odd, even = sum(map(int, digits[::2])), sum(map(int, digits[1::2]))
    return f"https://id.gs1.org/00/{digits}{-(3 * odd + even) % 10}"


def patient(number: str = "P-0001") -> Confidential:
    """Return the personal fields of a made-up patient."""
    return Confidential(patient=Person(id_type="insurance_card", id_number=number), prescriber="D-1")
