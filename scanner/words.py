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
    "recalled-batches": ("batches under recall", "召回批号"),
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
    "entry": ("entry", "序号"),
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
    # the page
    "page-title": ("Counter", "扫码台"),
    "modes": ("What is being done", "当前操作"),
    "receive": ("Receive", "收货"),
    "ship": ("Ship", "发货"),
    "dispense-insured": ("Dispense, insured", "医保发药"),
    "dispense-self-pay": ("Dispense, self-pay", "自费发药"),
    "return": ("Return", "退药"),
    "inspect": ("Inspect", "查验"),
    "stock-take": ("Stock-take", "盘点"),
    "ready": ("Ready to scan", "可以扫码"),
    "ready-say": ("Scan a pack, or type its code (F8).", "请扫描药品追溯码，或按 F8 手工输入。"),
    "card": ("Patient's card", "患者医保卡号"),
    "card-first": ("First the patient's card, then the packs.", "请先读取医保卡，再扫描药品。"),
    "card-is-code": ("That was a pack: first the patient's card.", "这是药品追溯码：请先读取医保卡。"),
    "settlement": ("Settlement number, if known", "结算单号（如已知）"),
    "destination": ("Receiver (URI)", "收货方（URI）"),
    "basket": ("Basket", "本单"),
    "basket-empty": ("No pack yet.", "尚未扫码。"),
    "finish": ("Finish basket (F10)", "结束本单（F10）"),
    "finished": ("Basket finished: {}", "本单已结束：{}"),
    "one-pack": ("{} pack.", "共 {} 盒。"),
    "packs": ("{} packs.", "共 {} 盒。"),
    "type-code": ("Type a code (F8)", "手工输入追溯码（F8）"),
    "record": ("Record", "记录"),
    "search": ("Search (Ctrl+K)", "查找（Ctrl+K）"),
    "search-hint": ("A part of a code or batch", "追溯码或批号的一部分"),
    "today": ("Today", "今日记录"),
    "found": ("Found", "查找结果"),
    "nothing-today": ("Nothing was scanned yet.", "今日尚未扫码。"),
    "time": ("time", "时间"),
    "what": ("what", "操作"),
    "pack": ("pack", "药品"),
    "verdict": ("verdict", "结论"),
    "undo": ("Undo", "撤销"),
    "undo-last": ("Undo last (Ctrl+Z)", "撤销上一次（Ctrl+Z）"),
    "undone": ("taken back", "已撤销"),
    "taken-back": ("Taken back: {}", "已撤销：{}"),
    "correction": ("correction", "更正"),
    "queued": ("waits", "待发送"),
    "sent": ("no receipt yet", "待回执"),
    "queue": ("waiting", "待发送"),
    "knowledge-age": ("data {} old", "数据为 {}前"),
    "knowledge-new": ("data just fetched", "数据刚更新"),
    "minutes": ("min", "分钟"),
    "hours": ("h", "小时"),
    "confirmed-by-ledger": ("The ledger says the same.", "账本已确认。"),
    "changed-by-ledger": ("So says the ledger; this station knew less.", "以上为账本判定，本机此前尚不知情。"),
    "own-verdict": ("By what is known here ({}).", "依据本机数据判定（{}）。"),
    "blind-say": ("Nothing is known here yet: only what the barcode says.", "本机尚无数据，仅依据条码内容。"),
    "stop-confirm": ("Seen. Go on (F9)", "已知晓，继续（F9）"),
    "stop-undo": ("Take this scan back (Ctrl+Z)", "撤销本次扫码（Ctrl+Z）"),
    "stop-recorded": (
        "It is recorded as dispensed: take the scan back unless the patient has the pack.",
        "本次已记为发药：除非药品已交给患者，请撤销本次扫码。",
    ),
    "stop-first": ("Confirm the stop first.", "请先确认停止提示。"),
    "stop-title": ("Stop", "停止"),
    "camera": ("Camera", "摄像头"),
    "camera-off": ("Camera off", "关闭摄像头"),
    "camera-say": ("Hold one pack before the camera.", "请将一盒药品对准摄像头。"),
    "camera-several": ("Several packs are in sight: show one at a time.", "画面中有多盒药品：请逐盒出示。"),
    "camera-none": ("There is no camera: plug one in, then try again.", "未找到摄像头：请接好摄像头后重试。"),
    "camera-denied": (
        "The browser keeps the camera from this page: allow it beside the address, then try again.",
        "浏览器未允许本页使用摄像头：请在地址栏旁允许后重试。",
    ),
    "camera-busy": (
        "Another program has the camera: close that, then try again.",
        "摄像头被其他程序占用：请关闭该程序后重试。",
    ),
    "camera-gone": ("The camera is gone: plug it in, then try again.", "摄像头已断开：请接好后重试。"),
    "camera-insecure": (
        "Browsers give a camera only to a page of this machine: open it at http://127.0.0.1, as the program said.",
        "浏览器只允许本机页面使用摄像头：请按程序提示，通过 http://127.0.0.1 打开。",
    ),
    "calibrate": ("Calibrate scanner", "校准扫描枪"),
    "calibrate-say": (
        "Scan this symbol once. What arrives is compared with what it holds, and kept for this scanner.",
        "请扫描此码一次。系统将比对收到的内容并保存为该扫描枪的设置。",
    ),
    "close": ("Close", "关闭"),
    "language": ("中文", "English"),
    "lost-server": ("The station's program does not answer. Start it again.", "本机程序无应答，请重新启动。"),
    "keys-help": (
        "F1–F7 mode · F8 type a code · F9 confirm a stop · F10 finish basket"
        " · Ctrl+Z undo · Ctrl+K search · Esc back to scanning",
        "F1–F7 选择操作 · F8 手工输入 · F9 确认停止 · F10 结束本单 · Ctrl+Z 撤销 · Ctrl+K 查找 · Esc 返回扫码",
    ),
    "serving": ("The counter is at", "扫码台地址"),
    "labels-written": ("labels written and read back:", "已写出并回读的标签："),
}


def say(word: str, language: str) -> str:
    """Return a word in this language."""
    return WORDS[word][LANGUAGES.index(language)]


def language_of(text: str) -> Language:
    """Return the language that a locale, or a preference of a browser, names; English for those we do not speak."""
    return "zh" if text.strip().lower().startswith("zh") else "en"
