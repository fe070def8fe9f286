"""What people read: each problem's title and advice, in English and Chinese.

One row a code. Rooms keep their rows together; a test holds the table against the codes that the source raises,
and `docs/reference/errors.md` is generated from it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["PROBLEMS", "Text"]


class Text(NamedTuple):
    """A problem in words: what is wrong, and what to do, in English (`en`) and Chinese (`zh`)."""

    en: str
    zh: str
    do_en: str
    do_zh: str


PROBLEMS: Final[dict[str, Text]] = {
    # -- canonical
    "json-profile": Text(
        "A value has no canonical JSON form.", "该值没有规范的 JSON 形式。",
        "Write decimals as text, keys in ASCII, and text in Unicode form NFC.", "小数写成文本，键用 ASCII，文本用 NFC 形式。",
    ),
    "json-malformed": Text(
        "The bytes are not JSON.", "内容不是 JSON。",
        "Send JSON in UTF-8; the detail names the place.", "请发送 UTF-8 编码的 JSON；详情指出了位置。",
    ),
    "json-ambiguous": Text(
        "The JSON can be read in two ways.", "该 JSON 可以有两种读法。",
        "Give each key once, and no NaN or half characters.", "每个键只写一次，不要使用 NaN 或残缺字符。",
    ),
    "json-too-deep": Text(
        "The JSON is nested too deeply.", "JSON 嵌套过深。",
        "Flatten the document.", "请减少嵌套层数。",
    ),
    # -- codes
    # -- log
    # -- custody
    # -- papers
    # -- identity
    # -- store
    # -- record
    # -- verify
    # -- command line
}
