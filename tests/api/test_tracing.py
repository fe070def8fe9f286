"""Traces: what they tell of a request, what they never tell, and that nobody waits for whoever collects them."""

from __future__ import annotations

import gzip
import importlib.abc
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import httpx
import msgspec
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import DEFAULT_ON
from opentelemetry.trace import SpanKind

from api.serve import serve
from api.tracing import Tracing
from ledger.errors import Misuse
from ledger.limits import TRACE_SECONDS_MAX
from tests.api.kit import Door
from tests.api.serving import START_SECONDS, free_port, serving
from tests.house.tree import REPOSITORY
from tests.kit import World

TOLD = {
    "http.request.method", "http.route", "http.response.status_code", "packledger.problem", "packledger.statements",
    "packledger.codes",
}  # fmt: skip
"""All that a span may say."""
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Traced(Door):
    """A door whose spans are kept in memory."""

    def __init__(self, home: Path, database_url: str) -> None:
        super().__init__(home, database_url)
        self._kept = InMemorySpanExporter()
        provider = TracerProvider(DEFAULT_ON, Resource({}), shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self._kept))
        self.tracing = lambda _settings, _journal: nullcontext(Tracing(provider))

    def spans(self) -> list[ReadableSpan]:
        """Return the spans that ended since this was asked last, in the order in which they ended."""
        kept = list(self._kept.get_finished_spans())
        self._kept.clear()
        return kept


@pytest.fixture
def traced(tmp_path: Path, sqlite_url: str) -> Iterator[Traced]:
    """Return an open door that is traced."""
    with Traced(tmp_path / "home", sqlite_url) as door:
        yield door


def attributes(span: ReadableSpan) -> dict[str, Any]:
    """Return what a span says."""
    return dict(span.attributes or {})


def test_a_request_and_what_it_waits_for(traced: Traced) -> None:
    """The span of a request has the door's name; recording is a part of it, with the number of statements."""
    traced.submit(*(traced.world.commission(traced.world.packs(1)) for _ in range(3)), key=traced.keys["maker"])

    record, request = traced.spans()
    assert (request.name, request.kind, request.parent) == ("POST /v1/statements", SpanKind.SERVER, None)
    assert attributes(request) == {
        "http.request.method": "POST", "http.route": "/v1/statements", "http.response.status_code": 200,
    }  # fmt: skip
    assert record.name == "record"
    assert attributes(record) == {"packledger.statements": 3}
    assert record.parent is not None
    assert record.parent.span_id == request.context.span_id
    assert request.start_time <= record.start_time <= record.end_time <= request.end_time


def test_a_look_up(traced: Traced) -> None:
    """A look-up of verdicts is a part of its request, with the number of codes."""
    codes = traced.world.packs(2)
    asked = {"codes": codes, "act": "dispensing"}
    assert traced.post("/v1/verdicts", asked, key=traced.keys["pharmacy"]).status_code == 200

    verdicts, request = traced.spans()
    assert (verdicts.name, attributes(verdicts)) == ("verdicts", {"packledger.codes": 2})
    assert request.name == "POST /v1/verdicts"


def test_requests_at_once_are_traces_apart(traced: Traced) -> None:
    """Statements that are recorded together stand each below its own request."""
    key = traced.keys["maker"]
    sent = [traced.lines(traced.world.commission(traced.world.packs(1))) for _ in range(8)]
    traced.at_once(*(
        traced.request("POST", "/v1/statements", each, key=key, media="application/jsonl") for each in sent
    ))
    spans = traced.spans()
    requests = {each.context.span_id: each.context.trace_id for each in spans if each.parent is None}
    below = {each.parent.span_id: each.context.trace_id for each in spans if each.parent is not None}
    assert len(set(requests.values())) == 8
    assert below == requests


