"""`cosign`: witnesses are asked to vouch for the newest checkpoint, after it was published and never before.

    1. the newest checkpoint, as it is kept outside the database
    2. each witness of the policy is handed it, side by side, with the proof from the head that it cosigned last
    3. what they answer is verified, and added to what was answered earlier for the same head
    4. as soon as the policy is met, the cosigned checkpoint is kept, and served from then on

A witness that is away or slow delays nobody: recording does not wait for any of this, nor does what others vouch for.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Final

import msgspec

from ledger.errors import FormatError, LedgerError, Misuse, NotVerified
from ledger.home import read_checkpoint, read_cosigned, write_cosigned
from ledger.limits import POLICY_BYTES_MAX, WITNESS_ANSWER_BYTES_MAX
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.cosignature import verify_cosignatures
from ledger.log.note import Note, VerifierKey, add_signatures, parse_note, parse_signature
from ledger.log.policy import Policy, parse_policy
from ledger.log.spelling import read_decimal
from ledger.log.tree import prove_consistency
from ledger.log.witness import SIZE_MEDIA_TYPE, Extension, print_extension
from ledger.opening import Trust
from ledger.settings import Settings
from ledger.store.database import Database
from ledger.store.log import tile_reader
from ledger.web import Answer, Web, require_url

__all__ = ["Asked", "Cosigner", "Round", "load_policy"]

_AT_ONCE: Final = 8
_TRIES: Final = 3
_DONE: Final = 200
_CONFLICT: Final = 409
_UNPROCESSABLE: Final = 422


class Asked(msgspec.Struct, frozen=True):
    """What one witness answered: the time of its cosignature, or why there is none."""

    witness: str
    time: int | None = None
    problem: LedgerError | None = None


class Round(msgspec.Struct, frozen=True):
    """One round over one checkpoint; `met` says whether the policy's witnesses are enough."""

    origin: str
    size: int
    asked: tuple[Asked, ...]
    met: bool


def load_policy(settings: Settings) -> Policy:
    """Read the policy file of this ledger's home.

    Raises:
        Misuse: `policy-missing`; `policy-without-url` when a witness that counts cannot be asked; `quorum-empty`.
        FormatError: as `parse_policy`.
    """
    path = settings.witness_policy_file
    try:
        with path.open("rb") as file:
            policy = parse_policy(file.read(POLICY_BYTES_MAX + 1))
    except OSError as error:
        raise Misuse("policy-missing", f"{path.name}: {error.strerror}") from None
    for witness in policy.quorum.witnesses():
        if witness not in policy.urls:
            raise Misuse("policy-without-url", witness.name)
        require_url(policy.urls[witness])
    return policy


