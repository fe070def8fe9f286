"""Traces of requests for a collector (OpenTelemetry), for whoever names one; nothing of this runs for others.

    POST /v1/statements          http.request.method, http.route, http.response.status_code, packledger.problem
    └── record                   packledger.statements

A span is named by the door, not by the address that was asked for, since that may hold a pack's code. Of a caller's
headers `traceparent` alone is read; `tracestate` and `baggage` are texts in which anything may stand. No exception is
kept: its message may be about anybody (docs/decisions/0052-traces-are-optional.md).
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Awaitable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import Token
from typing import TYPE_CHECKING, Final, TypeVar, cast
from urllib.parse import urlsplit

from opentelemetry import context
from opentelemetry.trace import Span, SpanKind, StatusCode, TracerProvider, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import Scope

from api.journal import Journal
from ledger.errors import LedgerError, Misuse
from ledger.limits import TRACE_SECONDS_MAX, TRACE_SPANS_WAITING_MAX
from ledger.settings import Settings
from ledger.web import require_url

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

__all__ = ["PROBLEM", "Tracing", "open_tracing"]

T = TypeVar("T")
PROBLEM: Final = "packledger.problem"
"""Where a request's scope holds the code of the problem that answered it, and the attribute that tells it."""
_OTHER: Final = "_OTHER"  # OpenTelemetry's word for a method that is none of ours
_SPANS_AT_ONCE: Final = 512
_SENT_EVERY_MILLISECONDS: Final = 1_000
_propagator: Final = TraceContextTextMapPropagator()


class Tracing:
    """Makes spans.

    Args:
        provider: takes them.
    """

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer("packledger")

    def begin(self, headers: Iterable[tuple[bytes, bytes]]) -> Traced:
        """Begin the span of a request, within the caller's trace if they name one."""
        named = [value.decode("latin-1") for name, value in headers if name == b"traceparent"]
        within = _propagator.extract({"traceparent": named[0]} if len(named) == 1 else {}, context.Context())
        span = self._tracer.start_span("HTTP", within, SpanKind.SERVER)
        return Traced(span, context.attach(set_span_in_context(span, within)))

    async def part(self, name: str, counted: str, number: int, work: Awaitable[T]) -> T:
        """Return what this work returns; its span is a part of the request's, and tells a number of something."""
        span = self._tracer.start_span(name, attributes={counted: number})
        try:
            return await work
        finally:
            span.end()


class Traced:
    """A request that is traced; what it waits for stands below it until its end."""

    def __init__(self, span: Span, token: Token[context.Context]) -> None:
        self._span = span
        self._token = token

    def end(self, scope: Scope, status: int) -> None:
        """End the span, and name it by the door that was found; a status of 0 is no answer."""
        context.detach(self._token)
        span, route = self._span, scope.get("route")
        method = scope["method"] if route is not None and scope["method"] in route.methods else _OTHER
        span.set_attribute("http.request.method", method)
        shown = "HTTP" if method == _OTHER else method
        if route is not None:
            span.set_attribute("http.route", route.path)
            shown = f"{shown} {route.path}"
        span.update_name(shown)
        if status:
            span.set_attribute("http.response.status_code", status)
        if PROBLEM in scope:
            span.set_attribute(PROBLEM, scope[PROBLEM])
        if status >= 500 or not status:
            span.set_status(StatusCode.ERROR)
        span.end()


@contextmanager
def open_tracing(settings: Settings, journal: Journal) -> Iterator[Tracing | None]:
    """Trace to where the settings say, if they do; at the end, what waits is sent, for as long as that may take.

    Raises:
        Misuse: `settings-malformed` for an endpoint that is no web address; `tracing-missing` without the extra.
    """
    if not settings.trace_endpoint:
        yield None
        return
    _require_endpoint(settings.trace_endpoint)
    try:
        # An extra, and not before: who does not trace needs nothing of it.
        from opentelemetry.exporter.otlp.proto.http import Compression  # noqa: PLC0415
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider as Provider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
        from opentelemetry.sdk.trace.sampling import DEFAULT_ON  # noqa: PLC0415
    except ImportError:
        raise Misuse("tracing-missing", "trace_endpoint is set, and the extra `trace` is not installed") from None
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # the journal says it once, and in our words
    sent = OTLPSpanExporter(settings.trace_endpoint, timeout=TRACE_SECONDS_MAX, compression=Compression.Gzip)
    told = _Told(sent, journal)
    waiting = BatchSpanProcessor(
        cast("SpanExporter", told), TRACE_SPANS_WAITING_MAX, _SENT_EVERY_MILLISECONDS, _SPANS_AT_ONCE
    )
    resource = Resource({"service.name": "packledger", "process.pid": os.getpid()})
    provider = Provider(DEFAULT_ON, resource, shutdown_on_exit=False)
    provider.add_span_processor(waiting)
    try:
        yield Tracing(provider)
    finally:
        # In a thread: the library waits half a minute for a collector that is silent.
        ending = threading.Thread(target=provider.shutdown, name="traces", daemon=True)
        ending.start()
        ending.join(TRACE_SECONDS_MAX)
        told.is_over = True


def _require_endpoint(url: str) -> None:
    try:
        require_url(url)
    except LedgerError:
        pass
    else:
        if not urlsplit(url).query and not urlsplit(url).fragment:
            return
    raise Misuse("settings-malformed", "trace_endpoint: http://HOST:4318/v1/traces or https://HOST/v1/traces")


class _Told:
    """An exporter that says in the journal when spans cease to arrive, and when they arrive again, until it is over."""

    def __init__(self, exporter: SpanExporter, journal: Journal) -> None:
        self._exporter = exporter
        self._journal = journal
        self._arrive = True
        self.is_over = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        arrive = result.name == "SUCCESS"
        if arrive != self._arrive and not self.is_over:
            self._arrive = arrive
            self._journal.say("traces", arrive=arrive)
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()
