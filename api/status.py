"""Which HTTP status tells which error: one row a class, and one a code where the class says too little."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from ledger.errors import CodeFault, Denied, FormatError, LedgerError, Misuse, NotVerified, Refusal, Unavailable

__all__ = ["BY_CODE", "BY_KIND", "status_of", "status_of_code"]

BY_KIND: Final[tuple[tuple[type[LedgerError], HTTPStatus], ...]] = (
    (Denied, HTTPStatus.FORBIDDEN),
    (Unavailable, HTTPStatus.SERVICE_UNAVAILABLE),
    (Refusal, HTTPStatus.UNPROCESSABLE_ENTITY),
    (CodeFault, HTTPStatus.UNPROCESSABLE_ENTITY),
    (FormatError, HTTPStatus.BAD_REQUEST),
    (Misuse, HTTPStatus.BAD_REQUEST),
    # The ledger's own evidence does not hold: until somebody has looked, it says nothing more.
    (NotVerified, HTTPStatus.SERVICE_UNAVAILABLE),
)

BY_CODE: Final[dict[str, HTTPStatus]] = {
    "access-denied": HTTPStatus.FORBIDDEN,
    "access-missing": HTTPStatus.UNAUTHORIZED,
    "access-unknown": HTTPStatus.UNAUTHORIZED,
    "ask-ended": HTTPStatus.CONFLICT,
    "ask-own": HTTPStatus.FORBIDDEN,
    "ask-unknown": HTTPStatus.NOT_FOUND,
    "body-mismatch": HTTPStatus.UNPROCESSABLE_ENTITY,
    "capture-unknown": HTTPStatus.NOT_FOUND,
    "case-changed": HTTPStatus.CONFLICT,
    "case-closed": HTTPStatus.CONFLICT,
    "case-elsewhere": HTTPStatus.CONFLICT,
    "case-taken": HTTPStatus.CONFLICT,
    "case-exists": HTTPStatus.CONFLICT,
    "case-full": HTTPStatus.UNPROCESSABLE_ENTITY,
    "case-not-authorised": HTTPStatus.FORBIDDEN,
    "case-too-deep": HTTPStatus.UNPROCESSABLE_ENTITY,
    "case-unknown": HTTPStatus.NOT_FOUND,
    "checkpoint-ahead": HTTPStatus.CONFLICT,
    "checkpoint-forked": HTTPStatus.CONFLICT,
    "checkpoint-malformed": HTTPStatus.UNPROCESSABLE_ENTITY,
    "checkpoint-other-log": HTTPStatus.UNPROCESSABLE_ENTITY,
    "code-outer-package": HTTPStatus.UNPROCESSABLE_ENTITY,
    "code-unknown-form": HTTPStatus.UNPROCESSABLE_ENTITY,
    "deadline-past": HTTPStatus.UNPROCESSABLE_ENTITY,
    "enrolment-code-unknown": HTTPStatus.FORBIDDEN,
    "entry-unknown": HTTPStatus.NOT_FOUND,
    "envelope-malformed": HTTPStatus.BAD_REQUEST,
    "epcis-context": HTTPStatus.BAD_REQUEST,
    "epcis-document": HTTPStatus.BAD_REQUEST,
    "epcis-extension": HTTPStatus.BAD_REQUEST,
    "epcis-header": HTTPStatus.NOT_ACCEPTABLE,
    "epcis-media-type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "epcis-member": HTTPStatus.BAD_REQUEST,
    "epcis-name": HTTPStatus.BAD_REQUEST,
    "epcis-too-large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "epcis-too-many-events": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "epcis-value": HTTPStatus.BAD_REQUEST,
    "epcis-xml": HTTPStatus.BAD_REQUEST,
    "epcis-xml-forbidden": HTTPStatus.BAD_REQUEST,
    "epcis-not-offered": HTTPStatus.NOT_IMPLEMENTED,
    "event-exists": HTTPStatus.CONFLICT,
    "event-unknown": HTTPStatus.NOT_FOUND,
    "export-too-large": HTTPStatus.UNPROCESSABLE_ENTITY,
    "finding-elsewhere": HTTPStatus.UNPROCESSABLE_ENTITY,
    "finding-unknown": HTTPStatus.NOT_FOUND,
    "gateway-keys-used-up": HTTPStatus.SERVICE_UNAVAILABLE,
    "gateway-unregistered": HTTPStatus.SERVICE_UNAVAILABLE,
    "home-unreadable": HTTPStatus.SERVICE_UNAVAILABLE,
    "home-unwritable": HTTPStatus.SERVICE_UNAVAILABLE,
    "import-codes": HTTPStatus.UNPROCESSABLE_ENTITY,
    "import-field": HTTPStatus.UNPROCESSABLE_ENTITY,
    "import-malformed": HTTPStatus.BAD_REQUEST,
    "import-time": HTTPStatus.UNPROCESSABLE_ENTITY,
    "import-too-many-lines": HTTPStatus.UNPROCESSABLE_ENTITY,
    "import-type": HTTPStatus.UNPROCESSABLE_ENTITY,
    "json-ambiguous": HTTPStatus.BAD_REQUEST,
    "json-malformed": HTTPStatus.BAD_REQUEST,
    "json-too-deep": HTTPStatus.BAD_REQUEST,
    "key-compromised": HTTPStatus.FORBIDDEN,
    "key-malformed": HTTPStatus.BAD_REQUEST,
    "key-outside-validity": HTTPStatus.FORBIDDEN,
    "key-retired": HTTPStatus.FORBIDDEN,
    "key-weak": HTTPStatus.BAD_REQUEST,
    "lake-missing": HTTPStatus.SERVICE_UNAVAILABLE,
    "lake-outdated": HTTPStatus.SERVICE_UNAVAILABLE,
    "lake-unreachable": HTTPStatus.SERVICE_UNAVAILABLE,
    "links-too-many": HTTPStatus.UNPROCESSABLE_ENTITY,
    "log-key-unknown": HTTPStatus.NOT_FOUND,
    "log-restored": HTTPStatus.SERVICE_UNAVAILABLE,
    "media-type-unsupported": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "method-not-allowed": HTTPStatus.METHOD_NOT_ALLOWED,
    "name-not-allowed": HTTPStatus.FORBIDDEN,
    "named-queries-too-many": HTTPStatus.CONFLICT,
    "note-malformed": HTTPStatus.UNPROCESSABLE_ENTITY,
    "note-signature-wrong": HTTPStatus.UNPROCESSABLE_ENTITY,
    "note-unsigned": HTTPStatus.UNPROCESSABLE_ENTITY,
    "office-unknown": HTTPStatus.UNPROCESSABLE_ENTITY,
    "officer-unknown": HTTPStatus.FORBIDDEN,
    "pack-unknown": HTTPStatus.NOT_FOUND,
    "page-unknown": HTTPStatus.CONFLICT,
    "paper-member": HTTPStatus.UNPROCESSABLE_ENTITY,
    "paper-time": HTTPStatus.UNPROCESSABLE_ENTITY,
    "party-unknown": HTTPStatus.NOT_FOUND,
    "person-erased": HTTPStatus.GONE,
    "person-unknown": HTTPStatus.NOT_FOUND,
    "possession-not-shown": HTTPStatus.UNPROCESSABLE_ENTITY,
    "product-unknown": HTTPStatus.NOT_FOUND,
    "proof-impossible": HTTPStatus.BAD_REQUEST,
    "queries-too-many": HTTPStatus.UNPROCESSABLE_ENTITY,
    "query-conflict": HTTPStatus.BAD_REQUEST,
    "query-definition": HTTPStatus.BAD_REQUEST,
    "query-name-exists": HTTPStatus.CONFLICT,
    "query-name-unknown": HTTPStatus.NOT_FOUND,
    "query-page-token": HTTPStatus.BAD_REQUEST,
    "query-parameter": HTTPStatus.BAD_REQUEST,
    "query-too-complex": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "query-too-large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "query-too-long": HTTPStatus.SERVICE_UNAVAILABLE,
    "query-unknown": HTTPStatus.NOT_FOUND,
    "query-value": HTTPStatus.BAD_REQUEST,
    "rate-exceeded": HTTPStatus.TOO_MANY_REQUESTS,
    "registration-exists": HTTPStatus.CONFLICT,
    "request-cut-off": HTTPStatus.BAD_REQUEST,
    "request-invalid": HTTPStatus.UNPROCESSABLE_ENTITY,
    "request-malformed": HTTPStatus.BAD_REQUEST,
    "request-slow": HTTPStatus.REQUEST_TIMEOUT,
    "request-too-large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "route-unknown": HTTPStatus.NOT_FOUND,
    "server-busy": HTTPStatus.SERVICE_UNAVAILABLE,
    "server-fault": HTTPStatus.INTERNAL_SERVER_ERROR,
    "site-unknown": HTTPStatus.UNPROCESSABLE_ENTITY,
    "snapshot-beyond": HTTPStatus.CONFLICT,
    "statement-malformed": HTTPStatus.UNPROCESSABLE_ENTITY,
    "store-busy": HTTPStatus.SERVICE_UNAVAILABLE,
    "store-full": HTTPStatus.SERVICE_UNAVAILABLE,
    "store-unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
    "store-unwritable": HTTPStatus.SERVICE_UNAVAILABLE,
    "submissions-too-many": HTTPStatus.UNPROCESSABLE_ENTITY,
    "subscription-controls": HTTPStatus.BAD_REQUEST,
    "subscription-needs-key": HTTPStatus.BAD_REQUEST,
    "subscription-unknown": HTTPStatus.NOT_FOUND,
    "subscriptions-too-many": HTTPStatus.CONFLICT,
    "tile-unknown": HTTPStatus.NOT_FOUND,
    "webhook-address": HTTPStatus.BAD_REQUEST,
}
"""Also every code that a door says may meet its callers: the description of the interface is made from it."""


def status_of(error: LedgerError) -> HTTPStatus:
    """Return the status that tells this error."""
    found = BY_CODE.get(error.code)
    if found is not None:
        return found
    fallback = HTTPStatus.INTERNAL_SERVER_ERROR
    return next((status for kind, status in BY_KIND if isinstance(error, kind)), fallback)


def status_of_code(code: str) -> HTTPStatus:
    """Return the status that tells an error of this code, one of BY_CODE."""
    return BY_CODE[code]
