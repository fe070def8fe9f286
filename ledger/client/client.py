"""The operations of a ledger's interface that programs of others use, each a method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol
from urllib.parse import quote, urlencode

import msgspec

from ledger.client.answers import Consistency, Enrolled, Job, Outcomes, Seen, SignedBody, Verdicts
from ledger.client.asking import Answer, Asker
from ledger.log.spelling import print_base64

__all__ = ["Client", "Signed"]

_LINES: Final = "application/jsonl"
_DOCUMENT: Final = "application/ld+json"


class Signed(Protocol):
    """A statement with the body that it signs (docs/formats/submission.md)."""

    @property
    def statement(self) -> bytes:
        """The COSE statement."""

    @property
    def body(self) -> bytes:
        """Its body, exactly as it was signed."""

    @property
    def confidential(self) -> bytes | None:
        """The confidential part, where the body names one."""


class Client(Asker):
    """The interface of one ledger; a method raises `Unavailable`, `ledger-unreachable`, when nothing is answered."""

    # -- stations

    def submit(self, submissions: Sequence[Signed]) -> Answer[Outcomes]:
        """Hand statements in, in this order; the same again is answered as the first time."""
        content = b"".join(map(_line, submissions))
        return self._ask("POST", "/v1/statements", Outcomes, content, {"Content-Type": _LINES})

    def verdicts(self, codes: Sequence[str], act: str = "inspecting") -> Answer[Verdicts]:
        """Ask what the verdict on packs would be; nothing is recorded."""
        return self._post("/v1/verdicts", Verdicts, {"codes": list(codes), "act": act})

    def snapshot(self, since: int) -> Answer[SignedBody]:
        """Ask for what is new for offline use since this place in the log (docs/formats/snapshot.md)."""
        return self._get(f"/v1/snapshot?since={since}", SignedBody)

    def stock(self, since: int) -> Answer[SignedBody]:
        """Ask for what changed at this station's site since this place in the log (docs/formats/stock.md)."""
        return self._get(f"/v1/stock?since={since}", SignedBody)

    def enrol(self, code: str, alg: int, public: str, proof: str) -> Answer[Enrolled]:
        """Enrol a key with a one-time code (docs/formats/enrolment.md)."""
        return self._post("/v1/enrolments", Enrolled, {"code": code, "alg": alg, "public": public, "proof": proof})

    # -- the log

    def checkpoint(self) -> Answer[bytes]:
        """Ask for the newest checkpoint (docs/formats/checkpoint.md)."""
        return self._get("/checkpoint", bytes)

    def seen(self, note: str) -> Answer[Seen]:
        """Say which checkpoint was seen, and hear the newest with the proof that it extends the other."""
        return self._post("/v1/checkpoints/seen", Seen, {"checkpoint": note})

    def consistency(self, since: int, to: int) -> Answer[Consistency]:
        """Ask for the proof that the tree of one size extends that of another."""
        return self._get(f"/v1/proofs/consistency?since={since}&to={to}", Consistency)

    # -- EPCIS

    def capture(
        self, document: bytes, media_type: str = _DOCUMENT, *, behaviour: str = "rollback"
    ) -> Answer[Job]:
        """Hand a document of events in (docs/formats/capture.md); `job` tells what becomes of it."""
        headers = {"Content-Type": media_type, "GS1-Capture-Error-Behaviour": behaviour}
        return self._ask("POST", "/capture", Job, document, headers)

    def job(self, capture_id: str) -> Answer[Job]:
        """Ask what became of a document."""
        return self._get(f"/capture/{quote(capture_id, safe='')}", Job)

    def events(self, query: Mapping[str, str]) -> Answer[bytes]:
        """Query events (docs/formats/query.md); `next_page` of the answer is what `events_at` takes."""
        return self.events_at("?" + urlencode(query))

    def events_at(self, next_page: str) -> Answer[bytes]:
        """Return a further page of events."""
        return self._get("/events" + next_page, bytes)


def _line(each: Signed) -> bytes:
    line = {"statement": print_base64(each.statement), "body": each.body.decode()}
    if each.confidential is not None:
        line["confidential"] = each.confidential.decode()
    return msgspec.json.encode(line) + b"\n"
