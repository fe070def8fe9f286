"""Policy files: which logs are known, and which witnesses must have seen a head (C2SP tlog-policy).

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> all|any|<threshold> <member> ...
    quorum <name>

Each line refers only to names on lines before it, and a name is a member of one group at most.
A policy that asks for no witness (`quorum none`) is refused: who means that says so in the program.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ledger.errors import FormatError, Misuse
from ledger.limits import POLICY_BYTES_MAX
from ledger.log.cosignature import Member, Quorum
from ledger.log.note import COSIGNATURE, ED25519, VerifierKey, parse_vkey
from ledger.log.spelling import read_decimal

__all__ = ["Policy", "parse_policy"]


@dataclass(frozen=True, slots=True)
class Policy:
    """What a reader trusts.

    Attributes:
        logs: keys of the known logs, each named like the log's origin; may be none.
        quorum: the witnesses asked for.
        urls: where a witness is asked: its submission prefix, for those that have one in the file.
    """

    logs: tuple[VerifierKey, ...]
    quorum: Quorum
    urls: Mapping[VerifierKey, str] = field(default_factory=dict)


def parse_policy(data: bytes) -> Policy:
    """Read a policy file.

    Raises:
        FormatError: `policy-malformed` with the line's number; `vkey-malformed`, `key-weak`.
        Misuse: `quorum-empty` for `quorum none`.
    """
    if len(data) > POLICY_BYTES_MAX:
        raise FormatError("policy-malformed", f"more than {POLICY_BYTES_MAX} bytes")
    if not data.endswith(b"\n") or any((c < 32 and c not in b"\t\n") or c == 127 for c in data):
        raise FormatError("policy-malformed", "a control character, or no newline at the end")
    reader = _Reader()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError("policy-malformed", f"not UTF-8 at byte {error.start}") from None
    for number, line in enumerate(text.split("\n"), 1):
        words = line.replace("\t", " ").split(" ")
        try:
            reader.read([word for word in words if word])
        except ValueError as error:
            raise FormatError("policy-malformed", f"line {number}: {error}") from None
    if reader.quorum is None:
        raise FormatError("policy-malformed", "no quorum line")
    return Policy(tuple(reader.logs), reader.quorum, reader.urls)


class _Reader:
    """The policy so far; takes one line after the other."""

    def __init__(self) -> None:
        self.logs: list[VerifierKey] = []
        self.quorum: Quorum | None = None
        self.urls: dict[VerifierKey, str] = {}
        self._names: dict[str, Member] = {}
        self._members: set[str] = set()

    def read(self, words: list[str]) -> None:
        match words:
            case []:
                pass
            case [comment, *_] if comment.startswith("#"):
                pass
            case ["log", vkey] | ["log", vkey, _]:
                self.logs.append(_key(vkey, ED25519, self.logs))
            case ["witness", name, vkey, *url] if len(url) < 2:
                known = [each for each in self._names.values() if isinstance(each, VerifierKey)]
                witness = _key(vkey, COSIGNATURE, known)
                self._name(name, witness)
                if url:
                    self.urls[witness] = url[0]
            case ["group", name, threshold, *members] if members:
                self._name(name, self._group(threshold, members))
            case ["quorum", "none"]:
                raise Misuse("quorum-empty", "the policy file asks for no witness")
            case ["quorum", name] if self.quorum is None and name in self._names:
                member = self._names[name]
                self.quorum = member if isinstance(member, Quorum) else Quorum(1, (member,))
            case _:
                raise ValueError("no line of a policy, a second quorum, or a name not defined before")

    def _name(self, name: str, member: Member) -> None:
        if name in self._names or name == "none":
            raise ValueError("a name that is taken")
        self._names[name] = member

    def _group(self, threshold: str, names: list[str]) -> Quorum:
        once = set(names)
        if len(once) != len(names) or self._members & once or not once <= self._names.keys():
            raise ValueError("a member that is not defined before, or is a member already")
        count = {"any": 1, "all": len(names)}.get(threshold)
        if count is None:
            count = read_decimal(threshold)
        if not 1 <= count <= len(names):
            raise ValueError("a threshold below one or above the number of members")
        self._members |= once
        return Quorum(count, tuple(self._names[name] for name in names))


def _key(text: str, kind: int, known: Iterable[VerifierKey]) -> VerifierKey:
    vkey = parse_vkey(text)
    if vkey.kind != kind:
        raise ValueError("a key of the wrong kind")
    if vkey.key in [each.key for each in known]:
        raise ValueError("a key that stands in the file already")
    return vkey
