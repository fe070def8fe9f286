"""`record`: the only write path. Submissions in, verdicts and places in the log out.

    1. admit       each submission on its own: well formed and authentic, or refused (ledger.recording.admit)
    2. lock        one writer; one transaction for the whole group; what other processes wrote since is followed
    3. repeats     a statement that the log holds already gets its first answer again
    4. heads       read the newest link of every pack that the group names, in one look-up
    5. judge       custody rules, statement by statement, each seeing what the ones before it did
    6. link, seal  one link a pack and statement, committing to the pack's whole past, while the database writes
                   the packs whose links are made; then the ledger's own statement over statements and links
    7. tree        append the leaves, keep the tiles
    8. write       all other rows, and commit: durable from here on
    9. checkpoint  sign the new head, keep it outside the database, then in it
    10. answer

Steps 2 to 8 are one thread's at a time, and so is step 9: while a head is kept, the next group is written. Groups
that were committed meanwhile share one write outside the database, that of the newest head; each has its head in the
database.

Nothing is answered before a head that covers it is on disk outside the database. A submission that is refused, in
step 1 or in step 5, leaves no trace and does not disturb its neighbours. If the database or the home fails, nobody in
the group gets an answer; whether the group was stored shows when it is handed in again: what was stored is a repeat
then, and is answered once its checkpoint is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from itertools import chain
from typing import Literal

from ledger.clock import Clock, Randomness
from ledger.custody.series import EventReader
from ledger.errors import Refusal
from ledger.identity.signer import Signer
from ledger.limits import GROUP_BODY_BYTES_MAX, GROUP_SUBMISSIONS_MAX
from ledger.log.series import StatementReader
from ledger.opening import (
    Ledger,
    head_of,
    issuer_of,
    keep_head,
    show_gaps,
    signed,
)
from ledger.published import Published
from ledger.recording.admit import Door, Presented, admit, present
from ledger.recording.edge import NOWHERE, Edge, follow, load
from ledger.recording.group import Group, asked_by
from ledger.recording.outcome import Outcome
from ledger.recording.queue import Answer, CommitQueue, Committed, as_a_whole, bounded
from ledger.recording.verifiers import Verifiers
from ledger.store.log import put_checkpoints
from ledger.store.state import write_standing
from ledger.submission import Submission

__all__ = ["Recorder", "Step"]

Step = Literal["admitted", "locked", "judged", "written", "committed", "kept", "published"]
"""Where a recorder is, for whoever watches: metrics, progress, crash tests."""



class Recorder:
    """Records into one open ledger. Safe to share between threads, which then share transactions.

    Args:
        ledger: the open ledger.
        clock: the time of recording.
        random: salts, nonces and persons' keys.
        on_step: called at each step of each group.
        verifiers: processes that verify signatures when many come at once; 0 verifies in the caller's thread.
    """

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        random: Randomness,
        on_step: Callable[[Step], None] = lambda step: None,
        verifiers: int = 0,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._random = random
        self._on_step = on_step
        self._door = Door(
            issuer_of(ledger.trust.origin), ledger.key.public, self._signer, StatementReader(), EventReader()
        )
        self._edge: Edge | None = None  # whoever writes has it
        self._published: Published | None = None  # whoever publishes has it, as these two
        self._shown = 0  # size of the newest head that is in the database by our own hand
        self._has_gaps = False
        self._verifiers = Verifiers(verifiers)
        self._commits = CommitQueue(self._commit, self._publish)

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Finish what was begun, and stop."""
        self._commits.close()
        self._verifiers.close()

    @property
    def published(self) -> Published | None:
        """The newest head that this recorder published, if it did; it covers all that was answered before."""
        return self._published

    def record(self, submissions: Sequence[Submission]) -> list[Outcome]:
        """Record submissions, in order; each stands alone.

        Returns:
            One outcome for each submission, in the same order, durable when it says recorded.

        Raises:
            Unavailable: the database or the home failed; hand the same submissions in again: each is recorded
                once, whatever was stored before.
            NotVerified: `log-restored` when the database went back in time while the ledger was open.
        """
        chunks = list(_chunks(submissions))
        if len(chunks) != 1:
            return [outcome for group in self._record_chunks(chunks) for outcome in group]
        *earlier, last = bounded(self._present(chunks[0])())
        written = [self._commits.submit(group) for group in earlier]
        return [*chain.from_iterable(each.result() for each in written), *self._commits.record(last)]

    def record_together(self, submissions: Sequence[Submission]) -> list[Outcome]:
        """Record submissions in one transaction, in order: all of them, or none.

        Returns:
            One outcome for each; when one is refused, those that could have been recorded say `neighbour-refused`.

        Raises:
            Unavailable, NotVerified: as `record`.
        """
        answers = as_a_whole(self._present(submissions)())
        if any(isinstance(answer, Refusal) for answer in answers):
            return _undone([_refused(answer) for answer in answers])
        try:
            return self._commits.submit_alone(answers, lambda group: self._commit(group, _require_all)).result()
        except _UndoneError as undone:
            return _undone(undone.outcomes)

    def record_all(self, submissions: Iterable[Submission]) -> Iterator[list[Outcome]]:
        """Record a stream of submissions, group by group.

        While one chunk is written, the next is admitted, and the signatures of the one after it are verified.
        So a key counts for what is handed in after its registration was answered, not for what follows it
        in the same stream.
        """
        return self._record_chunks(_chunks(submissions))

    def _record_chunks(self, chunks: Iterable[list[Submission]]) -> Iterator[list[Outcome]]:
        written: Future[list[Outcome]] | None = None
        for admitted in self._admitted(chunks):
            for group in bounded(admitted):
                if written is not None:
                    yield written.result()
                written = self._commits.submit(group)
        if written is not None:
            yield written.result()

    def _admitted(self, chunks: Iterable[list[Submission]]) -> Iterator[list[Answer]]:
        waiting: Callable[[], list[Answer]] | None = None
        for chunk in chunks:
            following = self._present(chunk)
            if waiting is not None:
                yield waiting()
            waiting = following
        if waiting is not None:
            yield waiting()

    def _signer(self, kid: bytes) -> Signer | None:
        known = self._ledger.registry.remembered(kid)
        if known is not None:
            return known
        with self._ledger.database.read() as connection:
            return self._ledger.registry.signer(connection, kid)

    def _present(self, chunk: Sequence[Submission]) -> Callable[[], list[Answer]]:
        # 1. The signatures are verified from here on; the function returned waits for them.
        presented = [self._present_one(each) for each in chunk]
        signed = [(each.statement, each.public) for each in presented if isinstance(each, Presented)]
        answers = self._verifiers.begin(signed)

        def admitted() -> list[Answer]:
            verified = iter(answers())
            result = [
                _admit_one(each, self._door, is_signed=isinstance(each, Presented) and next(verified))
                for each in presented
            ]
            self._on_step("admitted")
            return result

        return admitted

    def _present_one(self, submission: Submission) -> Presented | Refusal:
        try:
            return present(submission, self._door)
        except Refusal as refusal:
            return refusal

    def _commit(
        self, answers: Sequence[Answer], require: Callable[[list[Outcome]], None] = lambda outcomes: None
    ) -> Committed:
        ledger = self._ledger
        now, shown, asked = self._clock(), self._shown, asked_by(answers)
        # The edge in memory is trusted only between a commit and the next; any failure drops it.
        edge, self._edge = self._edge, None
        after = NOWHERE if edge is None else edge.begins
        # 2. 3. 4.
        with write_standing(ledger.database, after, asked.leaves, asked.codes) as (connection, standing):
            self._on_step("locked")
            state = standing.state
            # A server that was killed may not have had a head on disk yet that this process wrote.
            others = None if edge is None or state.signed < shown else follow(ledger, edge, standing.tail, state.size)
            if edge is None or others is None:
                edge = load(ledger, connection)
            ledger.registry.renew(state.registered)
            group = Group(ledger, connection, edge.tree, now, self._random)
            # 5.
            outcomes = group.judge(answers, asked, standing)
            self._on_step("judged")
            require(outcomes)
            if group.count:
                # 6. 7. 8.
                group.finish()
                self._on_step("written")
        if group.count:
            self._on_step("committed")
            edge.last = group.last
        self._edge, tree = edge, edge.tree
        # Repeats alone are answered by this head as well: it may be waiting to be published.
        newest = Published.of(head_of(ledger.trust, tree), tree, group.tiles)
        return Committed(outcomes, newest, others or [], has_gaps=others is None)

    def _publish(self, groups: Sequence[Committed]) -> None:
        ledger, newest = self._ledger, groups[-1].newest
        self._has_gaps |= any(group.has_gaps for group in groups)
        if newest.head.size == self._shown and not self._has_gaps:
            return
        # 9.
        has_gaps, self._has_gaps = self._has_gaps, True  # should anything fail
        note = keep_head(ledger.settings, ledger.key, newest.head)
        self._on_step("kept")
        if has_gaps:
            show_gaps(ledger.database, ledger.trust, ledger.key, groups[0].newest.head.size)
        heads = {head.size: head for group in groups for head in (*group.others, group.newest.head)}
        del heads[newest.head.size]
        put_checkpoints(ledger.database, [*signed(ledger.key, heads.values()), (newest.head.size, note)])
        self._shown, self._published, self._has_gaps = newest.head.size, newest, False
        self._on_step("published")


