"""What is wrong with a document or a query, with its place, and how EPCIS 2.0 names it to the sender.

    FormatError
    ├── CaptureFault    a document, or one event of it (place: number of the event, path of the member, line)
    └── QueryFault      a parameter of a query (place: its name)

EPCIS 2.0 §12.6 has its own types of problems; each code of ours belongs to one of them.
"""

from __future__ import annotations

from typing import Final

from ledger.errors import FormatError, LedgerError

__all__ = ["EXCEPTIONS", "VALIDATION", "CaptureFault", "QueryFault", "exception_of", "placed"]

VALIDATION: Final = "epcisException:ValidationException"
_PATH_CHARACTERS: Final = 160  # names in it are the author's, and may be anything
EXCEPTIONS: Final = {
    "epcis-too-many-events": "epcisException:CaptureLimitExceededException",
    "epcis-too-large": "epcisException:CaptureLimitExceededException",
    "epcis-media-type": "epcisException:UnsupportedMediaTypeException",
    "query-parameter": "epcisException:QueryParameterException",
    "query-value": "epcisException:QueryParameterException",
    "query-conflict": "epcisException:QueryParameterException",
    "query-page-token": "epcisException:QueryParameterException",
    "query-definition": "epcisException:QueryValidationException",
    "query-too-complex": "epcisException:QueryTooComplexException",
    "query-name-unknown": "epcisException:NoSuchNameException",
    "subscription-controls": "epcisException:SubscriptionControlsException",
    "subscription-needs-key": "epcisException:SubscriptionControlsException",
    "webhook-address": "epcisException:SubscriptionControlsException",
    "query-too-large": "epcisException:QueryTooLargeException",
}


class CaptureFault(FormatError):
    """A document, or one of its events, is not what EPCIS says.

    Attributes:
        event: the number of the event in its document, from 0; None when the whole document is at fault.
        path: the member, like `bizLocation.id` or `epcList[3]`; "" for the whole.
        line: the line of XML, from 1; 0 where there is none.
    """

    def __init__(
        self, code: str, detail: str = "", *, path: str = "", line: int = 0, event: int | None = None
    ) -> None:
        path = path[:_PATH_CHARACTERS]
        super().__init__(code, f"{path}: {detail}" if path and detail else path or detail)
        self.path = path
        self.line = line
        self.event = event


class QueryFault(FormatError):
    """A query cannot be understood or answered.

    Attributes:
        parameter: its name as it was given; "" when the fault is in their company.
    """

    def __init__(self, code: str, detail: str = "", *, parameter: str = "") -> None:
        super().__init__(code, f"{parameter}: {detail}" if parameter else detail)
        self.parameter = parameter


def exception_of(error: LedgerError) -> str:
    """Return the `type` of the problem in EPCIS 2.0's own words."""
    return EXCEPTIONS.get(error.code, VALIDATION)


def placed(error: LedgerError, *, path: str = "", line: int = 0, event: int | None = None) -> CaptureFault:
    """Return what another part of the ledger found, with its place in the document.

    A place that the error has already is kept: it is the narrower one.
    """
    if isinstance(error, CaptureFault):
        error.line = error.line or line
        error.event = event if error.event is None else error.event
        return error
    found = CaptureFault(error.code, error.detail, line=line, event=event)
    found.path = path
    return found
