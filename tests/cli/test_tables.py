"""Tables at a terminal of few columns: what people copy stays in one piece."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
from rich.console import Console

from ledger.cli.screen import Screen

PACK = "87709840000000015538"
LONG = "01/09520000000097/21/SYN000000092"
SENTENCE = "该药共售出2次：首次由合成卫生院17售出，36天后由合成药房37再次售出，其间没有退货记录。"
COLUMNS = ("finding", "rule", "subject", "severity", "score", "money", "what-was-seen")
ROWS = [
    ("c1f09d3be210", "dispensed-twice", PACK, "严重", "92", "63,475.80", SENTENCE),
    ("77f09d3be211", "resold-after-insured-purchase", LONG, "严重", "98", "1.20", SENTENCE),
]
Row = tuple[str, ...]


def printed(width: int, columns: Row, rows: Sequence[Row], monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what a terminal of this width shows in Chinese."""
    screen, out = Screen("zh", as_json=False), io.StringIO()
    monkeypatch.setattr(screen, "_out", Console(file=out, width=width, highlight=False))
    screen.table(columns, rows, "标题")
    return out.getvalue()


@pytest.mark.parametrize("width", [60, 80, 100, 120, 140, 300])
def test_a_code_stays_on_one_line(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """At every width a code, an id and the amount can be copied, nothing is lost, and no line is too long."""
    shown = printed(width, COLUMNS, ROWS, monkeypatch)
    for whole in ("c1f09d3be210", "77f09d3be211", PACK, LONG, "标题"):
        assert whole in shown
    squeezed = "".join(each for each in shown if "\u4e00" <= each <= "\u9fff")
    for character in SENTENCE:
        assert character in squeezed or not "\u4e00" <= character <= "\u9fff"
    for line in shown.splitlines():
        assert Console(width=999).measure(line).maximum <= width


def test_what_does_not_fit_beside_each_other_stands_below_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row is lines of name and value then; a table comes back as soon as there is room."""
    narrow, wide = (printed(width, COLUMNS, ROWS, monkeypatch) for width in (80, 140))
    assert "│" not in narrow
    assert "│" in wide
    assert narrow.count(SENTENCE[:20]) == len(ROWS)


def test_other_columns_fold_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside a code, words give way."""
    shown = printed(60, ("entry", "pack", "anomalies"), [("2501", LONG, "already-dispensed-elsewhere")], monkeypatch)
    assert "│" in shown
    assert LONG in shown


def test_no_rows_show_the_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty table says what it would tell."""
    assert "药品追溯码" in printed(80, ("entry", "pack", "anomalies"), [], monkeypatch)


def test_a_key_longer_than_the_line_is_left_to_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A verifier key has no line break of ours in it: the terminal wraps, and gives it back whole when copied."""
    key = "demo.example/2026+cce73791+AVp81cV0S5jDDnp3ZoRkqv9foUqhNd9YmfQ34XtgeQaa"
    screen, out = Screen("zh", as_json=False), io.StringIO()
    monkeypatch.setattr(screen, "_out", Console(file=out, width=80, highlight=False))
    screen.facts([("origin", "demo.example/2026"), ("verifier-key", key)])
    assert out.getvalue().splitlines() == ["日志名称  demo.example/2026", f"验证公钥  {key}"]
