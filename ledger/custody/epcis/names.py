"""Names of extension members: a namespace and a local name, in one spelling for JSON and XML.

    JSON  "@context": {"ext": "https://example.org/terms/"}   "ext:colour": "green"
    XML   xmlns:ext="https://example.org/terms/"              <ext:colour>green</ext:colour>

A body names each namespace by one prefix: the standard's own, ours, else the author's when that is free,
else `ns1`, `ns2` … . Local names are those that XML can carry, in ASCII.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ledger.custody.epcis.faults import CaptureFault
from ledger.custody.fields import URI
from ledger.custody.vocabulary import TERMS
from ledger.limits import EXTENSION_NAMESPACES_MAX, EXTENSION_VALUES_MAX, URI_CHARACTERS_MAX

__all__ = ["CONTEXT", "EPCIS_SPACES", "STANDARD", "Names", "declared_prefixes"]

CONTEXT: Final = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"

# The prefixes that EPCIS's own context declares, and ours. XML writes the namespace of cbvmda without the colon.
STANDARD: Final = {
    "pl": TERMS,
    "cbvmda": "urn:epcglobal:cbv:mda:",
    "cbv": "https://ref.gs1.org/cbv/",
    "epcis": "https://ref.gs1.org/epcis/",
    "gs1": "https://gs1.org/voc/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "dcterms": "http://purl.org/dc/terms/",
}
# In XML these belong to the standard's roots, to XML itself and to schema validators: no extension is in them.
EPCIS_SPACES: Final = frozenset(f"urn:epcglobal:epcis{k}:xsd:{n}" for k in ("", "-query") for n in (1, 2))
_TAKEN: Final = EPCIS_SPACES | {
    "http://www.w3.org/XML/1998/namespace",
    "http://www.w3.org/2000/xmlns/",
    "http://www.w3.org/2001/XMLSchema-instance",
}
_ALIASES: Final = {
    "urn:epcglobal:cbv:mda": "urn:epcglobal:cbv:mda:",
    "https://ref.gs1.org/voc/": "https://gs1.org/voc/",
}
_PREFIX_OF: Final = {namespace: prefix for prefix, namespace in STANDARD.items()}
_RESERVED: Final = STANDARD.keys() | {
    "xml", "xmlns", "xs", "xsi", "epcisq", "sbdh", "epcglobal", "urn", "http", "https", "ni",
}  # fmt: skip
_OWN_CONTEXTS: Final = re.compile(
    r"https://ref\.gs1\.org/standards/epcis/(?:[0-9.]+/)?epcis-context\.jsonld"
    r"|https://gs1\.github\.io/EPCIS/epcis-context\.jsonld"
)

_NUMBERED: Final = re.compile(r"ns[0-9]+")
_LOCAL: Final = re.compile(r"[A-Za-z_][A-Za-z0-9._-]*")
_IRI: Final = re.compile(URI)
_SPLIT: Final = re.compile(r"(.*[/#:])([^/#:]+)", re.DOTALL)


class Names:
    """The names of one event: what its document declares, and what the body will.

    Attributes:
        declared: prefix to namespace, as the author has them.
        remote: addresses of contexts that are not EPCIS's own; they stay in the body, unread.
        used: prefix to namespace, as the body will declare them.
    """

    def __init__(self, declared: Mapping[str, str], remote: tuple[str, ...] = ()) -> None:
        self.declared = STANDARD | dict(declared)
        self._own = {prefix: space for prefix, space in declared.items() if prefix not in _RESERVED}
        self.remote = remote
        self.used: dict[str, str] = {}
        self._values = 0

    def count_value(self, path: str) -> None:
        """Count one more value of an extension.

        Raises:
            CaptureFault: `epcis-extension` when the event has had enough.
        """
        self._values += 1
        if self._values > EXTENSION_VALUES_MAX:
            raise CaptureFault("epcis-extension", f"more than {EXTENSION_VALUES_MAX} values in all", path=path)

    def expanded(self, address: str, path: str) -> str:
        """Return an address in full where its author wrote it with a prefix of theirs (JSON-LD 1.1 §4.1.5).

        Raises:
            CaptureFault: `event-uri` for a prefix that is nobody's and could become one of the body's.
        """
        prefix, _, local = address.partition(":")
        if prefix in self._own and not local.startswith("//"):
            return self._own[prefix] + local
        if _NUMBERED.fullmatch(prefix):
            raise CaptureFault("event-uri", f"the prefix {prefix} is not declared", path=path)
        return address

    def spelled(self, name: str, path: str) -> str:
        """Return a member's name as the body spells it.

        Raises:
            CaptureFault: `epcis-name` when it is in no namespace, or XML could not carry it.
        """
        prefix, colon, local = name.partition(":")
        namespace = self.declared.get(prefix) if colon and not local.startswith("//") else None
        if namespace is None:
            prefix, namespace, local = _cut(name)
        return self.name(namespace, local, prefix, path)

    def name(self, namespace: str, local: str, wanted: str, path: str) -> str:
        """Return the spelling of a name in a namespace; `wanted` is the author's prefix, "" without one."""
        if not namespace or _LOCAL.fullmatch(local) is None:
            raise CaptureFault("epcis-name", "a name in no namespace, or with other characters", path=path)
        if len(namespace) + len(local) > URI_CHARACTERS_MAX or _IRI.fullmatch(namespace + local) is None:
            raise CaptureFault("epcis-name", "a namespace that is no address, or a long name", path=path)
        if namespace in _TAKEN:
            raise CaptureFault("epcis-name", "a namespace in which there are no extensions", path=path)
        namespace = _ALIASES.get(namespace, namespace)
        prefix = self._prefix(namespace, wanted)
        if prefix not in STANDARD and prefix not in self.used and len(self.used) >= EXTENSION_NAMESPACES_MAX:
            raise CaptureFault("epcis-name", f"more than {EXTENSION_NAMESPACES_MAX} namespaces", path=path)
        self.used[prefix] = namespace
        return f"{prefix}:{local}"

    def _prefix(self, namespace: str, wanted: str) -> str:
        known = _PREFIX_OF.get(namespace)
        known = known or next((prefix for prefix, used in self.used.items() if used == namespace), None)
        if known:
            return known
        if _LOCAL.fullmatch(wanted) and wanted not in _RESERVED and wanted not in self.used:
            return wanted
        number = 1
        while f"ns{number}" in self.used:
            number += 1
        return f"ns{number}"

    def context(self, namespaces: Mapping[str, str]) -> list[Any]:
        """Return the `@context` of a body whose names are in these namespaces."""
        own = {prefix: space for prefix, space in namespaces.items() if prefix not in STANDARD or prefix == "pl"}
        return [CONTEXT, *self.remote, *([own] if own else [])]

    def namespaces_in(self, members: Any) -> dict[str, str]:
        """Return prefix to namespace of the names that stand in a tree of members."""
        found: dict[str, str] = {}
        waiting = [members]
        while waiting:
            value = waiting.pop()
            if isinstance(value, dict):
                waiting += value.values()
                prefixes = {name.removeprefix("@").partition(":")[0] for name in value if ":" in name}
                found |= {prefix: self.used[prefix] for prefix in prefixes if prefix in self.used}
            elif isinstance(value, list):
                waiting += value
        return dict(sorted(found.items()))


