"""The ledger over HTTP: what is asked, what is answered; nothing of it is believed here.

A request has a bound in bytes and in time, follows no redirection, and tells a failure from an answer: a failure
leaves everything to be tried again.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import httpcore

from ledger.errors import Misuse, Unavailable
from ledger.log.spelling import print_base64
from scanner.limits import STATION_ANSWER_BYTES_MAX, STATION_REQUEST_SECONDS_MAX
from scanner.outbox import Entry

__all__ = ["Answer", "Remote"]

_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


class Answer(NamedTuple):
    """An answer.

    Attributes:
        status: of HTTP.
        content: as it came.
        date: the server's clock, seconds since the epoch; None when it does not tell.
    """

    status: int
    content: bytes
    date: int | None

    def document(self) -> dict[str, Any]:
        """Return the content as a JSON object.

        Raises:
            Unavailable: `ledger-answer-malformed`.
        """
        try:
            value = json.loads(self.content)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise Unavailable("ledger-answer-malformed", f"status {self.status}")
        return value

    def problem(self) -> str:
        """Return the code of the problem that this answer tells, or ""."""
        try:
            code = self.document().get("code")
        except Unavailable:
            return ""
        return code if isinstance(code, str) else ""


class Remote:
    """The interface of one ledger.

    Args:
        url: its address.
        api_key: sent with every request; "" for none.
        language: for the texts of problems.

    Raises:
        Misuse: `url-malformed`.
    """

    def __init__(self, url: str, api_key: str = "", *, seconds: float = STATION_REQUEST_SECONDS_MAX) -> None:
        try:
            parts = urlsplit(url)
            sound = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
            sound = sound and url.isascii() and url.isprintable() and " " not in url and parts.port != 0
        except ValueError:
            sound = False
        if not sound:
            raise Misuse("url-malformed", "http://HOST/… or https://HOST/…")
        self._url = url.rstrip("/")
        self._seconds = seconds
        self._headers = [("User-Agent", "packledger-station"), ("Accept-Encoding", "identity")]
        if api_key:
            self._headers.append(("Authorization", f"Bearer {api_key}"))
        self._pool = httpcore.ConnectionPool(ssl_context=ssl.create_default_context(), keepalive_expiry=30)

    def close(self) -> None:
        """End all connections."""
        self._pool.close()

    def submit(self, entries: Sequence[Entry]) -> Answer:
        """Hand events in, in this order (docs/formats/submission.md)."""
        lines = []
        for entry in entries:
            line = {"statement": print_base64(entry.statement), "body": entry.body.decode()}
            if entry.confidential is not None:
                line["confidential"] = entry.confidential.decode()
            lines.append(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
        return self._ask("POST", "/v1/statements", "".join(lines).encode(), "application/jsonl")

    def verdicts(self, uris: Sequence[str]) -> Answer:
        """Ask what the ledger knows of packs."""
        return self._ask("POST", "/v1/verdicts", {"codes": list(uris), "act": "inspecting"})

    def snapshot(self, since: int) -> Answer:
        """Ask for what is new since then (docs/formats/snapshot.md)."""
        return self._ask("GET", f"/v1/snapshot?since={since}")

    def stock(self, since: int) -> Answer:
        """Ask for what changed at this station's site since then (docs/formats/stock.md)."""
        return self._ask("GET", f"/v1/stock?since={since}")

    def checkpoint(self) -> Answer:
        """Ask for the newest checkpoint."""
        return self._ask("GET", "/checkpoint")

    def seen(self, note: str) -> Answer:
        """Say which checkpoint was seen, and hear the newest with the proof that it extends the other."""
        return self._ask("POST", "/v1/checkpoints/seen", {"checkpoint": note})

    def consistency(self, since: int, to: int) -> Answer:
        """Ask for the proof that the tree of one size extends that of another."""
        return self._ask("GET", f"/v1/proofs/consistency?since={since}&to={to}")

    def enrol(self, code: str, alg: int, public: str, proof: str) -> Answer:
        """Enrol a key with a one-time code (docs/formats/enrolment.md)."""
        return self._ask("POST", "/v1/enrolments", {"code": code, "alg": alg, "public": public, "proof": proof})

    def _ask(self, method: str, path: str, content: Any = None, media: str = "application/json") -> Answer:
        headers = list(self._headers)
        if content is not None:
            headers.append(("Content-Type", media))
            content = content if isinstance(content, bytes) else json.dumps(content).encode()
        due = time.monotonic() + self._seconds
        timeout = dict.fromkeys(("connect", "read", "write", "pool"), self._seconds)
        try:
            with self._pool.stream(
                method, self._url + path, headers=headers, content=content, extensions={"timeout": timeout}
            ) as response:
                data = bytearray()
                for part in response.iter_stream():
                    data += part
                    if len(data) > STATION_ANSWER_BYTES_MAX or time.monotonic() > due:
                        raise Unavailable("ledger-unreachable", "the answer is too long, or takes too long")
                answer = Answer(response.status, bytes(data), _date(response.headers))
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as error:
            raise Unavailable("ledger-unreachable", type(error).__name__) from None
        if answer.status in _AGAIN:
            raise Unavailable("ledger-unreachable", f"status {answer.status} {answer.problem()}".strip())
        return answer


def _date(headers: Sequence[tuple[bytes, bytes]]) -> int | None:
    for name, value in headers:
        if name.lower() == b"date":
            try:
                return int(parsedate_to_datetime(value.decode("latin-1")).timestamp())
            except (ValueError, OverflowError):
                return None
    return None
