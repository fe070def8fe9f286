"""The page's server: thin doors to the counter. Everything is judged and kept behind them, nothing here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ledger.codes import Code, read
from ledger.errors import CodeFault, FormatError, LedgerError, Misuse
from ledger.limits import SCAN_CHARACTERS_MAX
from scanner.acts import MODES
from scanner.care.calibration import Calibration, calibrate, calibration_svg, load_calibration, save_calibration
from scanner.care.text import text_from_strokes
from scanner.counter import Counter, Scan, mode_of
from scanner.courier import Courier
from scanner.home import Home
from scanner.knowledge import known_of
from scanner.limits import PAGE_ENTRIES_MAX, PICTURE_BYTES_MAX
from scanner.outbox import Entry, Said
from scanner.overview import look
from scanner.page.fence import Fence
from scanner.page.wire import Calibrate, Numbered, Take, basket_of, entry_told, problem_told, scan_told
from scanner.pictures import Reading, open_picture, read_picture
from scanner.symbols import link_of
from scanner.words import WORDS, Language, language_of

__all__ = ["create_page"]

_STATIC: Final = Path(__file__).parent / "static"
_TAKE_BYTES_MAX: Final = 262_144
_DAY_SECONDS: Final = 86_400
Given = TypeVar("Given")


class _Doors:
    """The doors of one page."""

    def __init__(self, home: Home, counter: Counter, courier: Courier | None) -> None:
        self._home = home
        self._counter = counter
        self._courier = courier
        self._calibration: Calibration | None = None
        self._damaged: list[FormatError] = []
        try:
            self._calibration = load_calibration(home.scanner)
        except FormatError as damaged:
            self._damaged.append(damaged)  # the page is where the scanner is calibrated again

    async def page(self, _request: Request) -> Response:
        """Return the page itself."""
        return FileResponse(_STATIC / "page.html", media_type="text/html; charset=utf-8")

    async def words(self, request: Request) -> Response:
        """Return all words of one language, and the modes."""
        language = _language(request)
        told = {word: texts[language == "zh"] for word, texts in WORDS.items()}
        return _json({"words": told, "modes": [{"name": each.name, "needs": each.needs} for each in MODES.values()]})

    async def scan(self, request: Request) -> Response:
        """Take in what a scanner or a person typed."""
        take = await _given(request, Take)

        def work() -> Scan:
            mode, basket = mode_of(take.mode), basket_of(take)
            if take.raw:
                raw = bytes.fromhex(take.raw)
                return self._counter.take(read(take.text), mode, basket, scanned=raw, source="camera")
            if not take.strokes:
                return self._counter.scan(take.text, mode, basket, "typed")
            try:
                text = text_from_strokes(take.strokes, self._calibration, take.end)
            except CodeFault as fault:
                return Scan(Said("scanner_fault", "offline"), fault=fault)
            return self._counter.scan(text[:SCAN_CHARACTERS_MAX], mode, basket, "keyboard")

        return await self._answered(request, work, lambda scan: scan_told(scan, _language(request)))

    async def picture(self, request: Request) -> Response:
        """Read the one pack in a picture from the camera, and record nothing."""
        data = await _body(request, PICTURE_BYTES_MAX)

        def work() -> dict[str, Any]:
            return _sighted(read_picture(open_picture(data)), _language(request))

        return await self._answered(request, work, lambda told: told)

    async def undo(self, request: Request) -> Response:
        """Take an event back."""
        number = (await _given(request, Numbered)).number
        told = lambda entry: self._told(request, entry)  # noqa: E731
        return await self._answered(request, lambda: self._counter.undo(number), told)

    async def confirm(self, request: Request) -> Response:
        """Note that somebody saw a stop."""
        number = (await _given(request, Numbered)).number
        return await self._answered(request, lambda: self._counter.outbox.note_confirmed(number), lambda _none: {})

    async def state(self, request: Request) -> Response:
        """Return how the station stands; and what was done today, the newest first, unless it was `seen` so before."""
        seen = request.query_params.get("seen", "")

        def work() -> dict[str, Any]:
            counter = self._counter
            revision = counter.outbox.revision()  # before anything is read: what changes meanwhile is told again
            now, zone = counter.clock(), counter.station.zone_seconds
            midnight = (now + zone) // _DAY_SECONDS * _DAY_SECONDS - zone
            overview = look(counter)
            told_once = {each.code: each for each in overview.alarms}.values()
            alarms = [problem_told(each, _language(request)) for each in self._damaged]
            alarms += [problem_told(Misuse(each.code), _language(request)) for each in told_once]
            revision += f".{midnight}.{_language(request)}"
            listed = {} if seen == revision else {
                "today": [self._told(request, each) for each in counter.outbox.since(midnight, PAGE_ENTRIES_MAX)],
                "stops": [self._told(request, each) for each in counter.outbox.stops()[:1]],
            }  # fmt: skip
            return listed | {
                "revision": revision, "station": counter.station.station, "now": now, "known": overview.known,
                "waiting": overview.queued + overview.sent, "refused": overview.refused,
                "snapshotMade": overview.snapshot_made, "offlineLeft": overview.offline_left, "alarms": alarms,
                "calibrated": self._calibration is not None,
            }  # fmt: skip

        return await self._answered(request, work, lambda state: state)

    async def find(self, request: Request) -> Response:
        """Return events by a part of code or batch."""
        text = request.query_params.get("text", "")[:SCAN_CHARACTERS_MAX].strip()

        def work() -> list[Entry]:
            return self._counter.outbox.alike(text, PAGE_ENTRIES_MAX) if text else []

        told = lambda found: {"found": [self._told(request, each) for each in found]}  # noqa: E731
        return await self._answered(request, work, told)

    async def symbol(self, _request: Request) -> Response:
        """Return the calibration symbol."""
        return Response(calibration_svg(), media_type="image/svg+xml")

    async def calibrate(self, request: Request) -> Response:
        """Learn how the scanner types."""
        given = await _given(request, Calibrate)

        def work() -> dict[str, Any]:
            found = msgspec.structs.replace(calibrate(given.strokes), ends=given.end == "key")
            save_calibration(self._home.scanner, found)
            self._calibration = found
            self._damaged.clear()
            return {"separator": bool(found.separator)}

        return await self._answered(request, work, lambda told: told)

    def _told(self, request: Request, entry: Entry) -> dict[str, Any]:
        goods = known_of(self._counter.outbox, Code(entry.code))
        return entry_told(entry, goods, _language(request))

    async def _answered(
        self, request: Request, work: Callable[[], Given], told: Callable[[Given], dict[str, Any]]
    ) -> Response:
        """Do some work beside the loop, and answer; a problem is answered in words."""
        try:
            answer = await run_in_threadpool(lambda: told(work()))
        except LedgerError as error:
            return _json({"problem": problem_told(error, _language(request))}, 409)
        if request.method == "POST" and self._courier is not None:
            self._courier.hurry()
        return _json(answer)


def create_page(home: Home, counter: Counter, courier: Courier | None, port: int) -> Fence:
    """Return the page's application, behind its fence.

    Args:
        home, counter: the station.
        courier: what sends events; None leaves them where they are.
        port: at which it is served.
    """
    doors = _Doors(home, counter, courier)
    routes: list[Route | Mount] = [Route("/", doors.page), Mount("/static", StaticFiles(directory=_STATIC))]
    routes += [
        Route(f"/{door.__name__}", door)
        for door in (doors.words, doors.state, doors.find, doors.symbol)
    ]
    routes += [
        Route(f"/{door.__name__}", door, methods=["POST"])
        for door in (doors.scan, doors.picture, doors.undo, doors.confirm, doors.calibrate)
    ]
    handlers: dict[Any, Any] = {msgspec.ValidationError: _malformed, msgspec.DecodeError: _malformed}
    return Fence(Starlette(routes=routes, exception_handlers=handlers), port)


def _sighted(readings: Sequence[Reading], language: Language) -> dict[str, Any]:
    """Return what is in sight: nothing, a code, several packs, or a fault.

    A symbol that is no code may stand beside one, as an advertisement does; one on which the decoders disagree may not.
    """
    faults = [each.fault for each in readings if each.fault is not None]
    doubt = next((fault for fault in faults if fault.code == "scanner-decoders-disagree"), None)
    codes = {each.code: each.data for each in readings if each.code is not None}
    if doubt is None and len(codes) > 1:
        return {"several": True}
    if doubt is None and codes:
        ((code, data),) = codes.items()
        return {"text": link_of(code), "raw": data.hex()}
    return scan_told(Scan(Said("scanner_fault", "offline"), fault=doubt or faults[0]), language) if faults else {}


async def _malformed(request: Request, _error: Exception) -> Response:
    return _json({"problem": problem_told(Misuse("request-invalid"), _language(request))}, 422)


async def _given(request: Request, kind: type[Given]) -> Given:
    return msgspec.json.decode(await _body(request, _TAKE_BYTES_MAX), type=kind)


async def _body(request: Request, bytes_max: int) -> bytes:
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > bytes_max:
            raise msgspec.ValidationError("too much")
    return bytes(data)


def _language(request: Request) -> Language:
    return language_of(request.headers.get("accept-language", ""))


def _json(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")