def _cut(name: str) -> tuple[str, str, str]:
    """Cut a full address into a prefix to wish for, its namespace and its local name."""
    found = _SPLIT.fullmatch(name)
    if found is None:
        return "", "", name
    scheme = found[1][:-1] if found[1].count(":") == 1 and found[1].endswith(":") else ""
    return scheme, found[1], found[2]


def declared_prefixes(context: Any) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the prefixes that an `@context` declares, and the addresses of contexts that are not EPCIS's own.

    Raises:
        CaptureFault: `epcis-context` for anything but addresses and prefixes, or a prefix of the standard's
            with another meaning.
    """
    prefixes: dict[str, str] = {}
    remote: list[str] = []
    for item in context if type(context) is list else [context]:
        if type(item) is str:
            if _IRI.fullmatch(item) is None or len(item) > URI_CHARACTERS_MAX:
                raise CaptureFault("epcis-context", "a context that is no address", path="@context")
            if _OWN_CONTEXTS.fullmatch(item) is None and item not in remote:
                remote.append(item)
        elif type(item) is dict:
            for prefix, namespace in item.items():
                _require_prefix(prefix, namespace)
                prefixes[prefix] = namespace
        else:
            raise CaptureFault("epcis-context", "neither an address nor prefixes", path="@context")
    if len(prefixes) > EXTENSION_NAMESPACES_MAX or len(remote) > EXTENSION_NAMESPACES_MAX:
        raise CaptureFault("epcis-context", f"more than {EXTENSION_NAMESPACES_MAX} entries", path="@context")
    return prefixes, tuple(remote)


def _require_prefix(prefix: str, namespace: Any) -> None:
    """Refuse term definitions and keywords: only what a prefix means can be kept through XML."""
    if type(namespace) is not str or _LOCAL.fullmatch(prefix) is None or _IRI.fullmatch(namespace + "a") is None:
        raise CaptureFault("epcis-context", "something other than a prefix and its namespace", path="@context")
    standard = STANDARD.get(prefix)
    if standard is not None and _ALIASES.get(namespace, namespace) != standard:
        raise CaptureFault("epcis-context", f"{prefix} has another meaning in EPCIS", path="@context")
