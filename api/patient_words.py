"""What the page for patients says, in English and Chinese; and what a division code means, as far as its province."""

from __future__ import annotations

from typing import Final

from api.language import Language
from ledger.check import Warned

__all__ = ["HEADLINES", "PAGE", "WARNINGS", "region_name"]

_Both = tuple[str, str]

HEADLINES: Final[dict[str, _Both]] = {
    "ok": ("This code is genuine", "追溯码真实有效"),
    "caution": ("This code is genuine, but look closer", "追溯码真实有效，但请核对"),
    "stop": ("Do not use this medicine", "请不要使用这盒药"),
    "unknown": ("This pack is not known", "查不到这盒药"),
    "fault": ("This is not a pack's code", "这不是药品追溯码"),
    "form": ("Is this pack of medicine genuine?", "这盒药是真的吗？"),
}

WARNINGS: Final[dict[Warned, _Both]] = {
    "recalled": (
        "It was recalled. Do not take it; bring it back to where you got it.",
        "该批药品已被召回。请不要服用，退回购买处。",
    ),
    "expired": (
        "It has expired. Do not take it; bring it to a pharmacy that collects old medicine.",
        "已过有效期。请不要服用，送到设有过期药品回收点的药店。",
    ),
    "out-of-trade": (
        "It was taken out of trade: destroyed, seized, stolen, lost, sampled or exported. Do not take it; report it to"
        " the medicine regulator.",
        "这盒药已退出流通（销毁、查扣、被盗、遗失、抽检或出口）。请不要服用，并向药品监管部门举报。",
    ),
    "sold-more-than-once": (
        "It was sold more than once. It may be false, or a sold pack that came back into trade. Do not take it; report"
        " it to the medicine regulator.",
        "这盒药被多次销售，可能是假药或回流药。请不要服用，并向药品监管部门举报。",
    ),
    "product-unknown": (
        "Its product is not registered here. Ask a pharmacist.", "没有登记该品种，请咨询药师。",
    ),
    "batch-differs": (
        "The batch in the code is not the one that its maker registered. Compare it with the box.",
        "码中的批号与生产企业登记的不一致，请核对药盒。",
    ),
    "expiry-differs": (
        "The expiry date in the code is not the one that its maker registered. Compare it with the box.",
        "码中的有效期与生产企业登记的不一致，请核对药盒。",
    ),
}  # fmt: skip

PAGE: Final[dict[str, _Both]] = {
    "language": ("Language", "语言"),
    "about": ("What is recorded of it", "登记信息"),
    "product": ("Medicine", "药品"),
    "maker": ("Made by", "生产企业"),
    "batch": ("Batch", "批号"),
    "expiry": ("Use before", "有效期至"),
    "code": ("Code", "追溯码"),
    "sold": ("First sold: day (Beijing time), district", "首次销售：日期（北京时间）、地区代码"),
    "sales": ("Times sold", "销售次数"),
    "compare": (
        "Compare all of it with the box. A code can be copied: a false pack may show the code of a genuine one.",
        "请与药盒逐项核对。追溯码可能被复制：假药也可能印着真药的码。",
    ),
    "registered": ("Its maker registered a pack with this code.", "生产企业登记过使用此码的药品。"),
    "sold-once": (
        "It was sold once. If that was not you, or not there, do not take it; report it to the medicine regulator.",
        "它有一次销售记录。如果不是您本人购买，或地点不符，请不要服用，并向药品监管部门举报。",
    ),
    "never-sold": (
        "No sale of it is recorded. If you have it from a shop longer than two days, the shop did not scan it.",
        "目前没有销售记录。如果购买已超过两天，说明销售方没有扫码。",
    ),
    "unknown": (
        "No maker has registered a pack with this code. It may be false: do not take it, and show it to a pharmacist"
        " or to the medicine regulator.",
        "没有生产企业登记过使用此码的药品，可能是假药。请不要服用，并请药师或药品监管部门查看。",
    ),
    "broken": (
        "Compare the digits with the box, then type the code below, or scan the square code again.",
        "请与药盒上的数字核对，然后在下面输入追溯码，或重新扫描二维码。",
    ),
    "later": ("Wait a moment, then try again.", "请稍候，然后重试。"),
    "type": ("Type its code", "输入追溯码"),
    "another": ("Check another pack", "再查一盒"),
    "label": ("20 digits beginning with 8, or the text of the square code", "以 8 开头的 20 位数字，或二维码中的内容"),
    "check": ("Check", "查询"),
    "recorded": (
        "That a pack was checked may be recorded. Who you are, or where, is not.",
        "系统可能记录这盒药被查询过，不记录您是谁、在哪里。",
    ),
    "again": ("Check a pack", "查询药品"),
}

# GB/T 2260: the first two digits of a division code.
_PROVINCES: Final[dict[str, _Both]] = {
    "11": ("Beijing", "北京市"), "12": ("Tianjin", "天津市"), "13": ("Hebei", "河北省"), "14": ("Shanxi", "山西省"),
    "15": ("Inner Mongolia", "内蒙古自治区"), "21": ("Liaoning", "辽宁省"), "22": ("Jilin", "吉林省"),
    "23": ("Heilongjiang", "黑龙江省"), "31": ("Shanghai", "上海市"), "32": ("Jiangsu", "江苏省"),
    "33": ("Zhejiang", "浙江省"), "34": ("Anhui", "安徽省"), "35": ("Fujian", "福建省"), "36": ("Jiangxi", "江西省"),
    "37": ("Shandong", "山东省"), "41": ("Henan", "河南省"), "42": ("Hubei", "湖北省"), "43": ("Hunan", "湖南省"),
    "44": ("Guangdong", "广东省"), "45": ("Guangxi", "广西壮族自治区"), "46": ("Hainan", "海南省"),
    "50": ("Chongqing", "重庆市"), "51": ("Sichuan", "四川省"), "52": ("Guizhou", "贵州省"), "53": ("Yunnan", "云南省"),
    "54": ("Tibet", "西藏自治区"), "61": ("Shaanxi", "陕西省"), "62": ("Gansu", "甘肃省"), "63": ("Qinghai", "青海省"),
    "64": ("Ningxia", "宁夏回族自治区"), "65": ("Xinjiang", "新疆维吾尔自治区"), "71": ("Taiwan", "台湾省"),
    "81": ("Hong Kong", "香港特别行政区"), "82": ("Macao", "澳门特别行政区"),
}  # fmt: skip


def region_name(region: str, language: Language) -> str:
    """Return what people read for a division code: its province where it has one, and the code itself.

    >>> region_name("610802", "zh")
    '陕西省（区划代码 610802）'
    """
    known = _PROVINCES.get(region[:2])
    if known is None:
        return region
    return f"{known[1]}（区划代码 {region}）" if language == "zh" else f"{known[0]} (division {region})"
