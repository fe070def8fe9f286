"""Counting must not fail: whoever was answered was answered."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from api.metrics import SHARED_FOLDER_VARIABLE

# A process of a server: it has made its counters, and from then on it may open nothing more.
_WITHOUT_DESCRIPTORS = """
import os, resource
from api.metrics import Metrics
metrics = Metrics()
lowest = os.open("/", os.O_RDONLY)
os.close(lowest)
resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, lowest))
try:
    os.open("/", os.O_RDONLY)
except OSError:
    pass
else:
    raise SystemExit("there is a descriptor left")
with metrics.waiting.track_inprogress():
    metrics.answered("/v1/statements", "POST", 200, 0.1)
metrics.outcomes.labels("recorded").inc()
metrics.anomalies.labels("not-in-custody").inc()
metrics.checks.labels("yes").inc()
metrics.alarms.labels("journal-lost").inc()
"""


def test_processes_that_count_together_open_nothing_later(tmp_path: Path) -> None:
    """The first count of each kind needs no descriptor more; it is counted after the answer, or after the commit."""
    counting = subprocess.run(
        [sys.executable, "-c", _WITHOUT_DESCRIPTORS], env={"PYTHONPATH": ".", SHARED_FOLDER_VARIABLE: str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (counting.returncode, counting.stderr) == (0, "")
