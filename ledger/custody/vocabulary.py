"""The words of events: EPCIS 2.0 and CBV 2.0, with the few that we add.

CBV 2.0 §7.1 (business steps) and §7.2 (dispositions) are closed lists of bare words; anyone may add words
of their own as full URIs. Ours live under `urn:packledger:terms:` and may be written with the prefix `pl:`.
"""

from __future__ import annotations

from typing import Final

__all__ = ["DISPOSITIONS", "PREFIX", "STEPS", "TERMS", "disposition_word", "party_word", "step_word"]

TERMS: Final = "urn:packledger:terms:"
PREFIX: Final = "pl:"

STEPS: Final = frozenset(
    {
        "accepting", "arriving", "assembling", "collecting", "commissioning", "consigning",
        "creating_class_instance", "cycle_counting", "decommissioning", "departing", "destroying",
        "disassembling", "dispensing", "encoding", "entering_exiting", "holding", "inspecting",
        "installing", "killing", "loading", "other", "packing", "picking", "receiving", "removing",
        "repackaging", "repairing", "replacing", "reserving", "retail_selling", "sampling",
        "sensor_reporting", "shipping", "staging_outbound", "stock_taking", "stocking", "storing",
        "transporting", "unloading", "unpacking", "void_shipping",
    }
)  # fmt: skip

DISPOSITIONS: Final = frozenset(
    {
        "active", "available", "completeness_inferred", "completeness_verified", "conformant",
        "container_closed", "container_open", "damaged", "destroyed", "dispensed", "disposed", "encoded",
        "expired", "in_progress", "in_transit", "inactive", "mismatch_class", "mismatch_instance",
        "mismatch_quantity", "needs_replacement", "no_pedigree_match", "non_conformant",
        "non_sellable_other", "partially_dispensed", "recalled", "reserved", "retail_sold", "returned",
        "sellable_accessible", "sellable_not_accessible", "stolen", "unavailable", "unknown",
    }
)  # fmt: skip

# CBV has no word for these three; a word of ours is worth more than a near miss of theirs.
OWN_STEPS: Final = frozenset({"pl:exporting", "pl:losing", "pl:seizing"})

PARTY_TYPES: Final = frozenset({"location", "owning_party", "possessing_party"})

_STEP_FORMS = ("https://ref.gs1.org/cbv/BizStep-", "urn:epcglobal:cbv:bizstep:", "cbv:BizStep-")
_PARTY_FORMS = ("https://ref.gs1.org/cbv/SDT-", "urn:epcglobal:cbv:sdt:", "cbv:SDT-")
_DISPOSITION_FORMS = ("https://ref.gs1.org/cbv/Disp-", "urn:epcglobal:cbv:disp:", "cbv:Disp-")


def step_word(text: str) -> str | None:
    """Return the one spelling of a business step: a CBV word, one of ours with `pl:`, or a stranger's URI.

    None says that the text claims to be a CBV word or one of ours, and there is no such word.
    """
    if text in STEPS or text in OWN_STEPS:
        return text
    return _word(text, STEPS, OWN_STEPS, _STEP_FORMS)


def disposition_word(text: str) -> str | None:
    """Return the one spelling of a disposition, or None as `step_word` does."""
    if text in DISPOSITIONS:
        return text
    return _word(text, DISPOSITIONS, frozenset(), _DISPOSITION_FORMS)


def party_word(text: str) -> str | None:
    """Return the one spelling of a source or destination type, or None as `step_word` does."""
    if text in PARTY_TYPES:
        return text
    return _word(text, PARTY_TYPES, frozenset(), _PARTY_FORMS)


def _word(text: str, words: frozenset[str], own: frozenset[str], forms: tuple[str, ...]) -> str | None:
    for form in forms:
        if text.startswith(form):
            word = text[len(form) :]
            return word if word in words else None
    if text.startswith(TERMS):
        text = PREFIX + text[len(TERMS) :]
    if text.startswith(PREFIX):
        return text if text in own else None
    return text if ":" in text else None
