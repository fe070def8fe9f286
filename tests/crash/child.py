"""The process that records and dies.

It hands a known stream in from the beginning, in small groups, and writes a line to its journal for each
answer, after the answer. It kills itself at a named step, or is killed from outside. What it wrote to the
journal outlives it: only the process dies, not the machine.

    ack 7 21 recorded       submission 7 of the stream was answered: log index 21
    problem store-full      nothing was answered; the same submissions are handed in again
    ahead                   a group was committed while the head of an earlier one was being published
    done                    every submission was answered
"""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from pathlib import Path
from threading import Event
from typing import Literal, NamedTuple

import ledger.record
from ledger.clock import random_bytes
from ledger.errors import LedgerError, Refusal, Unavailable
from ledger.identity.registration import REGISTRATIONS
from ledger.log.statement import parse_statement
from ledger.opening import open_ledger
from ledger.record import Recorder, Step
from ledger.recording.admit import Admitted
from ledger.recording.group import Asked, Group
from ledger.recording.outcome import Outcome
from ledger.settings import Settings
from ledger.store import postgres
from ledger.store.state import Standing
from ledger.submission import Submission, parse_line

__all__ = ["Death", "Orders", "Weakness", "record_stream"]

_RETRY_SECONDS = 0.02
_PUBLISHER_SECONDS_MAX = 2

Weakness = Literal["speak-before-commit", "speak-before-publication", "do-not-wait-for-the-disk"]
"""What is broken on purpose, to show that the harness sees it."""


class Death(NamedTuple):
    """Where the process kills itself: at the first such step once so many groups were published."""

    step: Step
    published: int = 0


class Orders(NamedTuple):
    """What one process is to do: `group` submissions a transaction, from as many `threads`.

    A `slow_publisher` waits between keeping a head and showing it, until a commit has run ahead of it.
    """

    settings: Settings
    stream: Path
    journal: Path
    now: int
    group: int = 4
    threads: int = 1
    death: Death | None = None
    slow_publisher: bool = False
    weakness: Weakness | None = None


class _Journal:
    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def say(self, *lines: str) -> None:
        os.write(self._descriptor, "".join(f"{line}\n" for line in lines).encode())

    def answered(self, first: int, outcomes: Sequence[Outcome]) -> None:
        self.say(*(f"ack {at} {each.index} {each.status}" for at, each in enumerate(outcomes, first)))


class _Watcher:
    """Told of every step; dies where it was ordered to."""

    def __init__(self, death: Death | None, journal: _Journal, *, slow_publisher: bool) -> None:
        self._death = death
        self._journal = journal
        self._slow_publisher = slow_publisher
        self._published = 0
        self._is_publishing = False
        self._ahead = Event()

    def __call__(self, step: Step) -> None:
        if step == "committed" and self._is_publishing:
            self._journal.say("ahead")
            self._ahead.set()
        if step in ("kept", "published"):
            self._is_publishing = step == "kept"
        if step == "kept" and self._slow_publisher:
            self._ahead.clear()
            self._ahead.wait(_PUBLISHER_SECONDS_MAX)
        if self._death is not None and step == self._death.step and self._published >= self._death.published:
            os.kill(os.getpid(), signal.SIGKILL)
        self._published += step == "published"


def record_stream(orders: Orders) -> None:
    """Record the stream of these orders from its beginning, until done or dead."""
    logging.disable(logging.WARNING)  # the driver says of each killed server what the journal says already
    journal = _Journal(orders.journal)
    watcher = _Watcher(orders.death, journal, slow_publisher=orders.slow_publisher)
    submissions = [parse_line(line).submission for line in orders.stream.read_bytes().splitlines()]
    _replace(ledger.record, "GROUP_SUBMISSIONS_MAX", orders.group)  # many small groups, many steps
    if orders.weakness == "do-not-wait-for-the-disk":
        _do_not_wait_for_the_disk()
    if orders.weakness == "speak-before-publication":
        _replace(Recorder, "_publish", lambda *_: None)
    speaks = orders.weakness != "speak-before-commit"
    if not speaks:
        _speak_before_commit(journal)
    try:
        with (
            open_ledger(orders.settings) as opened,
            Recorder(opened, lambda: orders.now, random_bytes, watcher) as recorder,
            ThreadPoolExecutor(orders.threads) as pool,
        ):
            work = partial(_record_part, recorder, submissions, journal, speaks)
            for done in [pool.submit(work, *part) for part in _parts(submissions, orders.threads)]:
                done.result()
    except LedgerError as problem:
        journal.say(f"problem {problem.code}")
        raise SystemExit(2) from None
    journal.say("done")


def _parts(submissions: Sequence[Submission], threads: int) -> list[tuple[int, int]]:
    """Cut the stream into as many parts, not between registrations: each builds on the one before."""
    cuts = [0]
    for number in range(1, threads):
        cut = max(number * len(submissions) // threads, cuts[-1])
        while parse_statement(submissions[cut].statement).kind in {*REGISTRATIONS, "recall"}:
            cut += 1
        cuts.append(cut)
    return list(pairwise([*cuts, len(submissions)]))


def _record_part(
    recorder: Recorder, submissions: Sequence[Submission], journal: _Journal, speaks: bool, first: int, end: int
) -> None:
    while first < end:
        try:
            for outcomes in recorder.record_all(submissions[first:end]):
                if speaks:
                    journal.answered(first, outcomes)
                first += len(outcomes)
        except Unavailable as problem:
            journal.say(f"problem {problem.code}")
            time.sleep(_RETRY_SECONDS)


def _speak_before_commit(journal: _Journal) -> None:
    judge, position = Group.judge, 0

    def judge_and_speak(
        group: Group, answers: Sequence[Admitted | Refusal], asked: Asked, standing: Standing
    ) -> list[Outcome]:
        nonlocal position
        outcomes = judge(group, answers, asked, standing)
        journal.answered(position, outcomes)
        position += len(outcomes)
        return outcomes

    _replace(Group, "judge", judge_and_speak)


def _do_not_wait_for_the_disk() -> None:
    durable = postgres._SETTINGS
    hasty = durable._replace(text=durable.text.replace("'synchronous_commit', 'on'", "'synchronous_commit', 'off'"))
    assert hasty != durable, "the control no longer finds what it must break"
    _replace(postgres, "_SETTINGS", hasty)


def _replace(owner: object, name: str, value: object) -> None:
    assert hasattr(owner, name), f"{owner} has no {name} any more"
    setattr(owner, name, value)
