"""Commands of those who watch a ledger, and of the ledger that lets itself be watched: witness, cosign, monitor."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from ledger import clock
from ledger.cli.context import DEFAULT_HOME, Command, Home, Json, Language, command
from ledger.cli.exits import exit_of
from ledger.cli.files import load_key, save_key
from ledger.cosign import Cosigner, Round, load_policy
from ledger.durable import read_whole
from ledger.errors import LedgerError, Misuse, NotVerified, Unavailable
from ledger.limits import KEY_FILE_BYTES_MAX, POLICY_BYTES_MAX
from ledger.log.keys import EDDSA, PrivateKey
from ledger.log.note import COSIGNATURE, ED25519, VerifierKey, parse_vkey
from ledger.log.policy import parse_policy
from ledger.monitor.follow import Followed, Follower
from ledger.monitor.remote import RemoteLog
from ledger.opening import open_store
from ledger.web import Web
from ledger.witness.service import Answered, WitnessServer
from ledger.witness.state import Witness

__all__ = ["add_to"]

_WITNESS_PORT = 7380


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("witness-key")(witness_key)
    for door in (witness, cosign, monitor):
        app.command(door.__name__)(door)


def witness_key(
    name: Annotated[str, typer.Argument(help="Name of the witness, like witness.example/w1.")],
    out: Annotated[Path, typer.Option("--out", help="File for the private key; it must not exist.")],
    lang: Language = None,
    json: Json = False,
) -> None:
    """Make a witness's key, and print its verifier key: logs put that into their policy.

    A witness has a key of its own; it signs nothing else.
    """
    with command(DEFAULT_HOME, lang, as_json=json) as run:
        private = PrivateKey.from_seed(EDDSA, clock.random_bytes(32))
        vkey = VerifierKey(name, COSIGNATURE, private.public)
        save_key(out, private)
        run.screen.document({"name": name, "verifierKey": str(vkey)})
        run.screen.facts([("verifier-key", str(vkey))])


def witness(
    name: Annotated[str, typer.Option("--name", help="Name of this witness, as when its key was made.")],
    key: Annotated[Path, typer.Option("--key", help="The witness's private key, from `witness-key`.")],
    log: Annotated[list[str], typer.Option("--log", help="Verifier key of a log to witness. May be repeated.")],
    state: Annotated[Path, typer.Option("--state", help="Folder for what was cosigned last. Never restore it.")],
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65_535, help="Port to listen on; 0 takes any.")] = (
        _WITNESS_PORT
    ),
    lang: Language = None,
    json: Json = False,
) -> None:
    """Witness logs: cosign each head that extends all that was cosigned before (C2SP tlog-witness).

    Run by an office that is not the ledger's operator. Needs no database and no ledger; put it behind a reverse
    proxy with TLS, and give the ledger's keeper its address and its verifier key.
    """
    with command(DEFAULT_HOME, lang, as_json=json) as run:
        keys = [_log_key(text) for text in log]
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        witnessing = Witness(name, load_key(key), keys, state, clock.now)
        with WitnessServer(witnessing, (host, port), lambda answered: _show_answer(run, answered)) as server:
            url = f"http://{host}:{server.server_address[1]}"
            run.screen.document({"message_type": "listening", "url": url, "verifierKey": str(witnessing.vkey)})
            run.screen.facts(
                [("listening", url), ("verifier-key", str(witnessing.vkey)), *(("log", each.name) for each in keys)]
            )
            sys.stdout.flush()
            server.serve_forever()


def _log_key(text: str) -> VerifierKey:
    vkey = parse_vkey(text)
    if vkey.kind != ED25519:
        raise Misuse("usage-wrong", "this is the key of a witness, not of a log")
    return vkey


def _show_answer(run: Command, answered: Answered) -> None:
    run.screen.document({"message_type": "answer", **answered._asdict()})
    run.screen.line(f"{clock.iso(clock.now())} {answered.status} {answered.path} {answered.code}".rstrip())


def cosign(
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on, and ask again for each new checkpoint until stopped.")
    ] = False,
    interval: Annotated[
        float, typer.Option("--interval", min=1, max=86_400, help="With --follow: seconds between two looks.")
    ] = 10,
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Ask the witnesses to cosign the newest checkpoint, by the policy file `witnesses` in the home.

    The file is in the form of C2SP tlog-policy: a line `witness NAME VKEY URL` for each, groups, and the quorum.
    What meets the quorum is kept, and is what the ledger shows from then on. Recording never waits for witnesses.
    """
    with command(home, lang, as_json=json) as run, open_store(run.settings) as (database, trust), Web() as web:
        cosigner = Cosigner(run.settings, database, trust, load_policy(run.settings), web)
        done = cosigner.round()
        _show_round(run, done)
        while follow:
            time.sleep(interval)
            try:
                if cosigner.is_due():
                    _show_round(run, cosigner.round())
            except Unavailable as error:
                run.screen.problem(error)
        if not done.met:
            raise NotVerified("quorum-not-met", f"size {done.size}")


