"""The words of the page, in Chinese and English: one row a word."""

from __future__ import annotations

from typing import Final

__all__ = ["LANGUAGES", "words_in"]

LANGUAGES: Final = ("zh", "en")
"""In the order in which the page has them."""

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "case": ("案件", "Case"),
    "language": ("中文", "English"),
    "intro": (
        "本页由案卷数据生成，供人阅读。页中所有内容均可离线核验，方法见页末。人员仅以假名显示。",
        "This page was made from the case file, for people to read. All of it can be checked offline; how is told at"
        " the end. Persons appear under pseudonyms only.",
    ),
    "ledger": ("账本", "Ledger"),
    "head": ("日志签名头（声明数）", "Signed head of the log, statements"),
    "as-of": ("截至（UTC）", "As of (UTC)"),
    "state": ("状态", "State"),
    "waiting": ("待认领", "waiting for an officer"),
    "working": ("办理中", "being worked on"),
    "closed": ("已结案", "closed"),
    "office": ("承办机关", "Office"),
    "deadline": ("期限（UTC）", "Deadline (UTC)"),
    "decision": ("结论", "Outcome"),
    "confirmed": ("属实", "confirmed"),
    "false-alarm": ("误报", "false alarm"),
    "unresolved": ("未查清", "unresolved"),
    "family": ("家属代取", "collected by family"),
    "chronic-need": ("慢病用药需要", "chronic need"),
    "lost-pack": ("药品遗失后补购", "lost pack bought again"),
    "returned": ("正常退货", "returned goods"),
    "late-upload": ("补传数据", "late upload"),
    "scanner": ("扫码设备故障", "scanner fault"),
    "clerical": ("录入差错", "clerical error"),
    "lawful-trade": ("合法经营", "lawful trade"),
    "rule": ("规则过严", "the rule is too strict"),
    "other": ("其他", "other"),
    "figures": ("概况", "Figures"),
    "findings": ("疑点", "Findings"),
    "persons": ("涉及参保人（假名）", "Persons (pseudonyms)"),
    "institutions": ("涉及机构", "Institutions"),
    "found-packs": ("有疑点的药品（盒）", "Packs with a finding"),
    "packs": ("药品（盒）", "Packs"),
    "money": ("涉案金额（元）", "Money at stake"),
    "statements": ("所附声明", "Statements enclosed"),
    "severity": ("程度", "Severity"),
    "high": ("严重", "high"),
    "medium": ("中等", "medium"),
    "low": ("轻微", "low"),
    "score": ("把握（0–100）", "Confidence (0–100)"),
    "seen": ("发现了什么", "What was seen"),
    "why": ("为什么重要", "Why it matters"),
    "not-proof": ("可能的正当解释", "What would explain it innocently"),
    "about": ("对象", "About"),
    "name": ("名称", "Name"),
    "text": ("说明", "Text"),
    "evidence": ("证据（日志序号）", "Evidence (log indexes)"),
    "standing": ("当前", "Now"),
    "open": ("存在", "open"),
    "new-facts": ("已由新记录解释", "explained by new statements"),
    "rule-changed": ("规则已修改", "the rule was changed"),
    "rule-withdrawn": ("规则已撤销", "the rule was withdrawn"),
    "person-erased": ("当事人资料已删除", "the person was erased"),
    "time-passed": ("规则不再命中", "the rule no longer sees it"),
    "more": ("另有", "and more:"),
    "network": ("关系图", "The network"),
    "network-caption": (
        "左侧为医保卡（假名前十二位），右侧为机构；连线表示在该机构用卡，次数越多越粗。",
        "At the left cards (the first twelve digits of their pseudonyms), at the right institutions; a line is a card"
        " used there, thicker where more often.",
    ),
    "left-out": ("未画出的卡与机构", "Cards and institutions not drawn"),
    "timeline": ("时间线", "Timeline"),
    "timeline-caption": ("各月证据声明数。", "Statements among the evidence, month by month."),
    "when": ("时间（UTC）", "When (UTC)"),
    "who": ("主体", "Who"),
    "done": ("办理记录", "What was done"),
    "act-open": ("立案", "opened"),
    "act-add": ("补充", "added to"),
    "act-claim": ("认领", "claimed"),
    "act-note": ("记录", "note"),
    "act-deadline": ("设定期限", "deadline set"),
    "act-ask-name": ("申请查明身份", "asked who a person is"),
    "act-allow-name": ("批准查明身份", "allowed a name"),
    "act-hand-over": ("移交", "handed over"),
    "act-outcome": ("结论", "outcome"),
    "does-not-count": ("不生效", "does not count"),
    "seizure": ("查扣药品溯源", "What was seized, traced"),
    "file-number": ("案卷号", "File number"),
    "place": ("地点", "Place"),
    "no-codes": ("无法识别（处）", "Codes that could not be read"),
    "seized-packs": ("可识别的药品（盒）", "Packs that could be read"),
    "kilograms": ("重量（公斤，按登记单重）", "Kilograms, by registered weight"),
    "traced": ("追溯到人（盒）", "Traced to a person"),
    "share": ("追溯比例", "Share"),
    "fund": ("医保基金支付（元）", "Paid by the fund"),
    "value": ("金额（元）", "Money"),
    "insured-packs": ("医保支付过（盒）", "Paid by an insurer"),
    "sold-again": ("重复销售（盒）", "Sold more than once"),
    "never-recorded": ("无任何记录", "never recorded"),
    "never-dispensed": ("从未售出", "never dispensed"),
    "nobody-named": ("售出但未记载购药人", "sold, and nobody named"),
    "untraced": ("不能追溯的原因", "Why the rest cannot be traced"),
    "by-institution": ("按售出机构", "By institution"),
    "by-person": ("按医保卡（假名）", "By card (pseudonym)"),
    "by-product": ("按药品", "By product"),
    "by-month": ("按月份", "By month"),
    "by-holder": ("未售出药品的最后记录方", "Never dispensed: who spoke of them last"),
    "from-to": ("起止日期", "From – to"),
    "how": ("如何核验", "How to check this"),
    "how-text": (
        "在任何电脑上运行下面的命令，无需联网，无需账本；公钥须从别处取得。",
        "Run this on any machine, without network and without the ledger; get the key from elsewhere.",
    ),
    "checked": ("核验内容", "What is checked"),
    "check-1": (
        "目录由账本签名，每个文件与目录中的摘要一致。",
        "The index is signed by the ledger, and every file has the digest that it lists.",
    ),
    "check-2": (
        "每条声明都在日志签名头之下，由登记的密钥签名，正文未改动。",
        "Every statement lies in the log under the signed head, is signed by a registered key, and"
        " its body is unaltered.",
    ),
    "check-3": (
        "案件状态由其办理记录推出，无遗漏。",
        "The case stands where its recorded actions lead, with none left out.",
    ),
    "check-4": (
        "每个疑点附有规则原文，其摘要即规则版本，证据齐全。",
        "Each finding has the text of its rule, whose digest is the version, and all of its evidence.",
    ),
    "check-5": (
        "每个谱系单独验证；查扣清单与查扣声明一致。",
        "Every pedigree verifies by itself; the table of what was seized has the packs of the"
        " seizure statements.",
    ),
    "check-6": (
        "本页由上述内容重新生成后逐字节相同。",
        "This page is made anew from all that, and is the same byte by byte.",
    ),
    "not-shown": ("不能证明的", "What it does not show"),
    "limit-1": ("声明的内容属实：签名只说明是谁说的。", "That a statement is true: a signature says who claims it."),
    "limit-2": (
        "某人有罪：疑点须经调查，上文列出可能的正当解释。",
        "That anybody is guilty: a finding asks for inquiry; what would explain it innocently"
        " stands beside it.",
    ),
    "limit-3": ("截止之后没有新的声明。", "That nothing was stated after this head."),
    "none": ("无", "none"),
}  # fmt: skip


def words_in(language: str) -> dict[str, str]:
    """Return all words in this language."""
    place = LANGUAGES.index(language)
    return {name: texts[place] for name, texts in _WORDS.items()}
