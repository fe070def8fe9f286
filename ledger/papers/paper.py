"""Papers: canonical JSON in, typed values out, and back to the same bytes; see `docs/formats/paper.md`.

    {"amount":"39.80","currency":"CNY","fund":"31.84","id":"urn:uuid:…","institution":"https://…",
     "lines":[{"amount":"39.80","codes":["urn:nmpa:dtc:87709840000000015538"],"packs":1,"product":"8770984"}],
     "payment":"insured","time":"2026-11-22T04:37:00Z","type":"settlement"}

A paper is in our own namespace, so it has one spelling: RFC 8785 within the profile of `ledger.canonical`.
Details of errors name members, never values.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, Final, NamedTuple

import msgspec

from ledger import canonical
from ledger.codes.code import key_of
from ledger.errors import FormatError
from ledger.limits import BODY_BYTES_MAX, CODES_PER_EVENT_MAX
from ledger.papers.contents import (
    Action,
    Adding,
    Content,
    Deadline,
    Invoice,
    Look,
    Opening,
    Outcome,
    Prescription,
    Publication,
    Recall,
    Seizure,
    Settlement,
    is_canonical,
)

__all__ = [
    "OFFICES", "PAPERS", "PERSON_OFFICES", "Paper", "PaperRule", "make_paper", "media_type", "parse_paper",
    "read_content", "seconds_of",
]  # fmt: skip


class PaperRule(NamedTuple):
    """One kind of paper: its type, who may sign it, and as what it acts on the packs that it names."""

    kind: str
    content: type[Content]
    roles: frozenset[str]
    act: str


_PAYERS = frozenset({"insurer", "dispenser"})
_TRADE = frozenset({"manufacturer", "distributor", "dispenser"})

OFFICES: Final = frozenset({"insurer", "medicine", "commerce", "tax", "police"})
"""Roles of those who work on cases."""

PERSON_OFFICES: Final = frozenset({"insurer", "medicine", "police"})
"""Roles of those among them who look at persons; commerce and tax never do."""

PAPERS: Final[dict[str, PaperRule]] = {
    rule.kind: rule
    for rule in (
        PaperRule("settlement", Settlement, _PAYERS, "settling"),
        PaperRule("prescription", Prescription, frozenset({"dispenser"}), "mentioning"),
        PaperRule("invoice", Invoice, _TRADE | {"tax"}, "mentioning"),
        PaperRule("seizure", Seizure, frozenset({"police", "medicine"}), "seizing"),
        PaperRule("recall", Recall, frozenset({"manufacturer", "medicine"}), "mentioning"),
        PaperRule("action", Action, OFFICES, "mentioning"),
        PaperRule("rule", Publication, OFFICES, "mentioning"),
        PaperRule("look", Look, PERSON_OFFICES, "mentioning"),
    )
}


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger needs of a paper, and its whole content.

    Attributes:
        paper_time: the author's claim, seconds since the epoch.
        act: as what it acts on the packs it names; a row of the custody table.
        codes: keys, ascending; may be empty.
        party: the institution, or the seller; counterparty: the buyer.
        insured: an insurer paid.
        product, batches: of a recall; `*` stands for all batches.
        confidential: the digest of the confidential part.
    """

    kind: str
    paper_id: str
    paper_time: int
    act: str
    codes: list[str]
    party: str | None
    counterparty: str | None
    insured: bool
    product: str
    batches: tuple[str, ...]
    confidential: bytes | None
    content: Content


_decoders: Final = {
    kind: msgspec.json.Decoder(rule.content, strict=True) for kind, rule in PAPERS.items()
}


def media_type(kind: str) -> str:
    """Return the media type that a statement over such a paper names.

    Raises:
        FormatError: `paper-kind`.
    """
    return f"application/vnd.packledger.{_rule(kind).kind}+json"


