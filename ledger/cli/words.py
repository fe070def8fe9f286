"""The words that the command line shows, in English and Chinese: one row a word."""

from __future__ import annotations

import os
from typing import Final

__all__ = ["LANGUAGES", "language_from", "say"]

LANGUAGES: Final = ("en", "zh")
_LANGUAGE_VARIABLE: Final = "PACKLEDGER_LANGUAGE"

_WORDS: Final[dict[str, tuple[str, str]]] = {
    # columns and headings
    "who": ("who", "主体"),
    "what": ("what", "事项"),
    "where": ("where", "地点"),
    "when": ("when (UTC)", "时间（UTC）"),
    "state": ("state", "状态"),
    "anomalies": ("anomalies", "异常"),
    "verdict": ("verdict", "判定"),
    "code": ("code", "追溯码"),
    "entry": ("entry", "序号"),
    "line": ("line", "行"),
    "problem": ("problem", "问题"),
    "what-to-do": ("what to do", "处理办法"),
    "count": ("count", "数量"),
    "product": ("product", "药品"),
    "pack": ("pack", "药品追溯码"),
    "now": ("now", "当前状态"),
    "caught": ("packs caught at recording", "记录时发现问题的药品"),
    "refused-lines": ("lines refused", "被拒绝的行"),
    "first-told": ("what people were told", "提示内容"),
    # outcomes
    "recorded": ("recorded", "已记录"),
    "already-recorded": ("recorded before", "此前已记录"),
    "refused": ("refused", "已拒绝"),
    "ok": ("ok", "正常"),
    "caution": ("caution", "注意"),
    "stop": ("stop", "停止"),
    "scanner_fault": ("scanner fault", "扫码设备故障"),
    # kinds
    "commissioning": ("commissioning", "赋码入库"),
    "packing": ("packing", "装箱"),
    "unpacking": ("unpacking", "拆箱"),
    "shipping": ("shipping", "发货"),
    "receiving": ("receiving", "收货"),
    "accepting": ("accepting", "验收"),
    "refusing": ("refusing", "拒收"),
    "dispensing": ("dispensing", "销售发药"),
    "undoing-dispense": ("undoing a dispense", "撤销销售"),
    "inspecting": ("inspecting", "查验"),
    "destroying": ("destroying", "销毁"),
    "sampling": ("sampling", "抽检"),
    "exporting": ("exporting", "出口"),
    "loss": ("loss", "丢失"),
    "theft": ("theft", "被盗"),
    "seizing": ("seizing", "查扣"),
    "other": ("other event", "其他事件"),
    "settlement": ("settlement", "医保结算"),
    "prescription": ("prescription", "处方"),
    "invoice": ("invoice", "发票"),
    "seizure": ("seizure list", "查扣清单"),
    "recall": ("recall notice", "召回通知"),
    # states
    "unknown": ("unknown", "未知"),
    "active": ("active", "在库"),
    "in_transit": ("in transit", "在途"),
    "dispensed": ("dispensed", "已售出"),
    "partially_dispensed": ("partially dispensed", "部分售出"),
    "exported": ("exported", "已出口"),
    "sampled": ("sampled", "已抽检"),
    "destroyed": ("destroyed", "已销毁"),
    "stolen": ("stolen", "被盗"),
    "seized": ("seized", "已查扣"),
    "lost": ("lost", "丢失"),
    # remarks in tables
    "insured": ("insured", "医保支付"),
    "inside-case": ("in its case", "随箱"),
    "body-withheld": ("body withheld", "正文未附"),
    "named-by-case": ("named by its case", "由箱码指代"),
    "key-compromised-since": ("the key was declared compromised later", "该密钥后被宣布泄露"),
    # sentences
    "valid": ("Everything holds.", "全部验证通过。"),
    "valid-with-warnings": ("Everything holds, with warnings.", "验证通过，但有提示。"),
    "not-valid": ("This does not hold.", "验证未通过。"),
    "first-wrong": ("first wrong entry", "第一条有误的记录"),
    "statements": ("statements", "声明"),
    "links": ("links", "链环"),
    "packs": ("packs and cases", "药品与箱"),
    "checkpoints": ("checkpoints", "检查点"),
    "not-opened": (
        "Confidential parts were not opened: no master key here.",
        "保密部分未解密核对：此处没有主密钥。",
    ),
    "verifying": ("verifying", "验证中"),
    "recording": ("recording", "记录中"),
    "simulating": ("simulating", "模拟中"),
    "writing": ("writing", "写入中"),
    "origin": ("origin", "日志名称"),
    "verifier-key": ("verifier key", "验证公钥"),
    "home": ("home", "账本目录"),
    "batch": ("batch", "批号"),
    "expiry": ("expiry", "有效期至"),
    "detail": ("detail", "详情"),
    "subject": ("subject", "对象"),
    "lake": ("lake", "数据湖"),
    "read-now": ("read now", "本次读取"),
    "reading": ("reading", "读取中"),
    "files": ("files", "文件"),
    "rows": ("rows", "行数"),
    "bytes": ("bytes", "字节"),
    "table": ("table", "数据表"),
    "segments": ("segments", "分段"),
    "persons": ("persons", "个人"),
    "as-pseudonyms": ("as pseudonyms", "以假名出现"),
    "left-out": ("left out", "不含"),
    "lake-not-compared": (
        "The rows were not compared with the ledger (--compare does that).",
        "未与账本逐行核对（可用 --compare）。",
    ),
    "remarks": ("remarks", "备注"),
    "benchmark": ("benchmark", "基准"),
    "database": ("database", "数据库"),
    "figure": ("figure", "指标"),
    "value": ("value", "数值"),
    "unit": ("unit", "单位"),
    "ratio": ("ratio", "比值"),
    "goal": ("goal", "目标"),
    # rules
    "rule": ("rule", "规则"),
    "grain": ("about", "对象类型"),
    "severity": ("severity", "严重程度"),
    "title": ("title", "名称"),
    "version": ("version", "版本"),
    "why": ("why", "缘由"),
    "not-proof": ("not proof", "并非证据"),
    "source": ("source", "依据"),
    "parameter": ("parameter", "参数"),
    "default": ("default", "默认值"),
    "found": ("found", "发现"),
    "money": ("money", "金额"),
    "computed": ("computed", "计算范围"),
    "seconds": ("seconds", "秒"),
    "everything": ("everything", "全部"),
    "what-changed": ("what changed", "变动部分"),
    "running": ("running", "运行中"),
    "month": ("month", "月份"),
    "region": ("region", "地区"),
    "same-subject": ("same subject", "对象相同"),
    "common-evidence": ("common evidence", "证据相同"),
    "outcome": ("outcome", "结果"),
    "cases": ("cases", "案件"),
    # the demo's steps
    "demo-init": ("1. A new ledger", "1. 新建账本"),
    "demo-enrol": ("2. Who may sign: parties, sites, stations, keys", "2. 登记主体、地点、终端和密钥"),
    "demo-record": (
        "3. Months of trade, signed at each station, with three crimes in it",
        "3. 数月的流通记录，由各终端签名，其中夹有三起犯罪",
    ),
    "demo-trace": ("4. The story of one pack that was caught", "4. 追溯其中一盒"),
    "demo-verify-file": (
        "5. Its pedigree, checked with nothing but the ledger's key",
        "5. 仅凭账本公钥离线验证该盒的谱系",
    ),
    "demo-verify": ("6. The whole ledger, checked", "6. 验证整个账本"),
    "demo-attack": (
        "7. Somebody who owns the database alters one row",
        "7. 数据库管理员暗中改动一行",
    ),
    "demo-verify-again": ("8. The whole ledger, checked again", "8. 再次验证整个账本"),
    "demo-end": (
        "The alteration was found, and the entry named. That is what this ledger is for.",
        "改动已被发现，并指出了被改的那一条。这正是本账本的用途。",
    ),
}


def language_from(choice: str | None) -> str:
    """Return the language to speak: the choice, else the environment's, else English."""
    wanted = choice or os.environ.get(_LANGUAGE_VARIABLE) or os.environ.get("LC_ALL") or os.environ.get("LANG", "")
    return "zh" if wanted.lower().startswith("zh") else "en"


def say(word: str, language: str) -> str:
    """Return a word in this language; a word without a row says itself."""
    texts = _WORDS.get(word)
    return word if texts is None else texts[LANGUAGES.index(language)]
