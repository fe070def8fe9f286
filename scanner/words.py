"""What the station says to people, beside the problems and anomalies that have their own tables: English and Chinese.

The page and the commands take their words from here, so that both speak alike.
"""

from __future__ import annotations

from typing import Final, Literal

__all__ = ["LANGUAGES", "WORDS", "Language", "language_of", "say"]

Language = Literal["en", "zh"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")

WORDS: Final[dict[str, tuple[str, str]]] = {
    # verdicts, and how much was known
    "ok": ("OK", "正常"),
    "caution": ("Caution", "注意"),
    "stop": ("Stop", "停止"),
    "scanner_fault": ("Scan again", "重新扫描"),
    "online": ("online", "在线"),
    "offline": ("offline", "离线"),
    "blind": ("blind", "无数据"),
    # reading pictures
    "no-code": ("no code found", "未发现条码"),
    "file": ("file", "文件"),
    "symbol": ("symbol", "码制"),
    "code": ("code", "追溯码"),
    "batch": ("batch", "批号"),
    "expiry": ("expiry", "有效期"),
    "read-by": ("read by", "识读"),
    "zbar-missing": (
        "The library zbar is missing: one decoder reads alone, and nobody checks it (sudo apt-get install libzbar0).",
        "缺少 zbar 库：只有一个解码器识读，无法互相核对（sudo apt-get install libzbar0）。",
    ),
    # enrolling, syncing, looking
    "enrolment-code": ("one-time code", "一次性登记码"),
    "station": ("station", "终端"),
    "party": ("party", "主体"),
    "ledger-key": ("the ledger's key", "账本公钥"),
    "valid-until": ("key valid until", "密钥有效期至"),
    "compare-key": (
        "Compare the ledger's key with what its operator told you: everything is believed by it.",
        "请与运营方提供的账本公钥核对：之后一切均以此为准。",
    ),
    "state": ("state", "状态"),
    "waiting": ("waiting to be sent", "待发送"),
    "receipted": ("receipted", "已有回执"),
    "refused": ("refused", "被拒绝"),
    "online-at": ("last online", "最近在线"),
    "knowledge-of": ("knowledge of", "离线数据时间"),
    "offline-left": ("may stay offline for", "还可离线"),
    "days": ("days", "天"),
    "confirm-first": ("Stopped: press Enter to confirm, then scan again.", "已停止：请按回车确认，然后重新扫描。"),
    "scan-the-symbol": ("Scan the calibration symbol now.", "请扫描校准码。"),
    "calibrated": ("Calibrated: this scanner is read right from now on.", "已校准：此后可正确识读该扫描枪。"),
    "calibrated-without-separator": (
        "Calibrated, but the scanner sends no separator (GS): codes that need one will be refused."
        " Set it to send FNC1 as GS, and calibrate again.",
        "已校准，但扫描枪未发送分隔符（GS）：需要分隔符的码将被拒绝。请设置为将 FNC1 作为 GS 发送，然后重新校准。",
    ),
    "labels-written": ("labels written, each read back", "标签已写出，均已回读"),
}


def say(word: str, language: Language) -> str:
    """Return a word in this language."""
    return WORDS[word][LANGUAGES.index(language)]


def language_of(text: str) -> Language:
    """Return the language that a locale, or a preference of a browser, names; English for those we do not speak."""
    return "zh" if text.strip().lower().startswith("zh") else "en"
