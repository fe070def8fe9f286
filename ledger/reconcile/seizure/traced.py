"""What is known of seized packs: who sold them, to whom, on whose card, for whose money.

A pack is traced when the record names a person for it. Where it cannot be traced, the reason is the first of these:

    never-recorded    nobody ever stated anything about this code, before it was seized
    never-dispensed   it was in trade, and left the record without being sold or settled
    nobody-named      sold or settled, but the record names no person: paid in cash, no confidential part, or erased
"""

from __future__ import annotations

from typing import Final

import msgspec

__all__ = ["REASONS", "TRACED_COLUMNS", "TracedBy", "Tracing"]

REASONS: Final = ("never-recorded", "never-dispensed", "nobody-named")
"""Why a pack is not traced."""

TRACED_COLUMNS: Final = (
    "code", "product", "reason", "sold_index", "settled_index", "institution", "holder", "person", "day", "insured",
    "sales", "cents", "fund_cents", "milligrams",
)  # fmt: skip
"""What is said of each pack; `reason` is empty when it is traced, and a number that does not apply is missing."""


class TracedBy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was traced to one institution, card, product, month or last holder: `name` says which.

    Days are local, since 1970-01-01; None when no pack of them was sold.
    """

    name: str
    packs: int
    persons: int
    institutions: int
    cents: int
    fund_cents: int
    milligrams: int
    first_day: int | None
    last_day: int | None


class Tracing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the lake knows of the packs of a list.

    Attributes:
        tree_size: how far the lake reached.
        total: of all packs; `traced`: of those traced to a person.
        untraced: packs by reason.
        insured, sold_again: how many of the packs an insurer paid for, and were sold more than once.
        by_institution, by_person, by_product, by_month: the packs that were sold, most packs first, months ascending.
        by_holder: the packs that were never sold, by who was the last to speak of them.
    """

    tree_size: int
    total: TracedBy
    traced: TracedBy
    untraced: dict[str, int]
    insured: int
    sold_again: int
    by_institution: list[TracedBy]
    by_person: list[TracedBy]
    by_product: list[TracedBy]
    by_month: list[TracedBy]
    by_holder: list[TracedBy]

    @property
    def traced_permille(self) -> int:
        """Of a thousand packs, how many are traced, rounded down."""
        return 1_000 * self.traced.packs // self.total.packs if self.total.packs else 0
