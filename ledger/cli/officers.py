"""Commands for those whom the door serves: officer add, door-role."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from ledger import clock
from ledger.cli.context import DEFAULT_HOME, Home, Json, Language, command
from ledger.home import load_gateway_secret
from ledger.identity.officer_keys import OfficerKeys
from ledger.office.officers import Officers
from ledger.opening import open_ledger, open_store
from ledger.record import Recorder
from ledger.store.fence import grant_door

__all__ = ["add_to"]

_DAY_SECONDS: Final = 86_400


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    room = typer.Typer(name="officer", help="People who act for an office through the HTTP interface.")
    room.command("add")(add_officer)
    app.add_typer(room, no_args_is_help=True)
    app.command("door-role")(door_role)


def add_officer(
    station: Annotated[str, typer.Argument(help="URI of a registered station of the office: one for each officer.")],
    role: Annotated[list[str], typer.Option("--role", help="As which the officer acts. May be repeated.")],
    label: Annotated[str, typer.Option("--label", help="Which desk it is; no personal data.")],
    days: Annotated[int, typer.Option("--days", min=1, max=3_650, help="How long the key is good for.")] = 365,
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
        keys = OfficerKeys(load_gateway_secret(run.settings, clock.random_bytes))
        officers = Officers(ledger, recorder, keys, clock.now, clock.random_bytes)
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
