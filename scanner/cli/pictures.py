"""Commands about pictures: scan, labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ledger import clock
from ledger.codes import read
from ledger.durable import write_whole
from ledger.errors import CodeFault, FormatError, Misuse
from scanner.cli.context import Json, Lang, Screen, command
from scanner.cli.exits import Exit
from scanner.cli.files import read_lines
from scanner.decoders import DECODERS, Symbology
from scanner.labels import print_png, print_sheet, print_svg
from scanner.pictures import Reading, open_picture, read_picture
from scanner.symbols import Symbol, make_symbol

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("scan")(scan)
    app.command("labels")(labels)


def scan(
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Pictures with codes on them.")],
    lang: Lang = None,
    json: Json = False,
) -> None:
    """Read the codes in pictures, and record nothing.

    Two decoders look, zxing-cpp and zbar; where both read a symbol they must agree. zbar cannot read Data Matrix.
    With --json each line also has the symbol's bytes, in hex. Ends with exit code 3 when a picture has no code, or
    one that cannot be read. A file that is no picture is told beside the others; the first such decides the exit code.
    """
    with command(lang, as_json=json) as screen:
        if "zbar" not in DECODERS:
            screen.note(screen.say("zbar-missing"))
        rows: list[tuple[str, ...]] = []
        unread = False
        failed: FormatError | OSError | None = None
        for image in images:
            try:
                picture = open_picture(image)
            except (FormatError, OSError) as error:
                failed = failed or error
                why = error.code if isinstance(error, FormatError) else "file-failed"
                screen.document({"file": str(image), "status": "no-picture", "code": why})
                rows.append((str(image), "", f"{why}: {screen.advice(why)[0]}", "", "", ""))
                continue
            found = read_picture(picture)
            unread |= not found or any(each.fault for each in found)
            for each in found:
                screen.document({"file": str(image), **_document(each)})
                rows.append((str(image), each.symbology, *_cells(each, screen), ", ".join(each.decoders)))
            if not found:
                screen.document({"file": str(image), "status": "no-code"})
                rows.append((str(image), "", screen.say("no-code"), "", "", ""))
        screen.table(("file", "symbol", "code", "batch", "expiry", "read-by"), rows)
        if failed is not None:
            raise failed
        if unread:
            raise typer.Exit(int(Exit.WARNINGS))


def _cells(reading: Reading, screen: Screen) -> tuple[str, str, str]:
    if reading.code is None:
        assert reading.fault is not None
        title, advice = screen.advice(reading.fault.code)
        return f"{reading.fault.code}: {title} {advice}", "", ""
    return reading.code.uri, reading.code.batch, str(reading.code.expiry or "")


def _document(reading: Reading) -> dict[str, Any]:
    shared = {"symbol": reading.symbology, "bytes": reading.data.hex(), "decoders": list(reading.decoders)}
    if reading.code is None:
        assert reading.fault is not None
        return {"status": "fault", **shared, "code": reading.fault.code, "detail": reading.fault.detail}
    code = reading.code
    return {"status": "read", **shared, "uri": code.uri, "batch": code.batch, "expiry": code.expiry}


def labels(
    out: Annotated[Path, typer.Option("--out", help="The file to write: .png and .svg for one code, .pdf for many.")],
    codes: Annotated[list[str] | None, typer.Argument(help="Codes, in any form that a scanner delivers.")] = None,
    source: Annotated[Path | None, typer.Option("--from", help="A file with more of them, one a line.")] = None,
    symbol: Annotated[
        Symbology,
        typer.Option("--symbol", help="data-matrix is GS1's and square; qr holds a GS1 Digital Link."),
    ] = "code-128",
    lang: Lang = None,
    json: Json = False,
) -> None:
    """Write labels for packs and cases, once both decoders have read them back.

    A national code becomes its 20 digits, with the digits beneath. Batch and expiry are in a GS1 symbol when the
    code that is given has them.
    """
    with command(lang, as_json=json) as screen:
        given = [*(codes or ()), *(read_lines(source) if source is not None else ())]
        wanted = [_symbol(text, symbol, f"code {number} of {len(given)}") for number, text in enumerate(given, 1)]
        kind = out.suffix.lower()
        if kind in (".png", ".svg"):
            if len(wanted) != 1:
                raise Misuse("usage-wrong", f"a {kind} holds one label; a .pdf holds many")
            data = (print_png if kind == ".png" else print_svg)(wanted[0])
        elif kind == ".pdf":
            data = print_sheet(wanted, clock.now())
        else:
            raise Misuse("usage-wrong", "--out ends in .png, .svg or .pdf")
        write_whole(out, data)
        screen.document({"file": str(out), "labels": len(wanted), "symbol": symbol})
        screen.line(f"{out}: {screen.say('labels-written')} {len(wanted)}")


def _symbol(text: str, symbology: Symbology, place: str) -> Symbol:
    try:
        return make_symbol(read(text), symbology)
    except CodeFault as fault:
        raise CodeFault(fault.code, f"{place}: {fault.detail}") from None