class _UndoneError(Exception):
    """Carries outcomes out of a transaction that must leave no trace."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        super().__init__()
        self.outcomes = outcomes


def _require_all(outcomes: list[Outcome]) -> None:
    if any(outcome.status == "refused" for outcome in outcomes):
        raise _UndoneError(outcomes)


def _refused(answer: Answer) -> Outcome | None:
    return Outcome(status="refused", problem=answer) if isinstance(answer, Refusal) else None


def _undone(outcomes: Sequence[Outcome | None]) -> list[Outcome]:
    neighbour = Outcome(status="refused", problem=Refusal("neighbour-refused"))
    return [each if each is not None and each.status == "refused" else neighbour for each in outcomes]


def _admit_one(presented: Presented | Refusal, door: Door, *, is_signed: bool) -> Answer:
    if isinstance(presented, Refusal):
        return presented
    try:
        return admit(presented, door, is_signed=is_signed)
    except Refusal as refusal:
        return refusal


def _chunks(submissions: Iterable[Submission]) -> Iterator[list[Submission]]:
    """Cut a stream where a chunk has enough submissions, or enough bytes, to share one transaction."""
    chunk: list[Submission] = []
    held = 0
    for submission in submissions:
        chunk.append(submission)
        held += len(submission.body)
        if len(chunk) == GROUP_SUBMISSIONS_MAX or held >= GROUP_BODY_BYTES_MAX:
            yield chunk
            chunk, held = [], 0
    if chunk:
        yield chunk
