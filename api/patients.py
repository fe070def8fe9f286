"""For patients: is this pack genuine, was it sold before? The page behind a pack's code, and the same as JSON."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from api.door import Asked, Doors, Query
from api.pages import HTML, page
from api.patient_wire import (
    CheckAnswer,
    CheckQuery,
    FormQuery,
    LinkQuery,
    PageQuery,
    check_answer,
    fault,
    form,
    language_asked,
    pack_read,
    shown,
)
from ledger.errors import CodeFault

__all__ = ["doors"]

doors: Final = Doors("patients", "For whoever holds a pack: is it genuine, was it sold before? Nobody needs a key.")

_PAGE: Final = "(a page, in Chinese or English)"
_HOME: Final = "https://id.gs1.org"  # any domain counts the same: it says who answers, not which pack it is


@doors.get(
    "/v1/checks", action="packs.check", query=Query(CheckQuery, {"code": "87709840000000015538"}), gives=CheckAnswer,
    example={
        "code": "urn:nmpa:dtc:87709840000000015538", "status": "genuine", "verdict": "ok", "product": "Tablets",
        "maker": "Maker Ltd", "batch": "B1", "expiry": "2028-12-31",
        "firstSold": {"day": "2026-11-22", "region": "610802"}, "timesSold": 1,
    },
    problems=("code-unknown-form", "code-outer-package", "store-unavailable"),
)  # fmt: skip
async def check_pack(asked: Asked[CheckQuery]) -> CheckAnswer:
    """Say what anybody who holds a pack may know of it.

    Genuine or not known, recalled, expired, first sold when and in which district, sold more than once; never who had
    it, nor which shop.
    The check is itself recorded as an inspection of the pack, at most once a day, and within bounds of all.
    """
    checked = await asked.service.checks.check(pack_read(asked.given.code), asked.address)
    return check_answer(checked, asked.language)


@doors.get("/01/{rest:path}", action="packs.check", query=Query(LinkQuery, {"lang": "zh"}), gives=HTML,
           example=_PAGE, problems=("store-unavailable",), form="page")  # fmt: skip
async def show_link(asked: Asked[LinkQuery]) -> Response:
    """Show the page behind a pack's GS1 Digital Link, `/01/{gtin}/21/{serial}`.

    Batch (`/10/`) and expiry date (`?17=`) may stand in it and are compared with what the maker registered.
    """
    expiry = asked.given.expiry
    return await _shown(asked, f"{_HOME}{asked.target}" + (f"?17={expiry}" if expiry else ""), **{"17": expiry})


@doors.get("/dtc/{code}", action="packs.check", query=Query(PageQuery, {"lang": "zh"}), gives=HTML,
           example=_PAGE, problems=("store-unavailable",), form="page")  # fmt: skip
async def show_national(asked: Asked[PageQuery]) -> Response:
    """Show the page of a pack with a national code of 20 digits."""
    return await _shown(asked, asked.path["code"])


@doors.get("/check", action="packs.check", query=Query(FormQuery, {"code": "87709840000000015538"}), gives=HTML,
           example=_PAGE, problems=("store-unavailable",), form="page")  # fmt: skip
async def show_typed(asked: Asked[FormQuery]) -> Response:
    """Show the page of a pack whose code was typed; without one, the form to type it into."""
    if not asked.given.code.strip():
        language = language_asked(asked.given, asked.language)
        return page("check", language, **form(language))
    return await _shown(asked, asked.given.code, code=asked.given.code)


async def _shown(asked: Asked[Any], text: str, **here: str) -> Response:
    language = language_asked(asked.given, asked.language)
    try:
        code = pack_read(text)
    except CodeFault as error:
        return page("check", language, 422, **fault(error, language, **here))
    checked = await asked.service.checks.check(code, asked.address)
    return page("check", language, **shown(check_answer(checked, language), language, **here))
