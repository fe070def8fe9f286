"""Pictures are read by two decoders that must agree; labels are read back before they leave."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
import qrcode
from PIL import Image
from typer.testing import CliRunner

import scanner.labels
from ledger.codes import Code, read
from ledger.errors import FormatError, Misuse
from scanner.cli.exits import Exit
from scanner.cli.line import app
from scanner.decoders import DECODERS, Grey, Seen, zxing
from scanner.labels import print_png, print_sheet, print_svg
from scanner.pictures import open_picture, read_picture
from scanner.symbols import SYMBOLOGIES, link_of, make_symbol
from tests.scanner.photos import measure

NATIONAL = Code("87709840000000015538")
GS1 = Code("01/09521234543213/21/SN%2F0001", batch="AB12", expiry=20281231)
CASE = Code("00/095212345432100010")


def test_both_decoders_are_here() -> None:
    """The suite runs with both, so that what follows is about two."""
    assert set(DECODERS) == {"zxing", "zbar"}


@pytest.mark.parametrize("code", [NATIONAL, GS1, CASE], ids=lambda code: code.scheme)
@pytest.mark.parametrize("symbology", SYMBOLOGIES)
def test_a_label_reads_back(code: Code, symbology: str) -> None:
    """What was printed is read, by both but for Data Matrix, as the code that it was made for."""
    (reading,) = read_picture(open_picture(print_png(make_symbol(code, symbology))))  # type: ignore[arg-type]
    assert reading.code == code
    assert set(reading.decoders) == ({"zxing"} if symbology == "data-matrix" else {"zxing", "zbar"})


@pytest.mark.parametrize("symbology", SYMBOLOGIES)
def test_the_svg_is_checked_by_its_own_path(symbology: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path with its first rows of rectangles lost is refused, and nothing is returned."""
    symbol = make_symbol(GS1, symbology)  # type: ignore[arg-type]
    assert print_svg(symbol).startswith(b"<svg ")
    whole = scanner.labels._rectangles
    monkeypatch.setattr(scanner.labels, "_rectangles", lambda *given: whole(*given)[len(whole(*given)) // 2 :])
    with pytest.raises(Misuse, match="label-unreadable"):
        print_svg(symbol)


def test_a_gs1_data_matrix_is_square_and_marked() -> None:
    """GS1 admits no rectangular extension."""
    symbol = make_symbol(GS1, "data-matrix")
    assert symbol.modules.shape[0] == symbol.modules.shape[1]
    (seen,) = zxing(open_picture(print_png(symbol)))
    assert (seen.identifier, seen.data) == ("]d2", b"010952123454321317281231" b"10AB12\x1d21SN/0001")


def test_a_sheet_has_as_many_pages_as_it_needs() -> None:
    """Hundreds of labels, all read back; too many, or none, are refused."""
    symbols = [make_symbol(Code(f"8770984{number:013}"), "code-128") for number in range(40)]
    sheet = print_sheet(symbols, 1_795_322_220)
    assert sheet.startswith(b"%PDF-")
    assert sheet.count(b"/Type /Page\n") == 2
    for wrong in ([], symbols * 26):
        with pytest.raises(Misuse, match="labels-too-many"):
            print_sheet(wrong, 0)


@pytest.mark.parametrize("symbology", SYMBOLOGIES)
def test_a_sheet_is_read_back_from_its_own_bytes(symbology: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the PDF holds counts: one whose second page is another, or that has lost it, is refused."""
    symbols = [make_symbol(Code(f"8770984{number:013}"), symbology) for number in range(60)]  # type: ignore[arg-type]
    whole = scanner.labels._pdf
    pages: list[Image.Image] = []
    monkeypatch.setattr(scanner.labels, "_pdf", lambda given, now: pages.extend(given) or whole(given, now))  # type: ignore[func-returns-value]
    print_sheet(symbols, 0)
    assert len(pages) > 1
    for wrong in ([pages[0], pages[0]], pages[:1]):
        monkeypatch.setattr(scanner.labels, "_pdf", lambda _given, now, wrong=wrong: whole(wrong, now))
        with pytest.raises(Misuse, match="label-unreadable"):
            print_sheet(symbols, 0)


@pytest.mark.parametrize("symbology", SYMBOLOGIES)
def test_the_text_of_an_svg_fits_its_label(symbology: str) -> None:
    """A symbol narrower than its digits stands in the middle of a label that is wide enough for them."""
    svg = print_svg(make_symbol(GS1, symbology)).decode()  # type: ignore[arg-type]
    wide = float(re.search(r'viewBox="0 0 (\S+)', svg)[1])  # type: ignore[index]
    texts = re.findall(r'<text x="(\S+)" .*?textLength="(\S+)"', svg)
    assert len(texts) == 4
    for middle, length in texts:
        assert float(middle) - float(length) / 2 >= 0
        assert float(middle) + float(length) / 2 <= wide


def test_the_link_says_all_that_the_code_says() -> None:
    """As it was printed, so it reads."""
    assert read(link_of(GS1)) == GS1
    assert read(link_of(NATIONAL)) == NATIONAL


def liar(picture: Grey) -> list[Seen]:
    """Return what zxing reads, with the last byte changed."""
    return [seen._replace(data=seen.data[:-1] + bytes([seen.data[-1] ^ 1])) for seen in zxing(picture)]


def test_decoders_that_disagree_are_refused() -> None:
    """Neither is believed, though either reading would be a code."""
    picture = open_picture(print_png(make_symbol(NATIONAL, "code-128")))
    (reading,) = read_picture(picture, {"zxing": zxing, "liar": liar})
    assert reading.code is None
    assert reading.fault is not None
    assert reading.fault.code == "scanner-decoders-disagree"
    assert [each.code for each in read_picture(picture, {"liar": liar})] == [Code("87709840000000015539")]


def test_two_symbols_in_one_picture() -> None:
    """Each is its own reading, from top to bottom."""
    upper, lower = (
        open_picture(print_png(make_symbol(Code(f"877098400000000{number}"), "code-128"))) for number in (15538, 15539)
    )
    readings = read_picture(np.vstack([upper, lower]))
    assert [each.code.key[-1] for each in readings if each.code] == ["8", "9"]
    assert all(len(each.decoders) == 2 for each in readings)


def qr_of(data: bytes) -> Grey:
    """Return a QR code of any bytes."""
    file = io.BytesIO()
    qrcode.make(data).save(file)
    return open_picture(file.getvalue())


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_chinese_text_is_decoded_by_us(charset: str) -> None:
    """An address with Chinese beside the code is read in either encoding, whatever the decoders guess."""
    data = "https://例.cn/01/09521234543213/21/SN1?名=阿莫西林".encode(charset)
    (reading,) = read_picture(qr_of(data))
    assert reading.data == data
    assert reading.fault is not None
    assert reading.fault.code == "code-unknown-form"  # such a host is no code's address; but it was read as text
    assert set(reading.decoders) == {"zxing", "zbar"}


@pytest.mark.parametrize(
    "data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, b"GIF89a\xff\xff\xff\xff"]
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    """With a problem, whatever the library thinks."""
    with pytest.raises(FormatError, match="picture-malformed"):
        open_picture(data)


def test_a_broken_or_enormous_picture_is_refused(tmp_path: Path) -> None:
    """A file cut in half, and one whose header promises more pixels than anybody has."""
    whole = print_png(make_symbol(NATIONAL, "code-128"))
    with pytest.raises(FormatError, match="picture-malformed"):
        open_picture(whole[: len(whole) // 2])
    bomb = tmp_path / "bomb.png"
    Image.new("1", (10_000, 10_000)).save(bomb)
    with pytest.raises(FormatError, match="pixels"):
        open_picture(bomb)


def test_a_label_on_nothing_lies_on_white() -> None:
    """A transparent background is paper."""
    with Image.open(io.BytesIO(print_png(make_symbol(NATIONAL, "code-128")))) as label:
        grey = label.convert("L")
    clear = Image.merge("LA", (Image.new("L", grey.size, 0), grey.point(lambda value: 255 - value)))
    file = io.BytesIO()
    clear.save(file, "PNG")
    assert [each.code for each in read_picture(open_picture(file.getvalue()))] == [NATIONAL]


def test_the_commands(tmp_path: Path) -> None:
    """Labels are written, read, and told; a picture without a code and a wrong call have their exit codes."""
    label, empty = tmp_path / "a.png", tmp_path / "empty.png"
    Image.new("L", (100, 100), 255).save(empty)

    def run(*arguments: str) -> tuple[int, list[dict[str, object]]]:
        done = CliRunner().invoke(app, [*arguments, "--json"])
        return done.exit_code, [json.loads(line) for line in done.stdout.splitlines()]

    assert run("labels", NATIONAL.key, "--out", str(label))[0] == Exit.VALID
    code, (document,) = run("scan", str(label))
    assert (code, document["uri"], document["decoders"]) == (Exit.VALID, NATIONAL.uri, ["zxing", "zbar"])
    assert bytes.fromhex(str(document["bytes"])) == NATIONAL.key.encode()
    assert run("scan", str(empty)) == (Exit.WARNINGS, [{"file": str(empty), "status": "no-code"}])
    assert run("scan", str(tmp_path / "none.png"))[0] == Exit.RUNTIME
    assert run("labels", NATIONAL.key, NATIONAL.key, "--out", str(label))[0] == Exit.USAGE
    assert run("labels", NATIONAL.key, "--out", str(tmp_path / "a.doc"))[0] == Exit.USAGE
    assert run("labels", "123", "--out", str(tmp_path / "new.png"))[0] == Exit.USAGE
    assert not (tmp_path / "new.png").exists()


def test_bad_pictures_are_read_as_well_as_the_better_decoder_can_and_never_wrongly() -> None:
    """The short form of `python -m tests.scanner.photos`."""
    for result in measure(3):
        assert result.read >= max(result.alone.values()), result
        assert result.wrong == 0, result
        if result.kind == "clean":
            assert result.read == result.count, result
