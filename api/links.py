"""Where each answer leads: what of it names the next thing that can be asked, as OpenAPI links (OpenAPI 3.1 §4.8.20).

One row a link. `{the operation that answers: (Link(the operation that is led to, where its parameters stand), …)}`
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

__all__ = ["LINKS", "Link"]

_FIRST_EVENT: Final = "$response.body#/epcisBody/queryResults/resultsBody/eventList/0/eventID"


class Link(NamedTuple):
    """One link.

    Attributes:
        to: the operation that is led to.
        parameters: its parameters, each with the runtime expression that gives it; `path.` or `query.` before the name.
    """

    to: str
    parameters: Mapping[str, str] = {}


def _in_log(pointer: str) -> tuple[Link, ...]:
    """Return the links of an answer that tells a place in the log, and where in it."""
    place = {"path.entry": f"$response.body#{pointer}"}
    return tuple(
        Link(to, place)
        for to in ("read_statement", "prove_inclusion", "read_proof_file", "resolve_receipt")
    )  # fmt: skip


def _list(name: str) -> dict[str, tuple[Link, ...]]:
    """Return the links of a list of EPCIS, of what each of its names leads to, and of the events behind it."""
    first, same = {"path.name": "$response.body#/member/0"}, {"path.name": "$request.path.name"}
    return {
        f"list_{name}": (Link(f"read_{name}_name", first), Link(f"query_{name}_events", first)),
        f"read_{name}_name": (Link(f"query_{name}_events", same),),
        f"query_{name}_events": (Link("read_event", {"path.id": _FIRST_EVENT}),),
    }


def _named(expression: str) -> tuple[Link, ...]:
    """Return the links of an answer that tells a query's name."""
    name = {"path.name": expression}
    return tuple(
        Link(to, name)
        for to in ("read_named_query", "ask_named_query", "subscribe", "list_subscriptions", "forget_query")
    )


def _subscribed(pointer: str) -> tuple[Link, ...]:
    given = {"path.name": "$request.path.name", "path.id": f"$response.body#{pointer}"}
    return Link("read_subscription", given), Link("unsubscribe", given)


_PACK: Final = {"query.code": "$response.body#/codes/0/code"}
_SAME_PACK: Final = {"query.code": "$response.body#/code"}
_CASE: Final = {"path.number": "$response.body#/case/number"}
_SAME_CASE: Final = {"path.number": "$response.body#/number"}
_KEPT: Final = {"path.name": "$response.body#/name"}
_FIRST_KEPT: Final = {"path.name": "$response.body#/queries/0/name"}

LINKS: Final[dict[str, tuple[Link, ...]]] = {
    "submit_statements": _in_log("/outcomes/0/index"),
    "enrol_station": _in_log("/index"),
    "ask_verdicts": (Link("show_pack", _PACK), Link("read_pedigree", _PACK), Link("check_pack", _PACK)),
    "capture_document": (Link("read_job", {"path.id": "$response.body#/captureID"}),),
    "list_jobs": (Link("read_job", {"path.id": "$response.body#/member/0/captureID"}),),
    "read_job": (Link("query_events"),),
    "capture_event": (Link("read_event", {"path.id": "$request.body#/eventID"}), *_in_log("/index")),
    "query_events": (Link("read_event", {"path.id": _FIRST_EVENT}),),
    **_list("eventTypes"), **_list("epcs"), **_list("bizSteps"), **_list("bizLocations"), **_list("readPoints"),
    **_list("dispositions"),
    "name_query": _named("$response.body#/name"),
    "list_named_queries": _named("$response.body#/member/0/name"),
    "read_named_query": _named("$response.body#/name"),
    "ask_named_query": (Link("read_event", {"path.id": _FIRST_EVENT}),),
    "subscribe": _subscribed("/subscriptionID"),
    "list_subscriptions": _subscribed("/member/0/subscriptionID"),
    "import_bills": _in_log("/lines/0/outcome/index"),
    "import_sales": _in_log("/lines/0/outcome/index"),
    "list_findings": (Link("show_finding", {"path.finding": "$response.body#/findings/0/id"}),),
    "list_cases": (Link("show_case", {"path.number": "$response.body#/cases/0/number"}),),
    "show_case": (Link("act_in_case", _SAME_CASE),),
    "open_new_case": (Link("show_case", _CASE), Link("act_in_case", _CASE), *_in_log("/index")),
    "act_in_case": (Link("show_case", _CASE), Link("act_in_case", _CASE), *_in_log("/index")),
    "show_pack": (Link("read_pedigree", _SAME_PACK), Link("check_pack", _SAME_PACK)),
    "check_pack": (Link("show_pack", _SAME_PACK),),
    "issue_recall": _in_log("/index"),
    "show_acts": _in_log("/look"),
    "tell_name": _in_log("/look"),
    "list_looks": _in_log("/looks/0/index"),
    "keep_one_query": (Link("run_query", _KEPT), Link("drop_one_query", _KEPT)),
    "list_queries": (Link("run_query", _FIRST_KEPT), Link("drop_one_query", _FIRST_KEPT)),
    "ready": (Link("prove_consistency", {"query.since": "$response.body#/size"}),),
    "prove_inclusion": (Link("prove_consistency", {"query.since": "$response.body#/size"}),),
}  # fmt: skip
