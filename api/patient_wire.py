"""What patients ask and are told: as JSON, and as what the page shows."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import msgspec
from msgspec import Meta

from api.language import Language
from api.patient_words import HEADLINES, PAGE, WARNINGS, region_name
from api.problems import problem_of
from api.station_wire import WireAnswer
from ledger.check import Checked, Warned
from ledger.codes import Code, product_of, read, uri_of
from ledger.errors import CodeFault
from ledger.limits import SCAN_CHARACTERS_MAX

__all__ = [
    "CheckAnswer", "CheckQuery", "FormQuery", "LinkQuery", "PageQuery", "Sale", "WarningTold", "check_answer", "fault",
    "form", "language_asked", "pack_read", "shown",
]  # fmt: skip

_ScannedText = Annotated[str, Meta(max_length=SCAN_CHARACTERS_MAX)]
_STOPS: frozenset[Warned] = frozenset({"recalled", "expired", "out-of-trade", "sold-more-than-once"})
_MARKS = {"ok": "✓", "caution": "!", "stop": "✗"}


class CheckQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which pack, as scanned or typed."""

    code: _ScannedText


class PageQuery(msgspec.Struct, frozen=True, kw_only=True):
    """In which language; by default the browser's. What else an address carries is passed over."""

    lang: Literal["en", "zh"] | None = None


class LinkQuery(PageQuery, frozen=True, kw_only=True):
    """What stands in the query of a GS1 Digital Link; `17` is the expiry date on the label, yymmdd."""

    expiry: Annotated[str, Meta(max_length=6)] = msgspec.field(name="17", default="")


class FormQuery(PageQuery, frozen=True, kw_only=True):
    """What somebody typed; nothing at first."""

    code: _ScannedText = ""


class WarningTold(WireAnswer, frozen=True, kw_only=True):
    """What is wrong, and what to do, in the language asked for."""

    name: Warned
    text: str


class Sale(WireAnswer, frozen=True, kw_only=True):
    """The first sale that stands: its day, and the division code (GB/T 2260) of the place."""

    day: str
    region: str


class CheckAnswer(WireAnswer, frozen=True, kw_only=True):
    """What anybody who holds a pack may know of it.

    Attributes:
        code: its URI.
        status: `genuine` when its maker registered this code, `unknown` when nobody did.
        verdict: `stop` when it must not be used.
        product, maker: names, in the language asked for.
        batch, expiry: as its maker registered them; the date as 2028-12-31.
        first_sold: left out when no sale stands.
        times_sold: left out for never.
    """

    code: str
    status: Literal["genuine", "unknown"]
    verdict: Literal["ok", "caution", "stop"]
    product: str = ""
    maker: str = ""
    batch: str = ""
    expiry: str = ""
    first_sold: Sale | None = None
    times_sold: int = 0
    warnings: list[WarningTold] = msgspec.field(default_factory=list)


def pack_read(text: str) -> Code:
    """Return the code of a pack that a text means.

    Raises:
        CodeFault: as `read`; `code-outer-package` for an outer package's.
    """
    code = read(text)
    if not product_of(code.key):
        raise CodeFault("code-outer-package", span=(0, len(text)))
    return code


def check_answer(checked: Checked, language: Language) -> CheckAnswer:
    """Return what is told of a pack."""
    at = language == "zh"
    day = f"{checked.expiry:08d}"
    sold = checked.sold
    return CheckAnswer(
        code=uri_of(checked.code),
        status="genuine" if checked.is_known else "unknown",
        verdict=_verdict(checked),
        product=checked.product[at],
        maker=checked.maker[at],
        batch=checked.batch,
        expiry=f"{day[:4]}-{day[4:6]}-{day[6:]}" if checked.expiry else "",
        first_sold=None if sold is None else Sale(day=sold.day, region=sold.region),
        times_sold=checked.sales,
        warnings=[WarningTold(name=each, text=WARNINGS[each][at]) for each in checked.warnings],
    )


def _verdict(checked: Checked) -> Literal["ok", "caution", "stop"]:
    if not checked.is_known or not _STOPS.isdisjoint(checked.warnings):
        return "stop"
    return "caution" if checked.warnings else "ok"


def language_asked(query: PageQuery, language: Language) -> Language:
    """Return the language of the page: the one that its address names, or the browser's."""
    return query.lang or language


def shown(answer: CheckAnswer, language: Language, **here: str) -> dict[str, Any]:
    """Return what the page shows of an answer; `here` is the query of its own address."""
    say = _say(language)
    lines = [warning.text for warning in answer.warnings]
    if answer.status == "unknown":
        lines.append(say["unknown"])
    elif not lines:
        lines += [say["registered"], say["sold-once"] if answer.first_sold else say["never-sold"]]
    sold = answer.first_sold
    facts = [
        (say["product"], answer.product), (say["maker"], answer.maker), (say["batch"], answer.batch),
        (say["expiry"], answer.expiry), (say["code"], _readable(answer.code)),
        (say["sold"], "" if sold is None else f"{sold.day} · {region_name(sold.region, language)}"),
        (say["sales"], str(answer.times_sold or "")),
    ]  # fmt: skip
    headline = "unknown" if answer.status == "unknown" else answer.verdict
    return {
        **_always(language, here), "verdict": answer.verdict, "mark": _MARKS[answer.verdict],
        "headline": HEADLINES[headline][language == "zh"], "lines": lines,
        "facts": [(name, value) for name, value in facts if value] if answer.status == "genuine" else [],
    }  # fmt: skip


def fault(error: CodeFault, language: Language, **here: str) -> dict[str, Any]:
    """Return what the page shows for a text that is no pack's code."""
    problem = problem_of(error, language)
    return {
        **_always(language, here), "verdict": "none", "mark": "?", "headline": HEADLINES["fault"][language == "zh"],
        "lines": [problem.title, _say(language)["broken"]], "facts": [],
    }  # fmt: skip


def form(language: Language) -> dict[str, Any]:
    """Return what the page shows to whoever has not asked yet."""
    headline = HEADLINES["form"][language == "zh"]
    return {**_always(language, {}), "verdict": "", "mark": "", "headline": headline, "lines": [], "facts": []}


def _always(language: Language, here: dict[str, str]) -> dict[str, Any]:
    given = {name: value for name, value in here.items() if value}
    there = {each: f"?{urlencode(given | {'lang': each})}" for each in ("zh", "en")}
    return {"say": _say(language), "there": there, "characters_max": SCAN_CHARACTERS_MAX}


def _say(language: Language) -> dict[str, str]:
    return {name: both[language == "zh"] for name, both in PAGE.items()}


def _readable(uri: str) -> str:
    """Return a code as it stands on a box: the digits alone, or GTIN and serial."""
    return uri.removeprefix("urn:nmpa:dtc:").removeprefix("https://id.gs1.org/")
