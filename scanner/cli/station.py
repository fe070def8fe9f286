"""Commands of the station: enrol, serve, counter, calibrate, sync, status."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from ledger import clock
from ledger.client import Client
from ledger.clock import iso
from ledger.custody.anomalies import ANOMALIES
from ledger.durable import write_whole
from ledger.errors import CodeFault
from ledger.limits import SCAN_CHARACTERS_MAX
from scanner.acts import Basket
from scanner.care.calibration import calibrate as learn
from scanner.care.calibration import calibration_svg, load_calibration, save_calibration
from scanner.care.text import text_from_line
from scanner.cli.context import DEFAULT_STATION, Home, Json, Lang, Screen, command
from scanner.cli.exits import Exit
from scanner.cli.files import read_lines
from scanner.counter import Counter, Scan, mode_of, open_counter
from scanner.courier import Courier
from scanner.enrol import enrol as enrol_station
from scanner.home import Home as Folder
from scanner.home import machine_id
from scanner.outbox import Said
from scanner.overview import Overview, look
from scanner.sync import synchronise

__all__ = ["add_to"]

_LINE_BYTES_MAX = 4 * SCAN_CHARACTERS_MAX + 2  # a longer line is taken for several, none of which is a code
_SIGNS = {"ok": "✔", "caution": "!", "stop": "✘", "scanner_fault": "↻"}
_STYLES = {"ok": "green", "caution": "yellow", "stop": "bold red", "scanner_fault": "cyan"}


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    for each in (enrol, serve, counter, calibrate, sync, status):
        app.command(each.__name__)(each)


def enrol(
    ledger: Annotated[str, typer.Option("--ledger", help="Address of the ledger: https://HOST.")],
    code: Annotated[
        str | None, typer.Option("--code", help="The one-time code; without it, it is asked for, or read from a pipe.")
    ] = None,
    key: Annotated[
        str, typer.Option("--key", help="The ledger's key, as its operator told it; another one is then refused.")
    ] = "",
    site: Annotated[
        str, typer.Option("--site", help="URI of the place that events name; by default the ledger knows it.")
    ] = "",
    offset: Annotated[str, typer.Option("--offset", help="Of the wall clock here, from UTC.")] = "+08:00",
    station: Home = DEFAULT_STATION,
    lang: Lang = None,
    json: Json = False,
) -> None:
    """Make the station's key here, and enrol it with a one-time code.

    The ledger's operator gives the code (`packledger enrolment-code STATION`). The private key never leaves the
    folder, and nobody but its owner may read it. If the answer is lost, ask again with the same code.
    """
    with command(lang, as_json=json) as screen:
        if code is None:
            code = typer.prompt(screen.say("enrolment-code")) if sys.stdin.isatty() else sys.stdin.readline()
        client = Client(ledger)
        try:
            told = enrol_station(
                Folder(station), client, ledger, code, vkey=key, site=site, offset=offset, machine=machine_id(),
                random=clock.random_bytes,
            )  # fmt: skip
        finally:
            client.close()
        screen.document({"station": told.station, "party": told.party, "kid": told.kid, "key": told.verifier_key})
        screen.facts([
            ("station", told.station), ("party", told.party), ("ledger-key", told.verifier_key),
            ("valid-until", iso(told.valid_until)),
        ])  # fmt: skip
        if not key:
            screen.note(screen.say("compare-key"))


def serve(
    port: Annotated[
        int, typer.Option("--port", min=1, max=65_535, help="On this machine's own address, 127.0.0.1.")
    ] = 8470,
    station: Home = DEFAULT_STATION,
    lang: Lang = None,
    json: Json = False,
) -> None:
    """Serve the counter as a page for the browser of this machine, until told to end.

    No other machine can reach it, and no other web page can drive it. It needs no internet; what is scanned is sent
    whenever the ledger can be reached.
    """
    with command(lang, as_json=json) as screen:
        from scanner.page.serve import serve as serve_page  # noqa: PLC0415  no other command needs a server

        def tell(address: str) -> None:
            screen.document({"address": address})
            screen.line(f"{screen.say('serving')} {address}")

        serve_page(Folder(station), port, tell)


def sync(station: Home = DEFAULT_STATION, lang: Lang = None, json: Json = False) -> None:
    """Send what waits, check the receipts, and fetch what is needed offline.

    Ends with 2 when the ledger cannot be reached (everything is kept), with 13 when the ledger forgot or forked.
    """
    with command(lang, as_json=json) as screen, ExitStack() as stack:
        counter = _opened(station, stack)
        client = Client(counter.station.ledger, counter.station.api_key)
        stack.callback(client.close)
        report = synchronise(Folder(station), counter.station, counter.outbox, client, clock.now)
        screen.document({
            "online": report.online, "receipted": report.receipted, "refused": report.refused,
            "caught": report.caught, "detail": report.detail,
        })  # fmt: skip
        screen.line(f"{screen.say('receipted')} {report.receipted}, {screen.say('refused')} {report.refused}")
        if report.detail:
            title, advice = screen.advice("ledger-unreachable")
            screen.note(f"{title} {report.detail}. {advice}")
        overview = look(counter)
        _show_alarms(overview, screen)
        if report.caught:
            raise typer.Exit(int(Exit.PROOF_FAILED))
        if not report.online:
            raise typer.Exit(int(Exit.RUNTIME))
        if report.refused or overview.alarms:
            raise typer.Exit(int(Exit.WARNINGS))


def status(station: Home = DEFAULT_STATION, lang: Lang = None, json: Json = False) -> None:
    """Tell what waits, how old the knowledge is, how long the station may stay offline, and what is wrong."""
    with command(lang, as_json=json) as screen, ExitStack() as stack:
        counter = _opened(station, stack)
        overview = look(counter)
        screen.document({
            "station": counter.station.station, "known": overview.known, "queued": overview.queued,
            "sent": overview.sent, "receipted": overview.receipted, "refused": overview.refused,
            "onlineAt": overview.online_at, "snapshotMade": overview.snapshot_made,
            "offlineLeft": overview.offline_left, "clockOff": overview.clock_off,
            "alarms": [{"code": each.code, "detail": each.detail, "time": each.time} for each in overview.alarms],
        })  # fmt: skip
        screen.facts([
            ("station", counter.station.station),
            ("state", screen.say(overview.known)),
            ("waiting", str(overview.queued + overview.sent)),
            ("receipted", str(overview.receipted)),
            ("refused", str(overview.refused)),
            ("online-at", iso(overview.online_at) if overview.online_at else "-"),
            ("knowledge-of", iso(overview.snapshot_made) if overview.snapshot_made else "-"),
            ("offline-left", f"{max(overview.offline_left, 0) / 86_400:.1f} {screen.say('days')}"),
        ])  # fmt: skip
        _show_alarms(overview, screen)
        if overview.alarms or overview.refused:
            raise typer.Exit(int(Exit.WARNINGS))


def counter(
    mode: Annotated[str, typer.Option("--mode", help="receive, ship, dispense-insured, dispense-self-pay, return, "
                                                     "inspect or stock-take.")] = "inspect",
    destination: Annotated[str, typer.Option("--destination", help="Of a shipment: URI of the party.")] = "",
    patient: Annotated[
        Path | None, typer.Option("--patient", help="A file with the patient's card number, for insured dispensing.")
    ] = None,
    serial: Annotated[
        bool, typer.Option("--serial", help="The scanner sends characters over a line, and presses no keys.")
    ] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Keep everything here; `sync` sends it.")] = False,
    station: Home = DEFAULT_STATION,
    lang: Lang = None,
    json: Json = False,
) -> None:
    """Take scans from standard input, a line each, and record them: for a terminal, or a scanner at a serial port.

    A line is answered, and the bell rings, when its event is signed and on disk. After a stop on a terminal nothing
    is taken until an empty line confirms it. A scanner at a serial port is read by
    `packledger-station counter --serial < /dev/ttyACM0`; one that types must be calibrated for codes with letters.
    """
    with command(lang, as_json=json) as screen, ExitStack() as stack:
        chosen = mode_of(mode)
        basket = Basket(destination=destination, id_number=_first_line(patient) if patient is not None else "")
        counter = _opened(station, stack)
        courier = Courier(Folder(station), counter.station, counter.outbox, clock.now)
        if not offline:
            courier.start()
            stack.callback(courier.close)
        keys, calibration = sys.stdin.isatty() and not serial, load_calibration(Folder(station).scanner)
        blocked = False
        for line in iter(lambda: sys.stdin.buffer.readline(_LINE_BYTES_MAX), b""):
            text = line.rstrip(b"\r\n")
            if not text:
                blocked = False
                continue
            if blocked:
                screen.note(screen.say("confirm-first"))
                continue
            try:
                typed = text if not keys else text_from_line(text.decode(), calibration).encode()
                scan = counter.scan(typed, chosen, basket, "keyboard" if keys else "serial")
            except (CodeFault, UnicodeDecodeError) as fault:
                fault = fault if isinstance(fault, CodeFault) else CodeFault("code-characters", "not UTF-8")
                scan = Scan(Said("scanner_fault", "offline"), fault=fault)
            _show(scan, screen)
            courier.hurry()
            blocked = scan.said.verdict == "stop" and sys.stdin.isatty()


def calibrate(
    symbol: Annotated[
        Path | None, typer.Option("--symbol", help="Write the symbol to this SVG file, and do nothing else.")
    ] = None,
    station: Home = DEFAULT_STATION,
    lang: Lang = None,
    json: Json = False,
) -> None:
    """Learn how the scanner types into this terminal, from one scan of a symbol whose content is known.

    Print the symbol or show it (--symbol FILE), run this without the option, and scan it. The page of `serve` does
    the same for a browser, and shows the symbol.
    """
    with command(lang, as_json=json) as screen:
        if symbol is not None:
            write_whole(symbol, calibration_svg())
            screen.line(str(symbol))
            return
        screen.line(screen.say("scan-the-symbol"))
        found = learn(sys.stdin.readline().rstrip("\r\n"))
        save_calibration(Folder(station).scanner, found)
        screen.document({"reads": found.reads, "separator": list(found.separator), "swaps": found.swaps})
        screen.line(screen.say("calibrated" if found.separator else "calibrated-without-separator"))


def _opened(folder: Path, stack: ExitStack) -> Counter:
    counter = open_counter(Folder(folder), clock.now, clock.random_bytes)
    stack.callback(counter.outbox.close)
    return counter


def _first_line(path: Path) -> str:
    return next(iter(read_lines(path)), "")


def _show(scan: Scan, screen: Screen) -> None:
    if screen.as_json:
        screen.document(_document(scan))
        return
    word = screen.say(scan.said.verdict)
    sentences = [ANOMALIES[name].zh if screen.language == "zh" else ANOMALIES[name].en for name in scan.said.anomalies]
    if scan.fault is not None:
        sentences = [*screen.advice(scan.fault.code)]
    goods = scan.goods
    what = ""
    if goods is not None:
        name = goods.zh if screen.language == "zh" else goods.en
        what = " ".join(filter(None, (name, goods.strength, goods.batch, str(goods.expiry or ""))))
        if goods.doubtful:
            what += f" ({screen.say('recalled-batches')}: {goods.doubtful})"
    code = "" if scan.entry is None else scan.entry.code
    screen.bell()
    text = f"{_SIGNS[scan.said.verdict]} {word} ({screen.say(scan.said.known)}) {code} {what}"
    screen.line(" ".join([text.rstrip(), *sentences]), _STYLES[scan.said.verdict])


def _document(scan: Scan) -> dict[str, Any]:
    value: dict[str, Any] = {
        "verdict": scan.said.verdict, "known": scan.said.known, "anomalies": list(scan.said.anomalies),
    }  # fmt: skip
    if scan.fault is not None:
        return value | {"code": scan.fault.code, "detail": scan.fault.detail}
    assert scan.entry is not None
    return value | {"number": scan.entry.number, "id": scan.entry.id, "pack": scan.entry.code, "again": scan.repeated}


def _show_alarms(overview: Overview, screen: Screen) -> None:
    for each in overview.alarms:
        title, advice = screen.advice(each.code)
        screen.line(f"{each.code}: {title} {each.detail} → {advice}", "bold red")
