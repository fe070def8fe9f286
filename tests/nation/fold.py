"""A ledger small enough to be seen through: dictionaries, and the custody rules asked once a pack.

It does what `record` does with a stream of submissions, without a database, a log or a group: every signature
and digest is checked against the registrations, and every act is judged with what was known before it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from ledger import canonical
from ledger.codes import key_of, product_of, uri_of
from ledger.custody.event import Event, parse_event
from ledger.custody.judge import CASE, Act, Actor, Circumstances, ProductFacts, Step, judge_all, remarks, replay
from ledger.custody.state import Custody
from ledger.identity.registration import Key, Party, Product, Registration, Site, Station
from ledger.log.keys import PublicKey
from ledger.log.statement import Statement, parse_statement, verify_statement
from ledger.papers.confidential import parse_confidential
from ledger.papers.paper import PAPERS, Paper, parse_paper
from ledger.submission import UploadLine

# How far the fastest clock of the country goes ahead.
CLOCK_FAST_SECONDS_MAX = 600


class Told(NamedTuple):
    """One anomaly: whose submission, of which kind, when, about which pack ("" for all of it)."""

    issuer: str
    kind: str
    time: int
    pack: str
    anomaly: str


class Fold:
    """Takes registrations, then uploads; remembers every pack's custody and every anomaly."""

    def __init__(self, registrations: Iterable[Registration]) -> None:
        self.packs: dict[str, Custody] = {}
        self.told: list[Told] = []
        self.kinds: defaultdict[str, int] = defaultdict(int)
        self.events: dict[str, Event] = {}
        self.papers: dict[str, Paper] = {}
        self.cards: dict[str, str] = {}
        self.taken_back: set[str] = set()
        self._steps: defaultdict[str, list[tuple[str, Step]]] = defaultdict(list)
        self._inside: defaultdict[str, set[str]] = defaultdict(set)
        self._numbers: dict[str, int] = {}
        self._roles: dict[str, frozenset[str]] = {}
        self._party_of: dict[str, str] = {}
        self._site_of: dict[str, str] = {}
        self._keys: dict[bytes, Key] = {}
        self._makers: dict[str, int] = {}
        self._recalled: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
        for number, registration in enumerate(registrations, 1):
            self._register(number, registration)

    def _register(self, number: int, registration: Registration) -> None:
        """Enter a registration; whatever it refers to must be there already."""
        match registration:
            case Party():
                self._numbers[registration.uri] = number
                self._roles[registration.uri] = frozenset(registration.roles)
            case Site():
                assert registration.party in self._roles
                self._numbers[registration.uri] = number
                self._party_of[registration.uri] = registration.party
            case Station():
                assert registration.site in self._party_of
                self._numbers[registration.uri] = number
                self._site_of[registration.uri] = registration.site
            case Key():
                assert registration.station in self._site_of
                self._keys[bytes.fromhex(registration.kid)] = registration
            case Product():
                assert registration.maker in self._roles
                self._makers[registration.id] = self._numbers[registration.maker]
            case _:
                raise AssertionError(registration)

    def enter(self, line: UploadLine) -> list[str]:
        """Check and judge one submission; return the anomalies that it raised."""
        submission, received = line.submission, line.received
        assert received is not None
        statement = parse_statement(submission.statement)
        key = self._keys[statement.kid]
        assert verify_statement(statement, PublicKey.load(key.alg, bytes.fromhex(key.public)))
        assert canonical.digest(submission.body) == statement.digest
        assert key.valid_from <= statement.issued_at <= key.valid_until
        assert statement.issued_at <= received + CLOCK_FAST_SECONDS_MAX
        site = self._site_of[key.station]
        assert statement.issuer == self._party_of[site]
        content = self._content(statement, submission.body)
        self._confidential(statement.subject, content, submission.confidential)
        actor = Actor(
            self._numbers[statement.issuer],
            self._numbers[site],
            self._numbers[key.station],
            self._roles[statement.issuer],
        )
        self.kinds[statement.kind] += 1
        before = len(self.told)
        if isinstance(content, Event) and content.corrects:
            self._correct(content)
        else:
            self._judge(statement, content, actor, received)
        return [told.anomaly for told in self.told[before:]]

    def _content(self, statement: Statement, body: bytes) -> Event | Paper:
        if statement.kind in PAPERS:
            paper = parse_paper(statement.kind, body)
            assert (paper.paper_id, paper.paper_time) == (statement.subject, statement.issued_at)
            assert paper.paper_id not in self.papers
            self.papers[paper.paper_id] = paper
            return paper
        event = parse_event(body)
        assert (event.event_id, event.kind) == (statement.subject, statement.kind)
        if event.corrects:
            assert event.event_time <= statement.issued_at
            assert event.event_id in self.events
            return event
        assert event.event_time == statement.issued_at
        assert event.event_id not in self.events
        self.events[event.event_id] = event
        return event

    def _confidential(self, subject: str, content: Event | Paper, part: bytes | None) -> None:
        assert (part is None) == (content.confidential is None)
        if part is not None:
            assert canonical.digest(part) == content.confidential
            self.cards[subject] = parse_confidential(part).patient.id_number

    def _correct(self, declared: Event) -> None:
        """Let an event count no more: each of its packs stands where it would without it."""
        self.taken_back.add(declared.event_id)
        for code in declared.codes:
            self._steps[code] = [(name, step) for name, step in self._steps[code] if name != declared.event_id]
            after = replay(None, [step for _, step in self._steps[code]])
            assert after is not None
            self.packs[code] = after

    def _judge(self, statement: Statement, content: Event | Paper, actor: Actor, received: int) -> None:
        if isinstance(content, Event):
            act, parent, destination = content.act, content.parent, content.destination
        else:
            assert actor.roles & PAPERS[content.kind].roles
            act = Act(content.act, content.paper_time, insured=content.insured)
            parent, destination = None, content.party if content.kind == "settlement" else None
        number = 0 if destination is None else self._numbers[destination]
        circumstances = Circumstances(actor, number, received)
        parts = self._parts(content.codes, parent)
        packs = [(key, self.packs.get(key), part) for key, part in sorted(parts.items())]
        rulings = judge_all(act, circumstances, self._facts, packs)
        told = [("", anomaly) for anomaly in remarks(act, circumstances)]
        for (key, before, _), ruling in zip(packs, rulings, strict=True):
            step = Step(act, circumstances, self._facts(product_of(key)) if product_of(key) else CASE, parts[key])
            self._steps[key].append((statement.subject, step))
            if before is not None and before.parent is not None:
                self._inside[before.parent].discard(key)
            if ruling.after.parent is not None:
                self._inside[ruling.after.parent].add(key)
            self.packs[key] = ruling.after
            told += [(uri_of(key), anomaly) for anomaly in ruling.anomalies]
        self.told += [Told(statement.issuer, statement.kind, act.time, pack, code) for pack, code in told]
        if isinstance(content, Paper) and content.kind == "recall":
            self._recalled[content.product] |= set(content.batches)

    def _parts(self, codes: list[str], parent: str | None) -> dict[str, str]:
        parts = dict.fromkeys(codes, "named")
        if parent is not None:
            parts[parent] = "parent"
        level = list(codes)
        if parent is not None and not codes:
            level = [parent]
        while level:
            level = [key for case in level for key in self._inside[case] if key not in parts]
            parts |= dict.fromkeys(level, "inside")
        return parts

    def _facts(self, product: str) -> ProductFacts:
        return ProductFacts(product in self._makers, self._makers.get(product, 0), self._recalled[product])


def key(uri: str) -> str:
    """Return the key of a pack's URI."""
    return key_of(uri)
