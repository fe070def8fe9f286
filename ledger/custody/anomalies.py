"""What can be wrong with an act, as a table: how grave it is, whether the act counts, what a person is told.

Grades are mild on purpose: most alarms in live systems are scanner faults and double beeps, and a counter
that cries wolf is switched off. `counts` decides what becomes of the pack's state; the statement is recorded
either way.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Final, NamedTuple

__all__ = ["ANOMALIES", "Anomaly", "Verdict", "verdict_of"]


class Verdict(IntEnum):
    """What the station is told; graver is greater. A scanner fault is found before any pack is judged."""

    OK = 0
    CAUTION = 1
    STOP = 2
    SCANNER_FAULT = 3

    @property
    def word(self) -> str:
        """The verdict as stations and files spell it: `scanner_fault`."""
        return self.name.lower()


class Anomaly(NamedTuple):
    """One row.

    Attributes:
        code: stable, kebab-case.
        verdict: how grave it is for the person who holds the pack.
        counts: whether the act changes the pack's state all the same.
        en, zh: what that person is told, and what to do.
    """

    code: str
    verdict: Verdict
    counts: bool
    en: str
    zh: str


_ROWS: Final = (
    Anomaly(
        "already-recorded", Verdict.OK, False,
        "This was recorded before; the first receipt holds.", "此前已记录，以第一次的回执为准。",
    ),
    Anomaly(
        "repeat-scan", Verdict.OK, False,
        "Scanned twice; it counts once.", "重复扫码，只计一次。",
    ),
    Anomaly(
        "repeat-scan-often", Verdict.CAUTION, False,
        "Scanned three times or more; it counts once. Check that these are not several packs with one code.",
        "已扫三次或更多，只计一次。请确认不是多盒药品使用同一个追溯码。",
    ),
    Anomaly(
        "not-authorised", Verdict.STOP, False,
        "Your organisation may not do this. The attempt is recorded; the pack is unchanged.",
        "贵单位无权进行此操作。本次尝试已记录，药品状态不变。",
    ),
    Anomaly(
        "unknown-pack", Verdict.STOP, False,
        "No manufacturer has registered this pack. Do not hand it out; set it aside and report it.",
        "没有生产企业登记过这盒药。请勿发出，单独存放并上报。",
    ),
    Anomaly(
        "unknown-case", Verdict.CAUTION, False,
        "No one has recorded packing this case. Scan the packs inside, or scan it again when the sender has uploaded.",
        "没有这个箱子的装箱记录。请扫描箱内药品，或在发货方上传后重新扫描。",
    ),
    Anomaly(
        "already-commissioned", Verdict.STOP, False,
        "This code is already on another pack. Stop the line and check the code allocation.",
        "该追溯码已被赋给其他药品。请停线并核查赋码。",
    ),
    Anomaly(
        "already-dispensed-here", Verdict.CAUTION, False,
        "This pack was handed out here before. Check whether it was returned, or its empty box was scanned.",
        "这盒药此前已在本处发出。请核对是否退回，或扫到了空盒。",
    ),
    Anomaly(
        "already-dispensed-elsewhere", Verdict.STOP, False,
        "This pack was handed out at another place. Do not accept it or hand it out; report it.",
        "这盒药已在其他机构发出。请勿接收或发出，请上报。",
    ),
    Anomaly(
        "dispensed-under-insurance", Verdict.STOP, True,
        "The medical insurance has paid for this pack elsewhere. Do not accept it or hand it out; report it.",
        "这盒药已在其他机构由医保结算。请勿接收或发出，请上报。",
    ),
    Anomaly(
        "after-final-state", Verdict.STOP, False,
        "This pack is recorded as destroyed, exported, sampled, seized, stolen or lost. Report it.",
        "这盒药已记录为销毁、出口、抽样、查扣、被盗或遗失。请上报。",
    ),
    Anomaly(
        "not-in-custody", Verdict.CAUTION, True,
        "By the records another organisation has this pack. Check your receiving record.",
        "按记录这盒药在其他单位。请核对收货记录。",
    ),
    Anomaly(
        "received-never-shipped", Verdict.CAUTION, True,
        "No one has recorded sending you this pack. Ask the supplier.",
        "没有向贵单位发货的记录。请询问供货方。",
    ),
    Anomaly(
        "misdirected", Verdict.CAUTION, True,
        "This pack was sent to another organisation. Ask the supplier.",
        "这盒药的收货方是其他单位。请询问供货方。",
    ),
    Anomaly(
        "refused", Verdict.CAUTION, True,
        "The receiver refused this pack; it stays with the sender.",
        "收货方拒收，这盒药仍归发货方。",
    ),
    Anomaly(
        "parent-unknown", Verdict.CAUTION, True,
        "By the records this pack was not in that case. Check the case code.",
        "按记录这盒药不在该箱内。请核对箱码。",
    ),
    Anomaly(
        "child-has-parent", Verdict.CAUTION, True,
        "By the records this pack is still in another case. Check both cases.",
        "按记录这盒药仍在另一箱内。请核对两个箱子。",
    ),
    Anomaly(
        "expired", Verdict.STOP, True,
        "This pack is past its expiry date. Do not hand it out.",
        "这盒药已过有效期。请勿发出。",
    ),
    Anomaly(
        "recalled", Verdict.STOP, True,
        "This batch is recalled. Do not hand it out; keep it apart until it is collected.",
        "该批次已被召回。请勿发出，隔离存放等待收回。",
    ),
    # Said by a station alone, offline; the ledger knows the batch.
    Anomaly(
        "recall-unclear", Verdict.CAUTION, True,
        "Batches of this product are recalled, and this pack's batch is not known here."
        " Compare the batch printed on it with those listed; if it is one of them, do not hand it out.",
        "该药品有批次被召回，而本机尚不知道这盒药的批号。请将包装上的批号与所列批号核对；如属召回批次，请勿发出。",
    ),
    Anomaly(
        "product-mismatch", Verdict.CAUTION, True,
        "No registered product has this code. Compare the label with the pack's content.",
        "没有与该码对应的已登记品种。请核对标签与药品。",
    ),
    Anomaly(
        "batch-mismatch", Verdict.CAUTION, True,
        "The batch differs from the manufacturer's record. Compare it with the label.",
        "批号与生产企业登记不符。请核对标签。",
    ),
    Anomaly(
        "expiry-mismatch", Verdict.CAUTION, True,
        "The expiry date differs from the manufacturer's record. Compare it with the label.",
        "有效期与生产企业登记不符。请核对标签。",
    ),
    Anomaly(
        "nothing-to-correct", Verdict.CAUTION, False,
        "No such event of yours is recorded for this pack, so nothing was taken back.",
        "没有贵单位关于这盒药的该事件记录，未作任何更正。",
    ),
    Anomaly(
        "clock-skew", Verdict.CAUTION, True,
        "The time of this event is in the future or too long ago. Set the station's clock.",
        "事件时间在未来或过于久远。请校准本机时钟。",
    ),
)  # fmt: skip

ANOMALIES: Final[dict[str, Anomaly]] = {row.code: row for row in _ROWS}


def verdict_of(anomalies: Iterable[str]) -> Verdict:
    """Return the gravest verdict among these anomalies; `Verdict.OK` for none."""
    return max((ANOMALIES[code].verdict for code in anomalies), default=Verdict.OK)