def parse_paper(kind: str, body: bytes) -> Paper:
    """Read a paper's bytes; they must be the one canonical spelling.

    Raises:
        FormatError: `json-…`; `paper-kind`; `paper-too-large`; `paper-not-canonical`; `paper-member` for one
            that is missing, unknown or wrong; `paper-time`; `paper-codes`; `paper-sum`.
        CodeFault: a code is not one of ours in its canonical spelling.
    """
    rule = _rule(kind)
    if len(body) > BODY_BYTES_MAX:
        raise FormatError("paper-too-large", f"{len(body)} bytes, at most {BODY_BYTES_MAX}")
    try:
        content = _decoders[kind].decode(body)
    except msgspec.ValidationError as error:
        raise FormatError("paper-member", _place(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        canonical.loads(body)  # says what is wrong
        raise FormatError("paper-not-canonical", "RFC 8785 spells this value otherwise") from None
    if not is_canonical(content, body):
        raise FormatError("paper-not-canonical", "RFC 8785 spells this value otherwise")
    _require_sum(content)
    _require_sense(content)
    return Paper(
        kind=kind,
        paper_id=content.id,
        paper_time=seconds_of(content.time),
        act=_act(rule, content),
        codes=_codes(content),
        party=content.seller if isinstance(content, Invoice) else getattr(content, "institution", None),
        counterparty=content.buyer if isinstance(content, Invoice) else None,
        insured=isinstance(content, Settlement) and content.payment == "insured",
        product=content.product if isinstance(content, Recall) else "",
        batches=_batches(content),
        confidential=_digest(content),
        content=content,
    )


def read_content(kind: str, body: bytes) -> tuple[int, Content]:
    """Return time (seconds since the epoch) and content of a recorded paper, which was tested when it came in.

    Raises:
        FormatError: `paper-kind`, `paper-time`.
        msgspec.DecodeError: when it is no such paper, which no recorded body is.
    """
    content = _decoders[_rule(kind).kind].decode(body)
    return seconds_of(content.time), content


def make_paper(content: Content) -> bytes:
    """Return the canonical bytes of a paper.

    Raises:
        FormatError, CodeFault: as `parse_paper`, for content that makes no paper.
    """
    body = canonical.dumps(msgspec.to_builtins(content))
    parse_paper(_kind(content), body)
    return body


def _rule(kind: str) -> PaperRule:
    rule = PAPERS.get(kind)
    if rule is None:
        raise FormatError("paper-kind", "no paper has this kind")
    return rule


def _kind(content: Content) -> str:
    return str(type(content).__struct_config__.tag)


def _place(error: msgspec.ValidationError) -> str:
    """Return where a value is at fault, without the value: it may be somebody's number in the wrong place."""
    _, found, path = str(error).rpartition(" - at `")
    return f"at {path.removesuffix('`')}" if found else "the paper as a whole"


def seconds_of(text: str) -> int:
    """Return a paper's time in seconds since the epoch.

    Raises:
        FormatError: `paper-time`.
    """
    try:
        seconds = int(datetime.fromisoformat(text).timestamp())
    except ValueError:
        seconds = -1
    if seconds < 0:
        raise FormatError("paper-time", "time is not a second since 1970 like 2026-11-22T04:37:00Z")
    return seconds


def _act(rule: PaperRule, content: Content) -> str:
    """Only an insurer's payment marks a pack, and only its reversal takes the mark away."""
    if isinstance(content, Settlement):
        if content.payment == "self_pay":
            return "mentioning"
        return "unsettling" if content.reverses is not None else "settling"
    return rule.act


def _codes(content: Content) -> list[str]:
    if isinstance(content, Seizure):
        named = [content.codes]
    elif isinstance(content, Settlement | Invoice):
        named = [line.codes for line in content.lines]
        for line in content.lines:
            # A split pack is settled in parts; whole packs are as many as their codes, where codes are given.
            split = isinstance(content, Settlement) and getattr(line, "split", False)
            if line.codes is not None and not split and len(line.codes) != line.packs:
                raise FormatError("paper-codes", "a line names more or fewer codes than packs")
    else:
        return []
    codes = sorted(key_of(uri) for uris in named for uri in uris or ())
    if len(codes) > CODES_PER_EVENT_MAX:
        raise FormatError("paper-codes", f"{len(codes)} codes, at most {CODES_PER_EVENT_MAX}")
    if len(set(codes)) != len(codes):
        raise FormatError("paper-codes", "a code is named twice")
    return codes


def _batches(content: Content) -> tuple[str, ...]:
    if not isinstance(content, Recall):
        return ()
    if content.batches is None:
        return ("*",)
    if "*" in content.batches or sorted(set(content.batches)) != content.batches:
        raise FormatError("paper-member", "at $.batches: not ascending, or a batch named * or twice")
    return tuple(content.batches)


def _digest(content: Content) -> bytes | None:
    text: Any = getattr(content, "confidential", None)
    return None if text is None else bytes.fromhex(text[8:])


def _require_sum(content: Content) -> None:
    """Hold the amounts together: a paper whose lines do not add up was not written by a till."""
    if not isinstance(content, Settlement | Invoice):
        return
    if sum(_cents(line.amount) for line in content.lines) != _cents(content.amount):
        raise FormatError("paper-sum", "the lines do not add up to the amount")
    if isinstance(content, Settlement):
        fund = _cents(content.fund)
        if fund > _cents(content.amount) or (fund > 0 and content.payment == "self_pay"):
            raise FormatError("paper-sum", "the fund's part does not fit the amount and the payment")


def _require_sense(content: Content) -> None:
    """Hold an action's members together, and lists in the order in which they have one spelling."""
    if isinstance(content, Seizure):
        _require_ascending("faults", [fault.line for fault in content.faults or ()])
        return
    if isinstance(content, Look) and (content.ask is not None) != (content.what == "name"):
        raise FormatError("paper-member", "at $.ask: for a name, and only then")
    if not isinstance(content, Action):
        return
    do = content.do
    if isinstance(do, Opening) != (content.case == content.id):
        raise FormatError("paper-member", "at $.case: the id of the action that opened the case")
    _require_ascending("do.findings", getattr(do, "findings", None) or ())
    _require_ascending("do.seizures", getattr(do, "seizures", None) or ())
    if isinstance(do, Adding) and do.findings is None and do.seizures is None:
        raise FormatError("paper-member", "at $.do: nothing is added")
    if isinstance(do, Deadline):
        seconds_of(do.until)
    if isinstance(do, Outcome) and (do.cause is not None) != (do.result == "false-alarm"):
        raise FormatError("paper-member", "at $.do.cause: for a false alarm, and only then")


def _require_ascending(member: str, values: Sequence[str] | Sequence[int]) -> None:
    if any(not former < latter for former, latter in pairwise(values)):  # type: ignore[operator]
        raise FormatError("paper-member", f"at $.{member}: not ascending, or one is there twice")


def _cents(amount: str) -> int:
    return int(amount.replace(".", ""))
