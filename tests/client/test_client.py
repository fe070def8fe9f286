"""The client speaks the interface that is described, to a ledger and to whatever else may answer at its address."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from api.app import AUDIENCES
from api.openapi import describe
from ledger.client import Answer, Client
from ledger.errors import Denied, LedgerError, Misuse, Unavailable
from ledger.limits import CLIENT_ANSWER_BYTES_MAX
from ledger.log.spelling import read_base64
from tests.api.erp import LD
from tests.api.serving import serving
from tests.kit import World

DOCUMENT = describe(AUDIENCES)
SIGNED = msgspec.defstruct("Signed", ["statement", "body", "confidential"])(b"s", b"{}", b"{}")
CALLS: dict[str, tuple[Any, ...]] = {
    "submit": ([SIGNED],), "verdicts": (["87709840000000015538"], "dispensing"), "snapshot": (70,), "stock": (70,),
    "enrol": ("K3MZQ", -8, "03a107bf" * 8, "X1fVPmEJ"), "checkpoint": (), "seen": ("a note",),
    "consistency": (1, 2), "capture": (b"{}",), "job": ("0f1e",), "events": ({"EQ_bizStep": "shipping"},),
    "events_at": ("?nextPageToken=a",),
}  # fmt: skip
"""Each method, with something to ask."""


class Recorded(Client):
    """A client that sends nothing, and keeps what it would have sent."""

    sent: tuple[str, str, bytes | None, dict[str, str]]

    def _ask(self, method: str, path: str, model: type[Any], content: Any, headers: dict[str, str]) -> Answer[Any]:
        self.sent = (method, path, content, headers)
        return Answer(200, b"{}", None, "", "", model)


def operation_of(method: str, path: str) -> dict[str, Any]:
    """Return the operation of the description that answers this request."""
    plain = path.partition("?")[0]
    for template, methods in DOCUMENT["paths"].items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), plain) and method.lower() in methods:
            found: dict[str, Any] = methods[method.lower()]
            return found
    raise AssertionError(f"no operation answers {method} {path}")


def schema_of(reference: dict[str, Any]) -> dict[str, Any]:
    """Return the schema that a reference names."""
    schema: dict[str, Any] = DOCUMENT["components"]["schemas"][reference["$ref"].rpartition("/")[2]]
    return schema


@pytest.mark.parametrize("name", CALLS)
def test_each_method_is_an_operation_of_the_description(name: str) -> None:
    """What it asks is described; what the description shows as an answer is of the type that it gives."""
    client = Recorded("http://ledger.example")
    answer = getattr(client, name)(*CALLS[name])
    method, path, content, headers = client.sent
    operation = operation_of(method, path)
    asked = {each["name"] for each in operation["parameters"] if each["in"] == "query"}
    assert set(re.findall(r"[?&](\w+)=", path)) <= asked
    if content is not None:
        taken = operation["requestBody"]["content"]
        assert headers["Content-Type"] in taken
        schema = schema_of(taken["application/json"]["schema"])
        if name != "capture":
            assert set(json.loads(content)) <= set(schema["properties"])
            assert set(schema["required"]) <= set(json.loads(content))
    (status,) = (each for each in operation["responses"] if each < "300")
    ((_, given),) = operation["responses"][status]["content"].items()
    if answer.model is not bytes:
        told = msgspec.convert(given["example"], answer.model)
        described = set(schema_of(given["schema"])["properties"])
        assert {field.encode_name for field in msgspec.structs.fields(told)} <= described


def test_no_method_is_forgotten() -> None:
    """Each operation of the client is called above."""
    assert {name for name in vars(Client) if not name.startswith("_")} == set(CALLS)


def test_a_client_at_a_ledger(tmp_path: Path, sqlite_url: str) -> None:
    """A station's questions and an ERP's, over a socket, each answered with a value of its type."""
    with World(tmp_path / "home", sqlite_url) as world, serving(world, tmp_path) as server:
        packs = world.packs(2)
        document = document_of(world, packs)
        with Client(server.url, server.key) as client:
            job = client.capture(json.dumps(document).encode(), LD)
            assert job.location == f"/capture/{job.value().captureID}"
            until = time.monotonic() + 60
            while client.job(job.value().captureID).value().running:
                assert time.monotonic() < until
                time.sleep(0.05)
            assert client.job(job.value().captureID).value().success
            page = client.events({"EQ_bizStep": "commissioning", "perPage": "1"})
            assert b"commissioning" in page.value()
            assert page.next_page == ""
            (outcome,) = client.submit([world.ship(packs)]).value().outcomes
            assert (outcome.status, outcome.verdict) == ("recorded", "ok")
            assert read_base64(outcome.receipt)
            assert client.verdicts(packs).value().codes[0].batch == "B1"
            assert '"products"' in client.snapshot(0).value().body
            note = client.checkpoint().value().decode()
            assert client.seen(note).value().consistency == []
            size = int(note.split("\n")[1])
            assert client.consistency(size - 1, size).value().path
            answer = client.snapshot(10**9)
            assert answer.problem() == "snapshot-beyond"
            with pytest.raises(Misuse, match="snapshot-beyond"):
                answer.value()
            assert abs((answer.date or 0) - time.time()) < 60
        with Client(server.url, "plk_wrong") as client, pytest.raises(Denied, match="access-unknown"):
            client.checkpoint().value()


def document_of(world: World, packs: list[str]) -> dict[str, Any]:
    """Return a document of EPCIS in which these packs are commissioned."""
    event = json.loads(world.commission(packs).body)
    return {
        "@context": event.pop("@context"), "type": "EPCISDocument", "schemaVersion": "2.0",
        "creationDate": "2026-11-22T12:40:00+08:00", "epcisBody": {"eventList": [event]},
    }  # fmt: skip


@contextmanager
def answering(*parts: bytes, pause: float = 0.0) -> Iterator[str]:
    """Let something that is no ledger answer one request with these bytes; return its address."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def run() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65_536)
                try:
                    for part in parts:
                        connection.sendall(part)
                        time.sleep(pause)
                except OSError:
                    return

        thread = threading.Thread(target=run)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join()


