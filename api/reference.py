"""The reference of the interface for people, from the doors themselves: docs/reference/api.md and access.md."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from api.door import Door, Doors
from api.openapi import EVERYWHERE, describe, links_of, problems_of
from api.problems import status_in
from api.status import BY_KIND
from ledger.identity.access import ACTIONS, GRANTS, ROLES
from ledger.identity.sight import SIGHT

__all__ = ["access_parts", "api_parts"]

_BOUNDS: Final = ("minItems", "maxItems", "minLength", "maxLength", "minimum", "maximum")


def api_parts(audiences: Sequence[Doors]) -> list[str]:
    """Return the parts of the page about the doors of these audiences."""
    schemas = describe(audiences)["components"]["schemas"]
    names = {door.verb.__name__: _name(door) for audience in audiences for door in audience.doors}
    everywhere = ", ".join(f"[{code}](errors.md#{code})" for code in EVERYWHERE)
    parts = [
        "# The HTTP interface",
        "What `packledger serve` offers; the same, for programs, is at `/openapi.json`.\n"
        "JSON is UTF-8; members that say nothing are left out.\n"
        "HEAD is answered wherever GET is, with the same status and headers and no body.\n"
        "Every error is a problem document (RFC 9457, `application/problem+json`) with a code of"
        " [the catalogue](errors.md), in the language that `Accept-Language` prefers, English or Chinese.\n"
        f"Beside what each address names, any may answer {everywhere}.\n"
        "Who may do what is told in [access](access.md); how much fits into a request, in [limits](limits.md).",
    ]
    for audience in audiences:
        parts.append(f"## {audience.audience.capitalize()}\n\n{audience.about}")
        parts += [_door_part(door, schemas, names) for door in audience.doors]
    parts.append(_status_part())
    return parts


def _door_part(door: Door, schemas: dict[str, Any], names: Mapping[str, str]) -> str:
    lines = [f"### {_name(door)}", "", f"{door.summary}."]
    if door.description:
        lines += ["", door.description.replace(". ", ".\n")]
    lines += ["", f"Needs `{door.action}`."]
    if door.query is not None:
        given = "&".join(f"{name}={value}" for name, value in door.query.example.items())
        lines += ["", f"For example `?{given}`."]
        lines += _members(schemas[door.query.model.__name__])
    if door.takes is not None:
        media = " or ".join(f"`{each}`" for each in door.takes.media)
        lines += ["", f"Body: {media}, at most {door.takes.bytes_max:,} bytes.", "", *_shown(door.takes.example)]
        lines += [] if door.takes.schema is None else _members(schemas[door.takes.schema.__name__])
    lines += ["", *_answer(door)]
    leads = ", ".join(f"`{names[link.to]}`" for link in links_of(door))
    lines += ["", f"Leads to {leads}."] if leads else []
    own = [code for code in problems_of(door) if code not in EVERYWHERE]
    if own:
        links = ", ".join(f"[{code}](errors.md#{code}) {int(status_in(door.form, code))}" for code in own)
        lines += ["", f"Problems: {links}."]
    return "\n".join(lines)


def _answer(door: Door) -> list[str]:
    gives = door.gives
    if not gives.media:
        return [f"Answer: {gives.status}, with nothing in it but its headers."]
    status = "" if gives.status == 200 else f"{gives.status}, "
    media = " or ".join(f"`{each}`" for each in (gives.media, *gives.also))
    return [f"Answer: {status}{media}.", "", *_shown(gives.example)]


def _name(door: Door) -> str:
    return f"{door.method} {door.path.replace(':path', '')}"


def _members(schema: dict[str, Any]) -> list[str]:
    required = schema.get("required", ())
    rows = [
        f"| `{name}` | {_kind(kind)} | {'yes' if name in required else 'no'} |"
        for name, kind in schema.get("properties", {}).items()
    ]
    return ["", "| member | what | must be there |", "|---|---|---|", *rows] if rows else []


def _kind(kind: dict[str, Any]) -> str:
    if "enum" in kind:
        return ", ".join(f"`{each}`" for each in kind["enum"])
    if "anyOf" in kind:
        return " or ".join(_kind(each) for each in kind["anyOf"] if each.get("type") != "null")
    words = [str(kind.get("type", "object"))]
    words += [f"{name} {kind[name]}" for name in _BOUNDS if name in kind]
    pattern = kind.get("pattern", "")
    words += [f"`{pattern}`"] if pattern and "](" not in pattern else []  # readers of pages take that for a link
    return ", ".join(words)


def _shown(example: Any) -> list[str]:
    if isinstance(example, str):
        return ["```text", *example.rstrip("\n").split("\n"), "```"]
    return ["```json", json.dumps(example, ensure_ascii=False, indent=2), "```"]


def _status_part() -> str:
    kinds = [f"| {kind.__name__} | {int(status)} |" for kind, status in BY_KIND]
    return "\n".join([
        "## Statuses", "", "What a code has no row of its own for is told by its class, drawn in `ledger/errors.py`.",
        "", "| class | status |", "|---|---:|", *kinds,
    ])  # fmt: skip


def access_parts() -> list[str]:
    """Return the parts of the page about who may do what."""
    meanings = [f"| `{action}` | {meaning} |" for action, meaning in ACTIONS.items()]
    head = "| role | " + " | ".join(f"`{action}`" for action in ACTIONS) + " |"
    rule = "|---|" + ":-:|" * len(ACTIONS)
    rows = [
        f"| {role} | " + " | ".join("yes" if action in GRANTS[role] else "" for action in ACTIONS) + " |"
        for role in ROLES
    ]
    seen = [
        f"| {role} | {sight.packs} | {', '.join(sorted(sight.grains)) or 'none'} |"
        f" {'as pseudonyms' if sight.persons else 'never'} | {sight.looks} |"
        for role, sight in SIGHT.items()
    ]
    return [
        "# Access",
        "Every address names the action that it needs; what no row grants is denied.\n"
        "Who shows nothing is the public.\n"
        "An API key (`packledger api-key add`) is for one party, for some of its roles, and may be limited to some"
        " actions; what everybody may do is never taken away.\n"
        "Where the [settings](settings.md) name a sign-on service (`oidc_issuer`), its tokens count as well: the claim"
        " `packledger_party` names the party, `packledger_roles` the roles, of which those count that the party has;"
        " `packledger_station`, of an officer, the station as which they act.\n"
        "An API key is shown as `Authorization: Bearer plk_…`, a token likewise; of a key the ledger keeps its SHA-256"
        " alone.\n"
        "A revoked key opens the door for ten seconds more at most.\n"
        "An officer's key (`packledger officer add`) is bound to a station of the office; what is done with it is"
        " signed by a key that the gateway keeps for that station.",
        "\n".join(["| action | what it is |", "|---|---|", *meanings]),
        "\n".join([head, rule, *rows]),
        "## What may be seen",
        "A role says what may be done; what may be seen of it, this table (`ledger/identity/sight.py`).\n"
        "Packs are all of them, or one's own: those that a party holds, that are under way to it, that it made.\n"
        "Findings are told by what they are about; who does not see persons is shown no pseudonym in them either.\n"
        "A case is seen by the offices that hold or held it, a kept question by the office that keeps it.\n"
        "What one may not see is answered as what does not exist.",
        "\n".join(["| role | packs | findings about | persons | looks at persons |", "|---|---|---|---|---|", *seen]),
        "## Persons",
        "Bodies, pedigrees and the lake hold no name and no number of a person; who it is stands in confidential parts"
        " alone, which are handed out by no address.\n"
        "An office sees persons under pseudonyms, for a case that it has, and says why.\n"
        "A name is told to the officer who asked for it in a case, for a day, once another officer of that office"
        " allowed it: [the actions](../formats/action.md) `ask-name` and `allow-name`.\n"
        "Each look is [a paper](../formats/paper.md) of kind `look` in the log, recorded before anything is shown; the"
        " insurer, whose the persons are, lists them all at `/v1/looks`, every other office those of its own officers.",
        "## Fences",
        "What may be seen is asked in one place of the program: the first fence.\n"
        "On PostgreSQL there is a second where `door_database_url` names a role that owns nothing"
        " (`packledger door-role`): policies of the tables show it, row by row, what the caller may see, and no row"
        " where nobody was named.\n"
        "On SQLite, and without such a role, there is one fence; the server says how many in the line `open` of its"
        " journal.\n"
        "The processes of one server count a caller's requests together; servers on several machines each count for"
        " themselves, since what a rate guards is a machine.",
    ]
