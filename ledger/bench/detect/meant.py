"""Which crimes each rule is meant to find, and what it leaves to others.

The only place where the names of crimes and of rules stand together: the country knows no rule, and no rule knows
the country. Crimes that rule authors were not told of stand in no row.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["MEANT", "RINGS", "SEEN_AGAIN", "Meant"]


class Meant(NamedTuple):
    """One rule.

    Attributes:
        kinds: the kinds of crime that it is meant to find; none when no crime of the country is its own.
        why: because of what they leave in the record.
        mend: what it does not see of them, or sees beside them, and what would mend that.
    """

    kinds: tuple[str, ...]
    why: str
    mend: str


_BACK: Final = (
    "sold-twice", "resold-after-insured-purchase", "card-ring", "code-used-for-another-box", "codes-photographed",
    "settled-twice-across-provinces", "cloned-codes",
)  # fmt: skip

MEANT: Final[dict[str, Meant]] = {
    "after-final-state": Meant(
        (), "No crime of the country acts on a destroyed or seized pack.", "Nothing to measure.",
    ),
    "card-lent": Meant(
        ("card-lent", "card-ring"),
        "A card is used far from where its owner was a moment before, or collected by another.",
        "A card used in one more town, at leisure, leaves no impossible journey: a call to the owner would.",
    ),
    "card-ring": Meant(
        ("card-ring",),
        "Borrowed cards meet at the same places more often than chance allows.",
        "Cards that are used alone never meet: the packs that come back join them, once they are sold.",
    ),
    "code-reused-for-other-goods": Meant(
        ("code-used-for-another-box",),
        "One code is settled for goods that it does not name.",
        "When the other goods are the same product, only the count shows it.",
    ),
    "collector-route": Meant(
        ("card-ring",),
        "The same cards visit the same places in the same order.",
        "Tours that stop after one place are no route.",
    ),
    "custody-gap": Meant(
        ("makers-diversion", "cloned-codes"),
        "A pack appears with somebody to whom nobody shipped it.",
        "Firms that forget to scan leave the same gap: what they are sent electronically would close it.",
    ),
    "department-surge": Meant(
        ("department-surge",),
        "A department prescribes more of one drug than its own past and its peers.",
        "A small department's surge drowns in its own noise: more history makes it stand out.",
    ),
    "dispensed-never-received": Meant(
        ("resold-after-insured-purchase", "codes-photographed", "goods-without-invoice"),
        "A pharmacy sells what nobody shipped to it.",
        "A forged receiving hides it: the shipper's own statement is missing still.",
    ),
    "dispensed-not-settled": Meant(
        (), "Insured sales that the insurer never hears of are mistakes, and no crime.", "Nothing to measure.",
    ),
    "dispensed-twice": Meant(
        _BACK, "A pack is handed out twice.", "Packs that are settled again and never scanned are for settled-twice.",
    ),
    "excess-supply": Meant(
        ("card-ring", "over-prescribing-doctor"),
        "A card collects more than a person can take.",
        "Cards that are used now and then stay below it: that is what rings are looked for by.",
    ),
    "expired-or-recalled-dispensed": Meant(
        (), "No crime of the country sells expired or recalled packs.", "Nothing to measure.",
    ),
    "impossible-travel": Meant(
        ("cloned-codes",),
        "A code is scanned in two towns with no time to travel between.",
        "Copies that are sold days apart had time to travel: custody-gap and dispensed-twice see those.",
    ),
    "invoice-custody-mismatch": Meant(
        ("three-invoice-chain", "makers-diversion", "goods-without-invoice"),
        "What is invoiced and what is shipped differ.",
        "Invoices name no packs: with their codes on the invoice, one pack would be enough.",
    ),
    "many-institutions": Meant(
        ("card-ring",),
        "A card goes to more institutions than others of its kind.",
        "Rings spread their cards thinly enough to stay below any bound for a single card.",
    ),
    "misdirected-flow": Meant(
        ("makers-diversion",),
        "Goods shipped to one come into trade with another.",
        "A case that is opened on the way and sold by the pack shows only as many small gaps.",
    ),
    "no-invoice": Meant(
        ("goods-without-invoice", "card-ring", "resold-after-insured-purchase"),
        "Goods are received and sold that nobody invoiced.",
        "A few packs beside thousands are within what counting errs by.",
    ),
    "paper-prescription-peers": Meant(
        ("paper-prescription-mill",),
        "An institution writes more on paper than its peers.",
        "Peers are few in a small country: over a province there are enough.",
    ),
    "paper-prescription-volume": Meant(
        ("paper-prescription-mill",),
        "An institution writes more paper prescriptions than it did before.",
        "A mill as old as the record has no quiet past: its peers tell.",
    ),
    "prescriber-surge": Meant(
        ("over-prescribing-doctor", "department-surge"),
        "One prescriber writes far more of a drug than others who write it.",
        "Who does so from the first day on has no quiet past: only peers tell.",
    ),
    "remote-swipe": Meant(
        ("remote-swipe",),
        "A slow drug is suddenly settled by the hundred.",
        "The shelves of a small country hold too little for a swipe by the hundred; it needs the shop's own past.",
    ),
    "repeated-over-prescription": Meant(
        ("over-prescribing-doctor",),
        "The same person is prescribed too much, again and again.",
        "It cannot tell the doctor's crime from the patient's.",
    ),
    "resold-after-insured-purchase": Meant(
        _BACK, "A pack that an insurer paid for is in trade again.",
        "Packs whose first sale was private are for dispensed-twice.",
    ),
    "settled-not-dispensed": Meant(
        ("settled-never-arrived", "remote-swipe", "settled-twice-across-provinces"),
        "A settlement names a pack that nobody handed out.",
        "Who scans what never arrived leaves a sale: the stock is then wrong instead.",
    ),
    "settled-twice": Meant(
        _BACK, "Two settlements name one pack.", "Packs that come back for cash are settled once.",
    ),
    "single-prescription-dose": Meant(
        ("over-prescribing-doctor", "department-surge", "paper-prescription-mill"),
        "One prescription is for longer than may be prescribed.",
        "Long journeys and holidays are prescribed for honestly: that is why it is no grave finding.",
    ),
    "stock-settlement-mismatch": Meant(
        ("settled-never-arrived", "remote-swipe", "settled-twice-across-provinces"),
        "More is settled than ever came in.",
        "Stock from before the record hides the first of it.",
    ),
    "two-invoice-chain": Meant(
        ("three-invoice-chain",),
        "Between maker and hospital stand more than two invoices.",
        "Where the firm in between moves no goods, only the batch joins its invoices.",
    ),
}  # fmt: skip
"""By rule; every rule of the catalogue has its row, and a test holds it to that."""

SEEN_AGAIN: Final = ("dispensed-twice", "settled-twice", "resold-after-insured-purchase")
"""The rules that are held to finding every pack that was sold or settled twice, or came back."""

RINGS: Final = ("card-ring", "cards-kept-at-the-centre", "thirty-tons")
"""Crimes that many borrowed cards are used for, by one hand; whether a kind was told is said in the truth file."""