def test_the_caller_s_trace_goes_on(traced: Traced) -> None:
    """A request that names its trace belongs to it; one that is not sampled is not told; nonsense is ignored."""
    traced.get("/healthz", traceparent=f"00-{TRACE}-{PARENT}-01", tracestate="who=Li-Lei")
    (span,) = traced.spans()
    assert f"{span.context.trace_id:032x}" == TRACE
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" == PARENT
    assert not span.context.trace_state  # a text of the caller's own

    traced.get("/healthz", traceparent=f"00-{TRACE}-{PARENT}-00")
    assert traced.spans() == []
    for nonsense in ("", "00", f"00-{'0' * 32}-{PARENT}-01", f"ff-{TRACE}-{PARENT}-01", "é" * 5_000):
        traced.get("/healthz", traceparent=nonsense.encode("latin-1"))
        (span,) = traced.spans()
        assert span.parent is None


def test_problems_are_told_by_their_code(traced: Traced) -> None:
    """A refusal has its code; a fault of the program is an error, without the exception's text."""
    traced.post("/v1/statements", b"", media="application/jsonl")
    traced.get("/nowhere/87709840000000015538?name=Li")
    traced.run(traced.request("BREW", "/v1/statements"))
    refused, unknown, brewed = traced.spans()
    assert attributes(refused)["packledger.problem"] == "access-missing"
    assert attributes(refused)["http.response.status_code"] == 401
    assert (unknown.name, attributes(unknown)) == ("HTTP", {
        "http.request.method": "_OTHER", "http.response.status_code": 404, "packledger.problem": "route-unknown",
    })  # fmt: skip
    assert brewed.name == "HTTP /v1/statements"
    assert attributes(brewed)["packledger.problem"] == "method-not-allowed"

    def fail(_submissions: object) -> None:
        raise RuntimeError("Li Lei, 87709840000000015538")

    traced.app.state.service.recording.record = fail
    line = traced.lines(traced.world.commission(traced.world.packs(1)))
    traced.post("/v1/statements", line, key=traced.keys["maker"], media="application/jsonl")
    (faulty,) = traced.spans()
    assert not faulty.status.is_ok
    assert (faulty.events, faulty.status.description) == ((), None)
    assert attributes(faulty)["packledger.problem"] == "server-fault"


def test_nothing_of_anybody_is_told(traced: Traced) -> None:
    """Codes in paths, queries, bodies and headers, keys and parties stand in no span."""
    (code,) = traced.world.packs(1)
    traced.submit(traced.world.commission([code]), key=traced.keys["maker"])
    maker, key = traced.world.maker.party, traced.keys["maker"]
    secrets = [code.rpartition(":")[2], "Li-Lei", key, maker, "ledger.example", "127.0.0.1"]
    paths = sorted({_filled(route.path, code) for route in traced.app.routes})
    for path in paths:
        for method in ("GET", "POST", "DELETE"):
            body = {"codes": [code], "name": "Li-Lei"} if method == "POST" else None
            traced.run(traced.request(
                method, f"{path}?q={code}&name=Li-Lei", body, key=key,
                traceparent=f"00-{TRACE}-{PARENT}-01", tracestate="who=Li-Lei", baggage=f"code={code}",
                user_agent=f"Li-Lei/{code}",
            ))  # fmt: skip
    spans = traced.spans()
    assert len(spans) >= 3 * len(paths)
    assert {name for span in spans for name in attributes(span)} <= TOLD
    told = "\n".join(span.to_json() for span in spans)
    assert [secret for secret in secrets if secret in told] == []


def _filled(template: str, value: str) -> str:
    parts = template.split("/")
    return "/".join(value if "{" in part else part for part in parts)


