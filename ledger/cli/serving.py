"""Commands of the door: serve; api-key add, list, revoke; enrolment-code."""

from __future__ import annotations

from typing import Annotated, Final

import typer
from msgspec.structs import replace

from ledger import clock
from ledger.access import give_api_key, revoke
from ledger.cli.context import DEFAULT_HOME, Home, Json, Language, command
from ledger.enrolment import give_code
from ledger.opening import open_store
from ledger.store.access import list_api_keys

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


def serve(
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, max=256, help="Processes; by default as the settings say.")
    ] = None,
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Serve the ledger over HTTP, until told to end.

    The address, the number of processes and the limits are settings: docs/reference/settings.md.
    It speaks plain HTTP; let something that speaks TLS stand before it. What it offers is described at
    /openapi.json, and in docs/reference/api.md. On SIGTERM it answers what it has begun, then ends.
    """
    with command(home, lang, as_json=json) as run:
        # Not before: no other command needs a server, and it takes as long to load as all the rest.
        from api.serve import serve as serve_forever  # noqa: PLC0415

        settings = run.settings
        serve_forever(settings if workers is None else replace(settings, serve_processes=workers))


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
