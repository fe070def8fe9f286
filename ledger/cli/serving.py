"""Commands of the door: serve; api-key add, list, revoke; enrolment-code; door-role; officer add."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from ledger import clock
from ledger.access import give_api_key, revoke
from ledger.cli.context import DEFAULT_HOME, Home, Json, Language, command
from ledger.enrolment import give_code
from ledger.home import load_officer_keys
from ledger.office.officers import Officers
from ledger.opening import open_ledger, open_store
from ledger.record import Recorder
from ledger.store.access import list_api_keys
from ledger.store.fence import grant_door

__all__ = ["add_to"]

_DAY_SECONDS: Final = 86_400

Days = Annotated[int, typer.Option("--days", min=1, max=3_650, help="How long it is good for.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("serve")(serve)
    room = typer.Typer(name="api-key", help="Secrets with which programs show whose they are; kept as digests.")
    for name, door in (("add", add), ("list", list_), ("revoke", revoke_)):
        room.command(name)(door)
    app.add_typer(room, no_args_is_help=True)
    app.command("enrolment-code")(enrolment_code)
    app.command("door-role")(door_role)
    officers = typer.Typer(name="officer", help="People who act for an office through the HTTP interface.")
    officers.command("add")(add_officer)
    app.add_typer(officers, no_args_is_help=True)


def serve(home: Home = DEFAULT_HOME, lang: Language = None, json: Json = False) -> None:
    """Serve the ledger over HTTP, until told to end.

    The address, the number of processes and the limits are settings: docs/reference/settings.md.
    It speaks plain HTTP; let something that speaks TLS stand before it. What it offers is described at
    /openapi.json, and in docs/reference/api.md. On SIGTERM it answers what it has begun, then ends.
    """
    with command(home, lang, as_json=json) as run:
        # Not before: no other command needs a server, and it takes as long to load as all the rest.
        from api.serve import serve as serve_forever  # noqa: PLC0415

        serve_forever(run.settings)


def add(
    party: Annotated[str, typer.Argument(help="URI of the party that will hold the key.")],
    role: Annotated[list[str], typer.Option("--role", help="As which it asks. May be repeated.")],
    label: Annotated[str, typer.Option("--label", help="Which program or place will use it.")],
    action: Annotated[
        list[str] | None,
        typer.Option("--action", help="Limit it to this, of what the roles grant. May be repeated."),
    ] = None,
    days: Days = 365,
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Make an API key for a party, and print it: it is shown this once.

    The ledger keeps its digest alone. What roles grant is listed in docs/reference/access.md.
    """
    with command(home, lang, as_json=json) as run, open_store(run.settings) as (database, _):
        now = clock.now()
        expires = now + days * _DAY_SECONDS
        secret = give_api_key(
            database, party, roles=role, actions=action or (), label=label, now=now, expires=expires,
            random=clock.random_bytes,
        )  # fmt: skip
        run.screen.document({"apiKey": secret, "party": party, "expires": expires})
        run.screen.facts([("api-key", secret), ("expires", run.screen.time(expires))])


def list_(home: Home = DEFAULT_HOME, lang: Language = None, json: Json = False) -> None:
    """List the API keys, without their secrets."""
    with command(home, lang, as_json=json) as run, open_store(run.settings) as (database, _):
        with database.read() as connection:
            keys = list_api_keys(connection)
        rows = []
        for whose in keys:
            key = whose.key
            run.screen.document({
                "id": key.id, "party": whose.party_uri, "roles": key.roles.split(), "actions": key.actions.split(),
                "label": key.label, "made": key.made, "expires": key.expires, "revoked": key.revoked,
            })  # fmt: skip
            ends = key.expires if key.revoked is None else min(key.revoked, key.expires)
            rows.append((key.id, whose.party_uri, key.roles, key.actions, key.label, run.screen.time(ends)))
        run.screen.table(("api-key", "party", "roles", "actions", "label", "expires"), rows)


def revoke_(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the key, as `api-key list` shows it.")],
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """End an API key; servers stop accepting it within ten seconds."""
    with command(home, lang, as_json=json) as run, open_store(run.settings) as (database, _):
        revoke(database, key_id, clock.now())
        run.screen.document({"id": key_id, "revoked": True})


def enrolment_code(
    station: Annotated[str, typer.Argument(help="URI of the station, which must be registered.")],
    days: Days = 7,
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Make a one-time code with which a station enrols a key that it makes itself, and print it.

    Carry it to the station by another way than the network. Using it is described in docs/formats/enrolment.md.
    """
    with command(home, lang, as_json=json) as run, open_store(run.settings) as (database, _):
        now = clock.now()
        expires = now + days * _DAY_SECONDS
        code = give_code(database, station, now=now, expires=expires, random=clock.random_bytes)
        run.screen.document({"code": code, "station": station, "expires": expires})
        run.screen.facts([("enrolment-code", code), ("station", station), ("expires", run.screen.time(expires))])


def add_officer(
    station: Annotated[str, typer.Argument(help="URI of a registered station of the office: one for each officer.")],
    role: Annotated[list[str], typer.Option("--role", help="As which the officer acts. May be repeated.")],
    label: Annotated[str, typer.Option("--label", help="Which desk it is; no personal data.")],
    days: Days = 365,
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Let somebody act for an office through the HTTP interface, and print their API key: it is shown this once.

    The gateway keeps a key for the station and signs with it what the officer does; the log says that it does.
    Whoever has a station of their own needs none of this: it signs, and its statements are handed in.
    """
    with (
        command(home, lang, as_json=json) as run,
        open_ledger(run.settings) as ledger,
        Recorder(ledger, clock.now, clock.random_bytes) as recorder,
    ):
        officers = Officers(ledger, recorder, load_officer_keys(run.settings), clock.now, clock.random_bytes)
        expires = clock.now() + days * _DAY_SECONDS
        appointed = officers.appoint(station, role, label, expires)
        run.screen.document({
            "apiKey": appointed.api_key, "kid": appointed.kid.hex(), "station": station, "expires": expires,
        })  # fmt: skip
        run.screen.facts([("api-key", appointed.api_key), ("station", station), ("expires", run.screen.time(expires))])


def door_role(
    role: Annotated[str, typer.Argument(help="A role of PostgreSQL that owns nothing and may log in.")],
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Let a role of PostgreSQL read for the HTTP interface, row by row as the tables' policies say, and nothing else.

    Then set door_database_url to the same database as that role: offices are read for through it.
    """
    with command(home, lang, as_json=json) as run, open_store(run.settings) as (database, _):
        grant_door(database, role)
        run.screen.document({"role": role, "granted": True})
        run.screen.facts([("role", role)])
