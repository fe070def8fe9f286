"""The policies by which PostgreSQL shows rows to the door's role, word for word as it prints them.

migrations/versions/0003_fence.py makes them; what is another expression, or applies to others, is another policy. The
server's print says all of an expression but which functions it calls, for a search path can put somebody's own in
place of the server's: so nothing but our tables and what is built in may stand in it.
Versions 15, 17 and 18 print all of them alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

__all__ = ["POLICIES", "QUERY", "policies_of"]

_PARTY: Final = "( SELECT NULLIF(current_setting('packledger.party'::text, true), ''::text) AS \"nullif\")"
_PERSON: Final = "( SELECT NULLIF(current_setting('packledger.person'::text, true), ''::text) AS \"nullif\")"
_ISSUER: Final = (
    "( SELECT decode(NULLIF(current_setting('packledger.issuer'::text, true), ''::text), 'hex'::text) AS decode)"
)


def _has(*roles: str) -> str:
    names = ", ".join(f"'{role}'::text" for role in roles)
    told = "( SELECT string_to_array(current_setting('packledger.roles'::text, true), ' '::text) AS string_to_array)"
    return f"COALESCE(({told} && ARRAY[{names}]), false)"


_SEES_PERSONS: Final = _has("insurer", "medicine", "police")
_SHOWN: Final = {
    "pack": f"({_has('insurer', 'medicine', 'commerce', 'tax', 'police', 'auditor')} OR (holder = ({_PARTY})::bigint))",
    "case_state": f"(POSITION((((' '::text || {_PARTY}) || ' '::text)) IN (offices)) > 0)",
    "case_action": "(EXISTS ( SELECT FROM case_state WHERE (case_state.number = case_action.number)))",
    "finding": (
        f"({_SEES_PERSONS} OR ((grain = ANY (ARRAY['pack'::text, 'institution'::text, 'trade'::text]))"
        f" AND {_has('commerce', 'tax')}))"
    ),
    "finding_event": "(EXISTS ( SELECT FROM finding WHERE (finding.id = finding_event.id)))",
    "person": f"({_SEES_PERSONS} AND (encode(pseudonym, 'hex'::text) = {_PERSON}))",
    "confidential": f"({_SEES_PERSONS} AND (encode(person, 'hex'::text) = {_PERSON}))",
    "saved_query": f"(party_number = ({_PARTY})::bigint)",
    "entry": (
        "CASE kind"
        " WHEN 'action'::text THEN (EXISTS ( SELECT FROM case_action WHERE (case_action.log_index = entry.log_index)))"
        f" WHEN 'look'::text THEN ({_has('insurer')} OR COALESCE((POSITION(({_ISSUER}) IN (statement)) > 0), false))"
        " ELSE true END"
    ),
}

POLICIES: Final = frozenset(f"policy {table}_shown" for table in _SHOWN)
"""The parts that they are of a database: `store.parts`."""

QUERY: Final = """
WITH ours AS (
    SELECT oid, relname, relrowsecurity FROM pg_class WHERE relnamespace = current_schema()::regnamespace
)
SELECT o.relname, p.polname, pg_get_expr(p.polqual, p.polrelid),
    p.polcmd = 'r' AND p.polpermissive AND p.polroles = '{0}' AND p.polwithcheck IS NULL
        AND NOT EXISTS (  -- what is built in is not listed
            SELECT FROM pg_depend AS d WHERE d.classid = 'pg_policy'::regclass AND d.objid = p.oid
                AND NOT (d.refclassid = 'pg_class'::regclass AND d.refobjid IN (SELECT oid FROM ours))
        )
FROM ours AS o JOIN pg_policy AS p ON p.polrelid = o.oid
WHERE o.relrowsecurity OR p.polname <> o.relname || '_shown'
"""
"""Asks for (table, name, condition, whether all else is as it should be) of each policy that is not asleep."""

_BLANKS: Final = re.compile(r"('[^']*')|\s+")  # what is quoted stays as it is


def policies_of(rows: Iterable[tuple[str, str, str | None, bool]]) -> Iterator[str]:
    """Iterate over `policy NAME` for each row of `QUERY`; `, altered` stands behind what is not word for word ours."""
    for table, name, condition, is_ours in rows:
        printed = _BLANKS.sub(lambda found: found[1] or " ", condition or "").strip()
        same = is_ours and name == f"{table}_shown" and printed == _SHOWN.get(table)
        yield f"policy {name}" if same else f"policy {name}, altered"
