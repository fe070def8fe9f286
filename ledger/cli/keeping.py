"""Commands that keep a ledger: init, migrate, reindex, enrol, revoke, erase, status."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ledger import clock
from ledger.cli.context import DEFAULT_HOME, Command, Home, Json, Language, command
from ledger.durable import create_file, read_whole
from ledger.enrol import read_registrations, registering
from ledger.errors import Misuse
from ledger.events import remake
from ledger.identity.registration import Erasure, Registration, Revocation
from ledger.limits import GROUP_SUBMISSIONS_MAX, REGISTRATION_FILE_BYTES_MAX, TEXT_CHARACTERS_MAX
from ledger.opening import create_ledger, open_ledger, open_store
from ledger.papers.confidential import person_named
from ledger.record import Recorder
from ledger.recording.outcome import Outcome
from ledger.settings import SETTINGS_FILE
from ledger.store.database import Database
from ledger.store.log import log_size
from ledger.store.packs import count_packs
from ledger.store.persons import person_keys
from ledger.store.schema import upgrade

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    for door in (init, migrate, reindex, enrol, revoke, erase, status):
        app.command(door.__name__)(door)


def init(
    origin: Annotated[str, typer.Option("--origin", help="Name of the log, like ledger.example/2026.")],
    database_url: Annotated[
        str | None,
        typer.Option("--database-url", help="postgresql://USER@HOST/NAME; by default a file in the home."),
    ] = None,
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Make a new ledger: its keys, its tables, its first statement.

    Prints the ledger's verifier key. Give it to everyone who will verify. Keep ledger.key and master.key
    to yourself, with a copy somewhere safe.
    """
    with command(home, lang, as_json=json) as run:
        with _written_settings(home, database_url):
            trust = create_ledger(run.settings, origin, clock.now, clock.random_bytes)
        run.screen.document({"origin": trust.origin, "verifierKey": trust.verifier_key, "home": str(home)})
        run.screen.facts(
            [("origin", trust.origin), ("verifier-key", trust.verifier_key), ("home", str(home))]
        )


@contextmanager
def _written_settings(home: Path, database_url: str | None) -> Iterator[None]:
    """Write the settings file for the length of the block; it stays when the block ends well."""
    if database_url is None:
        yield
        return
    path = home / SETTINGS_FILE
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    escaped = database_url.replace("\\", "\\\\").replace('"', '\\"')
    try:
        create_file(path, f'database_url = "{escaped}"\n'.encode())  # a URL may hold a password
    except FileExistsError:
        raise Misuse("ledger-exists", f"{SETTINGS_FILE} is there already") from None
    try:
        yield
    except BaseException:
        path.unlink()
        raise


def migrate(home: Home = DEFAULT_HOME, lang: Language = None, json: Json = False) -> None:
    """Bring the tables of an older ledger to what this program needs."""
    with command(home, lang, as_json=json) as run:
        database = Database(run.settings.database_url)
        try:
            if database.is_missing:
                raise Misuse("ledger-missing", "there is no database file")
            upgrade(database)
        finally:
            database.close()
        run.screen.document({"migrated": True})
        run.screen.line(run.screen.say("migrated"))


def reindex(home: Home = DEFAULT_HOME, lang: Language = None, json: Json = False) -> None:
    """Make the index again that queries of events are answered from: it is emptied, and read from the log.

    Meanwhile queries wait, and everything else goes on. Interrupted, the next query reads on.
    """
    with command(home, lang, as_json=json) as run:
        with open_store(run.settings) as (database, _), run.screen.progress("indexing") as progress:
            covered = remake(database, progress)
        run.screen.document({"covered": covered})
        run.screen.facts([("reindexed", str(covered))])


def enrol(
    file: Annotated[Path, typer.Argument(help="JSON list of registrations.")],
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Register parties, sites, stations, keys and products.

    Each object of the list has a `kind` (party, site, station, key, product) and the fields of that kind;
    docs/formats/registration.md shows one of each. Registering the same again changes nothing.
    """
    with command(home, lang, as_json=json) as run:
        _register(run, read_registrations(read_whole(file, REGISTRATION_FILE_BYTES_MAX)))


def revoke(
    kid: Annotated[str, typer.Argument(help="Thumbprint of the key, 64 hexadecimal digits.")],
    reason: Annotated[str, typer.Option("--reason", help="retired, or compromised.")],
    since: Annotated[int | None, typer.Option("--since", help="Seconds since the epoch; now by default.")] = None,
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """End a key: `retired` in good order, or `compromised`, in others' hands since that time.

    What a compromised key signed before it was declared so stays in the log; `suspect` lists it.
    """
    with command(home, lang, as_json=json) as run:
        if reason not in ("retired", "compromised"):
            raise Misuse("usage-wrong", "--reason is retired or compromised")
        when = clock.now() if since is None else since
        _register(run, [Revocation(kid=kid, reason=reason, since=when)])  # type: ignore[arg-type]


def erase(
    id_type: Annotated[str, typer.Option("--id-type", help="Kind of document, like identity_card.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; goes into the log, so no personal data.")],
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Erase a person: destroy the key that opens their confidential parts, for good.

    The number of the document is asked for, or read from standard input: a command line is seen by others.
    Every proof stays valid; what was confidential about this person can never be read again.
    """
    with command(home, lang, as_json=json) as run:
        if sys.stdin.isatty():
            number = typer.prompt(run.screen.say("id-number"), hide_input=True, err=True)
        else:
            number = sys.stdin.buffer.readline(TEXT_CHARACTERS_MAX + 2).decode("ascii", "replace").strip()
        named = person_named(id_type, number)
        with open_ledger(run.settings) as ledger:
            person = ledger.vault.pseudonym(named.id_type, named.id_number)
            with ledger.database.read() as connection:
                if not person_keys(connection, [person]):
                    raise Misuse("person-unknown")
        _register(run, [Erasure(person=person.hex(), reason=reason)])
        with open_store(run.settings) as (database, _):
            database.wipe()


def _register(run: Command, registrations: Sequence[Registration]) -> None:
    now = clock.now()
    outcomes: list[Outcome] = []
    with (
        open_ledger(run.settings) as ledger,
        Recorder(ledger, clock.now, clock.random_bytes) as recorder,
        run.screen.progress("recording", len(registrations)) as progress,
    ):
        for start in range(0, len(registrations), GROUP_SUBMISSIONS_MAX):
            group = registrations[start : start + GROUP_SUBMISSIONS_MAX]
            outcomes += recorder.record([registering(ledger.trust, ledger.key, each, now) for each in group])
            progress(len(outcomes), len(registrations))
    counts = Counter(outcome.status for outcome in outcomes)
    run.screen.document(dict(counts))
    run.screen.facts([(status, str(count)) for status, count in counts.items()] or [("recorded", "0")])
    for number, each in enumerate(outcomes, 1):
        if each.problem is not None:
            run.refuse(number, each.problem)
    run.show_refusals()


def status(home: Home = DEFAULT_HOME, lang: Language = None, json: Json = False) -> None:
    """Show whose ledger this is, and how much it holds."""
    with command(home, lang, as_json=json) as run, open_store(run.settings) as (database, trust):
        with database.read() as connection:
            size, packs = log_size(connection), count_packs(connection)
        facts = {"origin": trust.origin, "verifierKey": trust.verifier_key, "statements": size, "packs": packs}
        run.screen.document(facts)
        run.screen.facts(
            [
                ("origin", trust.origin), ("verifier-key", trust.verifier_key),
                ("statements", str(size)), ("packs", str(packs)),
            ]
        )  # fmt: skip
