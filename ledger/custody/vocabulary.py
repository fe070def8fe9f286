"""The words of events: EPCIS 2.0 and CBV 2.0, with the few that we add.

CBV 2.0 §7.1 (business steps) and §7.2 (dispositions) are closed lists of bare words; anyone may add words
of their own as full URIs. Ours live under `urn:packledger:terms:` and may be written with the prefix `pl:`.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

__all__ = [
    "DISPOSITION", "DISPOSITIONS", "PARTY", "PREFIX", "STEP", "STEPS", "TERMS", "Spelling", "Vocabulary",
    "disposition_word", "party_word", "step_word",
]  # fmt: skip

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

Spelling = Literal["web", "urn"]
"""How XML spells the words: GS1-CBV-XML-Format `Always_Web_URI` or `Always_URN`."""


class Vocabulary(NamedTuple):
    """One closed list of words with its spellings; `web` and `urn` end where the word begins.

    Attributes:
        others: further beginnings that are read, never written.
        own: words of ours, with `pl:`.
        grows: GS1 adds words to it between versions of the standard; those that we do not know stay URIs.
    """

    words: frozenset[str]
    web: str
    urn: str
    others: tuple[str, ...] = ()
    own: frozenset[str] = frozenset()
    grows: bool = False

    def short(self, text: str) -> str | None:
        """Return the one spelling in JSON; None when the text claims to be a word of this list and is not."""
        if text in self.words:
            return text
        for form in (self.web, self.urn, *self.others):
            if form and text.startswith(form):
                word = text[len(form) :]
                if word in self.words:
                    return word
                return self.web + word if self.grows else None
        if text.startswith(TERMS):
            text = PREFIX + text[len(TERMS) :]
        if text.startswith(PREFIX):
            return text if text in self.own else None
        return text if ":" in text else None

    def long(self, word: str, spelling: Spelling = "web") -> str:
        """Return the URI of a word in its JSON spelling."""
        if word in self.words:
            return (self.urn if spelling == "urn" and self.urn else self.web) + word
        return TERMS + word[len(PREFIX) :] if word.startswith(PREFIX) else word


_CBV: Final = "https://ref.gs1.org/cbv/"
_URN: Final = "urn:epcglobal:cbv:"
STEP: Final = Vocabulary(STEPS, f"{_CBV}BizStep-", f"{_URN}bizstep:", ("cbv:BizStep-",), OWN_STEPS)
DISPOSITION: Final = Vocabulary(DISPOSITIONS, f"{_CBV}Disp-", f"{_URN}disp:", ("cbv:Disp-",))
PARTY: Final = Vocabulary(PARTY_TYPES, f"{_CBV}SDT-", f"{_URN}sdt:", ("cbv:SDT-",))

step_word: Final = STEP.short
disposition_word: Final = DISPOSITION.short
party_word: Final = PARTY.short
