"""The processes of a server: one that ends is followed by another, for as long as nobody ends the server.

A process that is killed while the database is away cannot open the ledger again before it is back. It is started
again after a pause that doubles with each failure, and the server goes on. What will not pass by itself ends the
server: tables of another program, a secret that is missing, settings that cannot be read. So does any failure as long
as no process ever opened the ledger: whoever started the server is still there to hear of it.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any, Final

import uvicorn
from prometheus_client.multiprocess import mark_process_dead
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess
from uvicorn.supervisors.multiprocess import Process

from api.refused import reason_of
from ledger.errors import LedgerError, Unavailable
from ledger.limits import RESTART_SECONDS_MAX

__all__ = ["Supervisor"]

_NOT_OPENED: Final = "a process could not open the ledger, and did not say why"


class Supervisor(Multiprocess):
    """Watches over processes; `run` returns when the server was told to end and all of them have ended.

    Args:
        config, listening: what each process serves, and where.
        folder: in which processes say why they cannot open the ledger.
        say: writes a line of the journal.

    Attributes:
        refused: what ended the server; None when it was told to end.
        is_interrupted: whether it was told by whoever typed Ctrl-C.
    """

    def __init__(
        self, config: uvicorn.Config, listening: socket.socket, folder: Path, say: Callable[..., Any]
    ) -> None:
        super().__init__(config, [listening])
        self._folder = folder
        self._say = say
        self._pauses: dict[Process, int] = {}  # seconds between the end of this one and the start of the next
        self._due: dict[Process, float] = {}  # of those that ended: when the next one is started
        self._has_opened = False
        self.refused: LedgerError | None = None
        self.is_interrupted = False

    def handle_int(self) -> None:
        """End, and remember why: each command that is interrupted says so with its exit code."""
        super().handle_int()
        self.is_interrupted = True

    def keep_subprocess_alive(self) -> None:
        """Start a process in the place of each that ended, once its pause is over."""
        patience = self.config.timeout_worker_healthcheck
        for place, process in enumerate(self.processes):
            if process in self._due:
                if monotonic() >= self._due[process]:
                    self.processes[place] = self._follow(process)
            elif not process.is_alive(patience):
                self._bury(process)
            elif process.is_ready(patience):
                self._pauses.pop(process, None)
                self._has_opened = True

    def _bury(self, process: Process) -> None:
        """See to it that a process has ended, and say when the next one starts."""
        process.kill()  # it may only be deaf
        process.join()
        mark_process_dead(process.pid)  # type: ignore[no-untyped-call]
        if process.exitcode == STARTUP_FAILURE:
            reason = reason_of(self._folder, process.pid) or Unavailable("server-fault", _NOT_OPENED)
            if not (self._has_opened and isinstance(reason, Unavailable)):
                self.refused = reason
                self.should_exit.set()
                return
        pause = self._pauses.setdefault(process, 0)
        self._due[process] = monotonic() + pause
        self._say("process-ended", ended=process.pid, exit_code=process.exitcode, again_in_seconds=pause)

    def _follow(self, process: Process) -> Process:
        """Start the one that follows a process that ended."""
        del self._due[process]
        follower = Process(self.config, self.sockets)
        self._pauses[follower] = min(2 * self._pauses.pop(process) or 1, RESTART_SECONDS_MAX)
        follower.start()
        return follower