def _show_round(run: Command, done: Round) -> None:
    screen = run.screen
    rows = []
    for asked in done.asked:
        code = "" if asked.problem is None else asked.problem.code
        advice = "" if asked.problem is None else screen.advice(code)[1]
        when = "" if asked.time is None else screen.time(asked.time)
        rows.append((asked.witness, when, code, "" if asked.problem is None else asked.problem.detail, advice))
    screen.document(
        {
            "message_type": "cosigned" if done.met else "not-cosigned", "origin": done.origin, "size": done.size,
            "witnesses": [
                {"name": each.witness, "time": each.time, "code": None if each.problem is None else each.problem.code}
                for each in done.asked
            ],
        }
    )  # fmt: skip
    screen.facts([("statements", str(done.size)), ("quorum", screen.say("met" if done.met else "not-met"))])
    if rows:
        screen.table(("witness", "cosigned-at", "problem", "detail", "what-to-do"), rows)


def monitor(
    url: Annotated[str, typer.Argument(help="Where the ledger shows its log: /checkpoint and /tile/ stand below it.")],
    key: Annotated[str, typer.Option("--key", help="The ledger's verifier key, known from elsewhere.")],
    state: Annotated[Path, typer.Option("--state", help="File for the monitor's own checkpoint. Keep it safe.")],
    once: Annotated[bool, typer.Option("--once", help="Follow to the newest checkpoint, and end.")] = False,
    interval: Annotated[
        float, typer.Option("--interval", min=1, max=86_400, help="Seconds between two rounds.")
    ] = 60,
    policy: Annotated[
        Path | None, typer.Option("--policy", help="Witnesses that must have cosigned (C2SP tlog-policy).")
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option("--token-file", help="File with an API key, if the ledger asks for one.")
    ] = None,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Follow a ledger over HTTP, compute every hash anew, and cry when it is not what it signed.

    The monitor keeps its own last checkpoint. It ends with a problem's code and exit code when the ledger forks or
    shrinks, shows tiles or entries that do not fit, or an entry that is no statement; else it goes on until stopped.
    """
    with command(DEFAULT_HOME, lang, as_json=json) as run:
        vkey = _log_key(key)
        quorum = None if policy is None else parse_policy(read_whole(policy, POLICY_BYTES_MAX)).quorum
        with Web(_shown_key(token_file)) as web:
            follower = Follower(RemoteLog(url, web), vkey, state, quorum)
            while True:
                try:
                    with run.screen.progress("verifying") as progress:
                        done = follower.round(progress)
                except Unavailable as error:
                    if once:
                        raise
                    run.screen.problem(error)
                except LedgerError as error:
                    run.screen.line(run.screen.say("not-valid"), "bold red")
                    run.screen.problem(error)
                    raise typer.Exit(int(exit_of(error))) from None
                else:
                    _show_followed(run, done)
                if once:
                    return
                time.sleep(interval)


def _shown_key(file: Path | None) -> dict[str, str]:
    if file is None:
        return {}
    text = read_whole(file, KEY_FILE_BYTES_MAX).decode("ascii", "replace").strip()
    if not text or not text.isprintable() or not text.isascii() or " " in text:
        raise Misuse("usage-wrong", "--token-file holds one key, and nothing else")
    return {"Authorization": f"Bearer {text}"}


def _show_followed(run: Command, done: Followed) -> None:
    head = done.checkpoint
    run.screen.document(
        {"message_type": "followed", "entries": done.entries, "witnesses": done.witnesses, **msgspec.to_builtins(head)}
    )
    run.screen.facts(
        [("when", run.screen.time(clock.now())), ("origin", head.origin), ("statements", str(head.size)),
         ("read-now", str(done.entries)), ("witnesses", str(done.witnesses))]
    )  # fmt: skip
    run.screen.line(run.screen.say("valid"), "bold green")
    sys.stdout.flush()
