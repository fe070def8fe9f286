"""`ask`: the verdict on packs, without recording anything: what would be said if this were recorded now?

    1. the heads of all packs that are asked about, by whomever, in one look-up
    2. what lies in the cases among them
    3. the custody rules, as `record` would ask them; nothing is kept

Questions that arrive together share one look-up: alone, each would take most of the time of all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from ledger.codes import product_of
from ledger.custody.acts import Act, Actor, Circumstances, Ruling
from ledger.custody.anomalies import Verdict, verdict_of
from ledger.custody.rules import RULES
from ledger.errors import LedgerError, Refusal
from ledger.recording.batch import Batch
from ledger.store.database import Connection, Database
from ledger.store.registry import Registry

__all__ = ["ASKABLE", "Asker", "Foretold", "Question"]

ASKABLE: Final = tuple(kind for kind, rule in RULES.items() if rule.event_type == "ObjectEvent")
"""Acts that a verdict can be asked for: what is done to packs one by one, not into or out of cases."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Who would do what to which packs.

    Attributes:
        actor: who asks; the verdict is theirs, at their place.
        site: URI of another site of theirs that is meant instead; "" for none.
        kind: the act, one of ASKABLE.
        codes: keys of packs or cases, ascending, each once.
        insured: of a dispensing: an insurer would pay.
    """

    actor: Actor
    kind: str
    codes: tuple[str, ...]
    insured: bool = False
    site: str = ""


class Foretold(msgspec.Struct, frozen=True):
    """What would be said of one code.

    Attributes:
        code: its key.
        known: the ledger has heard of it.
        product: (English, Chinese) name; empty texts for a case, and for a product that is not registered.
        batch, expiry: what was last said of the goods; "" and 0 when nothing.
        anomalies: what would be wrong, of the pack and of all in it, the gravest verdict among them.
    """

    code: str
    known: bool
    product: tuple[str, str]
    batch: str
    expiry: int
    anomalies: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        """The gravest of the anomalies."""
        return verdict_of(self.anomalies)


class Asker:
    """Answers questions; for one thread at a time.

    It remembers the registry apart from whoever writes: a look-up may see an older state, which must not be
    what the writer judges by.

    Args:
        database: where the ledger lies; only read.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._registry = Registry()

    def answer(self, questions: Sequence[Question], now: int) -> list[tuple[Foretold, ...] | LedgerError]:
        """Return an answer to each question, its codes in the order asked; or why this one has none."""
        with self._database.read() as connection:
            self._registry.refresh(connection)
            batch = Batch(self._database, connection, self._registry)
            # 1.
            batch.fetch(sorted({code for question in questions for code in question.codes}))
            return [self._answer(connection, batch, question, now) for question in questions]

    def _answer(
        self, connection: Connection, batch: Batch, question: Question, now: int
    ) -> tuple[Foretold, ...] | LedgerError:
        act = Act(question.kind, now, insured=question.insured)
        answers = []
        try:
            circumstances = Circumstances(self._placed(connection, question), 0, now)
            for code in question.codes:
                # 2.
                parts = batch.parts_of(act, [code])
                # 3.
                rulings = batch.judge(act, circumstances, parts)
                answers.append(self._foretold(connection, batch, code, rulings))
        except Refusal as refusal:
            return refusal
        return tuple(answers)

    def _placed(self, connection: Connection, question: Question) -> Actor:
        if not question.site:
            return question.actor
        party, site = self._registry.place(connection, question.site)
        if not site or party != question.actor.party:
            raise Refusal("site-unknown", "no site of this party has that URI")
        return replace(question.actor, site=site)

    def _foretold(
        self, connection: Connection, batch: Batch, code: str, rulings: Sequence[Ruling]
    ) -> Foretold:
        custody = batch.custody_of(code)
        product = product_of(code)
        return Foretold(
            code=code,
            known=custody is not None,
            product=self._registry.product_name(connection, product) if product else ("", ""),
            batch="" if custody is None else custody.batch,
            expiry=0 if custody is None else custody.expiry,
            anomalies=tuple(dict.fromkeys(name for ruling in rulings for name in ruling.anomalies)),
        )
