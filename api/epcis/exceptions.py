"""EPCIS 2.0's own types of problems (§12.6), by the codes of ours, and the statuses that belong to them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from api.status import BY_CODE
from ledger.custody.epcis.faults import EXCEPTIONS, VALIDATION

__all__ = ["epcis_status", "exception_of_code"]

_PREFIX: Final = "epcisException:"
_BY_STATUS: Final = {
    HTTPStatus.UNAUTHORIZED: f"{_PREFIX}SecurityException",
    HTTPStatus.FORBIDDEN: f"{_PREFIX}SecurityException",
    HTTPStatus.NOT_FOUND: f"{_PREFIX}NoSuchResourceException",
    HTTPStatus.NOT_ACCEPTABLE: f"{_PREFIX}NotAcceptableException",
    HTTPStatus.CONFLICT: f"{_PREFIX}ResourceAlreadyExistsException",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: f"{_PREFIX}CaptureLimitExceededException",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: f"{_PREFIX}UnsupportedMediaTypeException",
    HTTPStatus.REQUEST_TIMEOUT: f"{_PREFIX}ImplementationException",
    HTTPStatus.TOO_MANY_REQUESTS: f"{_PREFIX}ImplementationException",
    HTTPStatus.INTERNAL_SERVER_ERROR: f"{_PREFIX}ImplementationException",
    HTTPStatus.NOT_IMPLEMENTED: f"{_PREFIX}ImplementationException",
    HTTPStatus.SERVICE_UNAVAILABLE: f"{_PREFIX}ImplementationException",
}
_STATUSES: Final = {
    f"{_PREFIX}CaptureLimitExceededException": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    f"{_PREFIX}QueryTooComplexException": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    f"{_PREFIX}QueryTooLargeException": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    f"{_PREFIX}UnsupportedMediaTypeException": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    f"{_PREFIX}NoSuchNameException": HTTPStatus.NOT_FOUND,
}


def exception_of_code(code: str) -> str:
    """Return the type of the problem with this code."""
    found = EXCEPTIONS.get(code)
    if found is not None:
        return found
    return _BY_STATUS.get(BY_CODE.get(code, HTTPStatus.BAD_REQUEST), VALIDATION)


def epcis_status(code: str) -> HTTPStatus:
    """Return the status of the problem with this code: what EPCIS says of its type, else what we say of the code."""
    exception = exception_of_code(code)
    if exception in _STATUSES:
        return _STATUSES[exception]
    if exception == VALIDATION or code in EXCEPTIONS:
        return HTTPStatus.BAD_REQUEST
    return BY_CODE[code]
