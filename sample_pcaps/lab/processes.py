"""Commands inside namespaces: started, waited for so long and no longer, ended by their id."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sample_pcaps.lab.namespaces import command_in

__all__ = ["Processes"]

_GRACE_S = 2.0
#: Where the programs of our own are imported from.
_CODE = Path(__file__).parents[2]


class Processes:
    """All processes of a run. Each leads a group of its own, ended as a whole."""

    def __init__(self, home: Path) -> None:
        """Tools leave files where they run and in their home: both are `home`."""
        self._home = home
        self._environment = os.environ | {"HOME": str(home), "PYTHONPATH": str(_CODE)}
        self._running: set[subprocess.Popen[Any]] = set()
        self._lock = threading.Lock()
        self._closed = False

    def start(
        self, namespace: str, command: Sequence[str], output: Path | int = subprocess.DEVNULL
    ) -> subprocess.Popen[Any]:
        """Starts a command in a namespace.

        Args:
            namespace: its name.
            command: program and arguments.
            output: where what it says goes: a file, or a descriptor.
        """
        with contextlib.ExitStack() as files:
            to = files.enter_context(output.open("ab")) if isinstance(output, Path) else output
            with self._lock:
                if self._closed:
                    raise RuntimeError("the run is over")
                process = subprocess.Popen(
                    command_in(namespace, command),
                    stdin=subprocess.DEVNULL, stdout=to,
                    stderr=subprocess.STDOUT if isinstance(output, Path) else subprocess.DEVNULL,
                    start_new_session=True, cwd=self._home, env=self._environment,
                )  # fmt: skip
                self._running.add(process)
        return process

    def wait(self, process: subprocess.Popen[Any], seconds: float) -> int:
        """Waits; ends what takes longer. The exit status, negative: ended by that signal."""
        try:
            return process.wait(max(seconds, 0.0))
        except subprocess.TimeoutExpired:
            return self.end(process)
        finally:
            with self._lock:
                self._running.discard(process)

    def end(self, process: subprocess.Popen[Any]) -> int:
        """SIGTERM, and SIGKILL for who does not hear, to its whole group."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE_S)
        return process.wait()

    def close(self) -> None:
        """Ends everything; nothing starts any more."""
        with self._lock:
            self._closed = True
            running = list(self._running)
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in running:
            self.end(process)
