"""A shell in which `packledger` runs as its users run it: in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from ledger.cli.exits import Exit

__all__ = ["ORIGIN", "Shell"]

ORIGIN = "ledger.example/2026"


class Shell:
    """Runs `packledger` in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command and return what it printed and how it ended."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PACKLEDGER_")}
        return subprocess.run(
            [sys.executable, "-m", "ledger.cli", *arguments],
            cwd=self.folder, input=stdin, capture_output=True, encoding="utf-8",
            errors="surrogateescape", check=False, timeout=600,
            env=kept | {"PYTHONPATH": os.getcwd(), "LANG": "C.UTF-8"} | environment,
        )  # fmt: skip

    def good(self, *arguments: str, stdin: str = "") -> str:
        """Run a command that must end well, and return what it printed."""
        done = self.run(*arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def bad(self, exit_code: Exit, code: str, *arguments: str, stdin: str = "") -> None:
        """Run a command that must end with this exit code and this problem, and without a traceback."""
        done = self.run(*arguments, "--json", stdin=stdin)
        assert "Traceback" not in done.stderr
        assert done.returncode == exit_code, done.stderr + done.stdout
        assert json.loads(done.stderr.strip().splitlines()[-1])["code"] == code
