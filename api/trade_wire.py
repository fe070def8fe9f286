"""What regulators ask and are told of packs, products, batches, parties and flows, as JSON."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from api.language import Language
from api.office_wire import Rows
from api.station_wire import WireAnswer
from api.tables import Form
from ledger.clock import iso
from ledger.limits import (
    GS1_TEXT_CHARACTERS_MAX,
    PAPER_LINES_MAX,
    SCAN_CHARACTERS_MAX,
    TEXT_CHARACTERS_MAX,
    URI_CHARACTERS_MAX,
)
from ledger.papers.contents import Batch, Product, Text
from ledger.trace import Story, StoryStep

__all__ = [
    "BatchQuery", "FlowQuery", "NewRecall", "PackQuery", "PackTold", "PartyQuery", "PartySeen", "ProductQuery",
    "ProductSeen", "RecallTold", "pack_told",
]  # fmt: skip

_PAGE = 50
_Uri = Annotated[str, Meta(max_length=URI_CHARACTERS_MAX)]
_Region = Annotated[str, Meta(pattern=r"^[0-9]{0,6}\Z")]
_Month = Annotated[str, Meta(pattern=r"^(?:[0-9]{4}(?:0[1-9]|1[0-2]))\Z")]
_After = Annotated[str, Meta(max_length=TEXT_CHARACTERS_MAX)]


class PackQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which pack, as scanned or typed."""

    code: Annotated[str, Meta(max_length=SCAN_CHARACTERS_MAX)]


class _Paged(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of a table, and as what."""

    after: _After = ""
    limit: Rows = _PAGE
    format: Form = "json"


class ProductQuery(_Paged, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which product: seven digits, or a GTIN of fourteen."""

    product: Product


class BatchQuery(ProductQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which batch of which product."""

    batch: Annotated[str, Meta(min_length=1, max_length=GS1_TEXT_CHARACTERS_MAX)]


class PartyQuery(_Paged, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which party, by its URI."""

    party: _Uri


class FlowQuery(_Paged, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which flows; what is left out asks for all.

    Attributes:
        by: shipments that were recorded, or invoices.
        first, last: months, like 202603, both included.
        product, seller, buyer: a product; URIs of parties.
        region: the first digits of the division code of either side: two are a province, four a city.
    """

    by: Literal["shipments", "invoices"] = "shipments"
    first: _Month | None = None
    last: _Month | None = None
    product: Product | None = None
    seller: _Uri = ""
    buyer: _Uri = ""
    region: _Region = ""


class StepTold(WireAnswer, frozen=True, kw_only=True):
    """One statement about a pack.

    `inside` says that it named a case that the pack lay in, `corrects` that it declares such an act of its author an
    error, `takenBack` that its author declared it one.
    """

    index: int
    recorded: str
    claimed: str
    act: str
    party: str
    site: str
    state: str
    insured: bool = False
    inside: bool = False
    corrects: bool = False
    taken_back: bool = False
    anomalies: tuple[str, ...] = ()


class PackTold(WireAnswer, frozen=True, kw_only=True):
    """A pack's story, with the open findings about it that the caller may see."""

    code: str
    product: str
    batch: str = ""
    expiry: str = ""
    state: str
    steps: list[StepTold]
    findings: list[str] = msgspec.field(default_factory=list)


class ProductSeen(WireAnswer, frozen=True, kw_only=True):
    """What is registered of a product, and its batches; money in cents, weight in milligrams."""

    product: str
    name: str
    maker: str
    price_cents: int
    weight_milligrams: int
    supply_days: int
    size: int
    columns: dict[str, str]
    rows: list[dict[str, Any]]
    next: str = ""


class PartySeen(WireAnswer, frozen=True, kw_only=True):
    """What is registered of a party, and what it did, month by month."""

    party: str
    name: str
    roles: list[str]
    region: str
    size: int
    columns: dict[str, str]
    rows: list[dict[str, Any]]
    next: str = ""


class NewRecall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A recall notice: batches of a product, or all of them; level 1 is the gravest."""

    product: Product
    level: Literal[1, 2, 3]
    reason: Text
    batches: Annotated[list[Batch], Meta(min_length=1, max_length=PAPER_LINES_MAX)] | None = None


class RecallTold(WireAnswer, frozen=True, kw_only=True):
    """A recall notice in force: its id, and its place in the log."""

    id: str
    index: int


def pack_told(story: Story, findings: list[str], language: Language) -> PackTold:
    """Return a pack's story, as JSON has it."""
    place = 1 if language == "zh" else 0
    custody = story.custody
    digits = str(custody.expiry)
    return PackTold(
        code=story.code, product=story.product[place], batch=custody.batch, state=custody.state.word,
        expiry=f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if custody.expiry else "",
        steps=[_step_told(each, place) for each in story.steps], findings=findings,
    )  # fmt: skip


def _step_told(step: StoryStep, place: int) -> StepTold:
    return StepTold(
        index=step.index, recorded=iso(step.recorded_at), claimed=iso(step.claimed_at), act=step.kind,
        party=step.party[place], site=step.site[place], state=step.state, insured=step.insured, inside=step.inside,
        corrects=step.corrects, taken_back=step.taken_back, anomalies=step.anomalies,
    )  # fmt: skip