class Cosigner:
    """Asks the witnesses of a policy, round by round.

    Args:
        settings, database, trust: the ledger's.
        policy: whom to ask, and how many are enough.
        web: how.
    """

    def __init__(self, settings: Settings, database: Database, trust: Trust, policy: Policy, web: Web) -> None:
        self._settings = settings
        self._database = database
        self._trust = trust
        self._policy = policy
        self._witnesses = tuple(policy.quorum.witnesses())
        self._web = web
        self._known: dict[VerifierKey, int] = {}  # the size that each witness cosigned last, as far as it told us
        self._signed: bytes | None = None  # the checkpoint worked on, with what was answered so far

    def round(self) -> Round:
        """Ask every witness that has not cosigned the newest checkpoint, and keep what meets the policy.

        Raises:
            NotVerified: the ledger's own checkpoint is gone or altered.
            Unavailable: `home-unwritable`, `store-…`.
        """
        # 1.
        checkpoint, signed = self._newest()
        # 2.
        missing = [witness for witness in self._witnesses if witness not in self._seen(signed)]
        self._signed = signed
        with ThreadPoolExecutor(_AT_ONCE, "witness") as threads:
            answers = [threads.submit(self._asked, witness, checkpoint, signed) for witness in missing]
            for answer in as_completed(answers):
                # 3.
                self._signed = add_signatures(self._signed, answer.result()[1])
                # 4.
                if self._policy.quorum.met_by(self._seen(self._signed)):
                    write_cosigned(self._settings, checkpoint.size, self._signed)
        met = self._policy.quorum.met_by(self._seen(self._signed))
        return Round(checkpoint.origin, checkpoint.size, tuple(answer.result()[0] for answer in answers), met)

    def is_due(self) -> bool:
        """Tell whether the newest checkpoint lacks the witnesses that the policy asks for.

        Raises:
            NotVerified, Unavailable: as `round`.
        """
        return not self._policy.quorum.met_by(self._seen(self._newest()[1]))

    def _newest(self) -> tuple[Checkpoint, bytes]:
        """Return the newest checkpoint, and its note with the cosignatures that there are already."""
        note = read_checkpoint(self._settings)
        if note is None:
            raise NotVerified("log-restored", "the checkpoint kept outside the database is gone")
        checkpoint = open_checkpoint(note, self._trust.origin, self._trust.vkey)
        for known in (self._signed, read_cosigned(self._settings)):
            if known is not None and _is_of(known, note):
                return checkpoint, known
        return checkpoint, note

    def _seen(self, note: bytes) -> set[VerifierKey]:
        return {each.witness for each in verify_cosignatures(parse_note(note), self._witnesses)}

    def _asked(self, witness: VerifierKey, checkpoint: Checkpoint, note: bytes) -> tuple[Asked, tuple[str, ...]]:
        try:
            time, lines = self._cosigned(witness, checkpoint, note)
        except LedgerError as error:
            return Asked(witness.name, problem=error), ()
        return Asked(witness.name, time), lines

    def _cosigned(self, witness: VerifierKey, checkpoint: Checkpoint, note: bytes) -> tuple[int, tuple[str, ...]]:
        url = f"{self._policy.urls[witness].rstrip('/')}/add-checkpoint"
        old = self._known.get(witness, 0)  # tlog-witness: a client may begin with 0 to be told
        for _ in range(_TRIES):
            if old > checkpoint.size:
                raise NotVerified("witness-ahead", f"it cosigned a head of size {old}; ours has {checkpoint.size}")
            extension = Extension(old, self._proof(old, checkpoint.size), note)
            answer = self._web.post(url, print_extension(extension), WITNESS_ANSWER_BYTES_MAX)
            if answer.status == _DONE:
                self._known[witness] = checkpoint.size
                return _verified(answer.content, note, witness)
            if answer.status != _CONFLICT or _size_told(answer) == old:
                denies = answer.status == _UNPROCESSABLE or old == checkpoint.size
                raise NotVerified("witness-denies" if denies else "witness-refuses", f"status {answer.status}")
            old = _size_told(answer)
        raise NotVerified("witness-refuses", "it names another size each time")

    def _proof(self, old: int, size: int) -> tuple[bytes, ...]:
        if not old:
            return ()
        with self._database.read() as connection:
            return tuple(prove_consistency(old, size, tile_reader(connection)))


def _is_of(note: bytes, other: bytes) -> bool:
    try:
        return parse_note(note).text == parse_note(other).text
    except FormatError:
        return False


def _size_told(answer: Answer) -> int:
    # tlog-witness: "the tree size … in decimal, followed by a newline", as text/x.tlog.size.
    text = answer.content.decode("latin-1")
    try:
        if answer.media_type != SIZE_MEDIA_TYPE or not text.endswith("\n"):
            raise ValueError("no size")
        return read_decimal(text.removesuffix("\n"))
    except ValueError:
        raise FormatError("witness-answer-malformed", "a conflict without the size that it knows") from None


def _verified(content: bytes, note: bytes, witness: VerifierKey) -> tuple[int, tuple[str, ...]]:
    """Return the time of a witness's cosignature, and its lines; lines of other keys are passed over."""
    try:
        lines = content.decode("utf-8").split("\n")
        if lines.pop():
            raise FormatError("witness-answer-malformed", "no newline at the end")
        signatures = [each for each in map(parse_signature, lines) if each.claims(witness)]
    except UnicodeDecodeError:
        raise FormatError("witness-answer-malformed", "not UTF-8") from None
    found = verify_cosignatures(Note(parse_note(note).text, tuple(signatures)), [witness])
    if not found:
        raise NotVerified("cosignature-missing", "it says yes, and signs nothing")
    return max(each.time for each in found), tuple(map(str, signatures))