HEAD = b"HTTP/1.1 %d OK\r\nConnection: close\r\n\r\n"


def outcome_of(url: str, seconds: float = 20) -> Any:
    """Return what asking for a snapshot there comes to: the value, or the error."""
    with Client(url, seconds=seconds) as client:
        try:
            return client.snapshot(0).value()
        except LedgerError as error:
            return type(error), error.code


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"{}", b"[" * 99_999, b'{"statement":1,"body":"a"}'])
def test_an_answer_that_makes_no_sense(content: bytes) -> None:
    """Another program at the address; it is told from a problem of the ledger's."""
    with answering(HEAD % 200, content) as url:
        assert outcome_of(url) == (Unavailable, "ledger-answer-malformed")


@pytest.mark.parametrize(
    ("status", "content", "error", "code"),
    [
        (503, b"", Unavailable, "ledger-unreachable"),
        (429, b'{"status":429,"code":"rate-exceeded"}', Unavailable, "ledger-unreachable"),
        (302, b"", Unavailable, "ledger-unreachable"),
        (404, b"<html>", Unavailable, "ledger-unreachable"),
        (418, b'{"status":418,"code":"a-later-problem"}', Unavailable, "ledger-unreachable"),
        (403, b'{"status":403,"code":"access-denied"}', Denied, "access-denied"),
        (422, b'{"status":422,"code":"request-invalid"}', Misuse, "request-invalid"),
    ],
)
def test_a_problem_is_told_from_a_failure(status: int, content: bytes, error: type, code: str) -> None:
    """A code of the catalogue is told as itself; all else is to be tried again."""
    with answering(HEAD % status, content) as url:
        assert outcome_of(url) == (error, code)


def test_an_answer_has_bounds() -> None:
    """Too many bytes, and a byte now and then for ever."""
    with answering(HEAD % 200, *[b" " * 1_048_576] * (CLIENT_ANSWER_BYTES_MAX // 1_048_576 + 2)) as url:
        assert outcome_of(url) == (Unavailable, "ledger-unreachable")
    with answering(HEAD % 200, *[b" "] * 40, pause=0.1) as url:
        begun = time.monotonic()
        assert outcome_of(url, seconds=0.5) == (Unavailable, "ledger-unreachable")
        assert time.monotonic() - begun < 3


def test_what_is_no_address() -> None:
    """A file, a password beside the host, nothing."""
    for url in ("", "file:///etc/passwd", "http://me:secret@ledger.example", "ledger.example"):
        with pytest.raises(Misuse, match="url-malformed"):
            Client(url)