class Collector:
    """A collector of OTLP over HTTP; one that is `silent` takes what is sent and never answers."""

    def __init__(self, silent: bool = False) -> None:
        self.spans: list[Any] = []
        self.resources: list[dict[str, str]] = []
        self.leave = threading.Event()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                if silent:
                    collector.leave.wait(60)
                    return
                collector.take(gzip.decompress(content))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1/traces"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def take(self, content: bytes) -> None:
        """Read what came."""
        for each in ExportTraceServiceRequest.FromString(content).resource_spans:
            self.resources.append({item.key: item.value.string_value for item in each.resource.attributes})
            self.spans += [span for scope in each.scope_spans for span in scope.spans]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.leave.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def test_a_collector_gets_all_spans(tmp_path: Path, sqlite_url: str) -> None:
    """A server that is told to end has sent every span of what it answered, over OTLP."""
    with World(tmp_path / "home", sqlite_url) as world, Collector() as collector:
        with serving(world, tmp_path, trace_endpoint=collector.url) as server, httpx.Client(timeout=30) as client:
            for _ in range(5):
                server.submit(world.commission(world.packs(1)), client)
        lines = server.lines()
    names = [span.name for span in collector.spans]
    assert names.count("POST /v1/statements") == names.count("record") == 5
    assert collector.resources[0]["service.name"] == "packledger"
    assert [line["event"] for line in lines if line["event"] != "request"] == ["open", "closing", "closed"]


@pytest.mark.parametrize("is_there", [True, False], ids=["silent", "away"])
def test_nobody_waits_for_a_collector(tmp_path: Path, sqlite_url: str, is_there: bool) -> None:
    """One that is silent, or not there, holds up no request and the end for seconds at most; a line says so."""
    with World(tmp_path / "home", sqlite_url) as world, Collector(silent=True) as collector:
        url = collector.url if is_there else f"http://127.0.0.1:{free_port()}/v1/traces"
        with serving(world, tmp_path, trace_endpoint=url) as server, httpx.Client(timeout=30) as client:
            for _ in range(3):
                server.submit(world.commission(world.packs(1)), client)
            until = time.monotonic() + START_SECONDS
            while not is_there and "traces" not in {line["event"] for line in server.lines()}:
                assert time.monotonic() < until
                time.sleep(0.1)
            began = time.monotonic()
        took = time.monotonic() - began
        lines = server.lines()
    assert took < TRACE_SECONDS_MAX + 10
    requests = [line for line in lines if line["event"] == "request"]
    assert {line["status"] for line in requests if line["door"] == "/v1/statements"} == {200}
    told = [line for line in lines if line["event"] not in ("request", "open", "closing", "closed")]
    assert [(line["event"], line["arrive"]) for line in told] in ([("traces", False)], [])
    assert lines[-1]["event"] == "closed"


@pytest.mark.parametrize(
    "url",
    [
        "collector", "ftp://a/v1/traces", "http://", "http://a:0/", "http://name:word@a/v1/traces", "http://a/?q=1",
        "http://a/#x", "http://a b/", "http://é/",
    ],
)  # fmt: skip
def test_an_endpoint_that_is_none(tmp_path: Path, sqlite_url: str, url: str) -> None:
    """It is told when serving begins, and nothing is served."""
    with World(tmp_path / "home", sqlite_url) as world:
        with pytest.raises(Misuse) as caught:
            serve(msgspec.structs.replace(world.settings, trace_endpoint=url, port=free_port()))
        assert caught.value.code == "settings-malformed"


def test_the_extra_is_not_installed(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint without the extra is a problem that says what to install."""

    class Away(importlib.abc.MetaPathFinder):
        def find_spec(self, name: str, *_rest: object) -> None:
            if name.startswith("opentelemetry.exporter"):
                raise ModuleNotFoundError(name)

    for name in [name for name in sys.modules if name.startswith("opentelemetry.exporter")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Away(), *sys.meta_path])
    with World(tmp_path / "home", sqlite_url) as world:
        with pytest.raises(Misuse) as caught:
            serve(msgspec.structs.replace(world.settings, trace_endpoint="http://a/v1/traces", port=free_port()))
        assert caught.value.code == "tracing-missing"


def test_who_does_not_trace_loads_nothing(quick_door: Door) -> None:
    """Without an endpoint there is no tracing at all, and no library of it in the process."""
    assert quick_door.app.state.service.tracing is None
    script = "import json, sys, api.app, api.serve; print(json.dumps(sorted(sys.modules)))"
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    loaded = json.loads(subprocess.check_output([sys.executable, "-c", script], env=environment))
    assert [name for name in loaded if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter"))] == []
