"""Webhooks: answers sent to an address that somebody named, without being led into places that are not theirs.

    1. https alone, on a host that is reached by public addresses alone; all that its name stands for are looked at
    2. the address that was looked at is the one that is connected to, so that a name cannot change in between
    3. a redirection is no answer, and nothing of an answer is read but its status
    4. signed as Standard Webhooks has it (https://www.standardwebhooks.com), and by EPCIS's `GS1-Signature` as well

Hosts that a setting names are exempt from 1.
"""

from __future__ import annotations

import base64
import hmac
import ipaddress
import socket
from collections.abc import Callable, Collection
from typing import Any, Final
from urllib.parse import urlsplit

from ledger.errors import Misuse, Unavailable
from ledger.limits import DELIVERY_SECONDS_MAX, URI_CHARACTERS_MAX
from ledger.web import Web, require_url

__all__ = ["Sender", "signature_headers"]

_JSON: Final = "application/ld+json"
Lookup = Callable[..., list[Any]]

_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_ROUTED: Final = ipaddress.ip_network("2000::/3")
# What the standard library of some Pythons takes for global: IANA's special blocks, 6to4 relays, documentation.
_SPECIAL: Final = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20")))


class Sender:
    """Sends answers.

    Args:
        private_hosts: hosts that may be reached by http and by private addresses.
        lookup: finds a host's addresses, as `socket.getaddrinfo` does.
    """

    def __init__(self, private_hosts: Collection[str], lookup: Lookup = socket.getaddrinfo) -> None:
        self._private = {host.strip().lower() for host in private_hosts if host.strip()}
        self._lookup = lookup
        self._web = Web(seconds=DELIVERY_SECONDS_MAX, address_of=self._address_of)

    def require(self, url: str) -> None:
        """Require that answers may be sent to this address.

        Raises:
            Misuse: `webhook-address`.
        """
        if len(url) > URI_CHARACTERS_MAX:
            raise Misuse("webhook-address", f"at most {URI_CHARACTERS_MAX} characters")
        try:
            require_url(url)
        except Misuse as error:
            raise Misuse("webhook-address", error.detail) from None
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme != "https" and host not in self._private:
            raise Misuse("webhook-address", "https:// alone")
        try:
            self._address_of(host, parts.port or 443)
        except Unavailable:
            raise Misuse("webhook-address", "no host of this name is found") from None

    def send(self, url: str, content: bytes, headers: dict[str, str]) -> int:
        """Send once; return the status of the answer.

        Raises:
            Misuse: `webhook-address`, also when the name now stands for another address.
            Unavailable: `remote-unavailable`.
        """
        self.require(url)
        return self._web.send(url, content, {"Content-Type": _JSON, **headers})

    def _address_of(self, host: str, port: int) -> str:
        """Return an address of this host, all of whose addresses are public."""
        try:
            found = self._lookup(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise Unavailable("remote-unavailable", "its name is not found") from None
        addresses = [str(each[4][0]) for each in found]
        if not addresses:
            raise Unavailable("remote-unavailable", "its name is not found")
        if host.lower() not in self._private and not all(map(_is_public, addresses)):
            raise Misuse("webhook-address", "an address that is not public")
        return addresses[0]


def _is_public(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        # An IPv4 address in the clothes of IPv6 (mapped, 6to4, Teredo, NAT64) is judged as what it leads to.
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is not None:
            return _is_public(str(inner))
        if address in _NAT64:
            return _is_public(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
        # Other clothes (RFC 4291 compatible, RFC 2765 translated, a network's own NAT64) lie outside of what the world
        # routes: RFC 4291 §2.4, "all other addresses are reserved".
        if address not in _ROUTED:
            return False
    return address.is_global and not address.is_multicast and not any(address in each for each in _SPECIAL)


def signature_headers(token: str, delivery_id: str, now: int, content: bytes) -> dict[str, str]:
    """Return the headers that show who sent this, and when: HMAC-SHA-256 of `id.timestamp.content` by the secret."""
    signed = f"{delivery_id}.{now}.".encode() + content
    signature = "v1," + base64.b64encode(hmac.digest(token.encode(), signed, "sha256")).decode("ascii")
    return {
        "webhook-id": delivery_id, "webhook-timestamp": str(now), "webhook-signature": signature,
        "GS1-Signature": signature,
    }  # fmt: skip
