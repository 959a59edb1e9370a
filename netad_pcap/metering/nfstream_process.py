"""The process that NFStream runs in, seen from outside: started, read, watched, ended.

NFStream's own parent waits for ever for a meter process that died. Here the meter holds the
only writing end of the pipe, so its death is the end of what can be read; the worker's exit
code then says whether NFStream had come to its end.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Final

from netad_pcap.errors import Defect
from netad_pcap.metering.nfstream_messages import FAILED, HEADER, ROWS, SETTLED

__all__ = ["NFStreamProcess", "printable"]

#: A worker whose meter has ended has nothing left to do; longer than this it hangs.
_GRACE_S: Final = 3.0

_ADVICE: Final = (
    "`--meter native` reads without NFStream; if it happens again, please report it with the "
    "capture"
)


class NFStreamProcess:
    """Runs a worker in which NFStream meters, and gives its messages.

    Args:
        worker: its module.
        arguments: of the module's command line.
        name: of the capture or interface, for messages.
        patience_s: the longest that a message is waited for.
        log: file for what NFStream prints; its folder is where the worker runs, so that no
            file of the user's is taken for an interface.
    """

    def __init__(
        self, worker: str, arguments: Sequence[str], name: str, *, patience_s: float, log: Path
    ) -> None:
        self._name = name
        self._log = log
        self._patience_s = patience_s
        #: Since when a message is waited for; None while nobody waits.
        self._waiting_since: float | None = None
        self._stalled = False
        with log.open("wb") as errors:
            self._worker = subprocess.Popen(
                [sys.executable, "-m", worker, *arguments],
                cwd=log.parent,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=_environment(),
                start_new_session=True,
            )
        assert self._worker.stdout is not None
        self._pipe: IO[bytes] = self._worker.stdout
        self.pid = self._worker.pid
        self.stopped = False
        self._watch = threading.Thread(target=self._outlive, name="nfstream-watch", daemon=True)
        self._watch.start()

    def messages(self) -> Iterator[tuple[int, bytes]]:
        """Kind and body of each message, until NFStream has come to its end.

        Ends early and silently after `kill`.

        Raises:
            Defect: NFStream or its plugin failed, or one of its processes died.
        """
        settled = True
        while message := self._read():
            kind, body = message
            if kind == FAILED:
                raise self._defect(f"our plugin failed in it ({printable(body)})")
            settled = kind == SETTLED or (settled and kind != ROWS)
            yield kind, body
        if self.stopped:
            return
        if self._stalled:
            raise self._defect(f"it made no progress in {self._patience_s:,.0f} s")
        code = self._wait()
        if code != 0 or not settled:
            raise self._defect(self._cause(code))
        if "Failed to allocate" in self._printed():
            raise self._defect("it ran out of memory and dropped packets")

    def kill(self) -> None:
        """Ends the worker and its meter at once, and leaves nothing behind; safe to repeat."""
        self.stopped = True
        if self._worker.returncode is None:
            self._kill_session()
        self._watch.join()

    def close(self) -> None:
        """Ends everything and closes the pipe."""
        self.kill()
        self._pipe.close()

    def _read(self) -> tuple[int, bytes] | None:
        """The next message; None at the end of the pipe, even in the middle of a message."""
        self._waiting_since = time.monotonic()
        try:
            head = self._pipe.read(HEADER.size)
            if len(head) < HEADER.size:
                return None
            kind, size = HEADER.unpack(head)
            body = self._pipe.read(size)
            return (kind, body) if len(body) == size else None
        finally:
            self._waiting_since = None

    def _outlive(self) -> None:
        """Waits for the worker and ends what it left behind, or all of it where it hangs."""
        while not self._stalled:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._worker.wait(timeout=1.0)
                break
            since = self._waiting_since
            self._stalled = since is not None and time.monotonic() - since > self._patience_s
        self._kill_session()
        self._worker.wait()

    def _kill_session(self) -> None:
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        else:  # a meter left behind ends at its next message: the pipe is closed
            self._worker.kill()

    def _wait(self) -> int | None:
        """The worker's exit code; None if it hangs."""
        self._watch.join(_GRACE_S)
        return self._worker.returncode

    def _printed(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""

    def _cause(self, code: int | None) -> str:
        printed = self._printed().strip().splitlines()
        last = f" ({printable(printed[-1].encode())})" if printed else ""
        if code is not None and code < 0:
            return f"its process was ended by {signal.Signals(-code).name}{last}"
        return f"its meter process died{last}"

    def _defect(self, what: str) -> Defect:
        return Defect(f"{self._name}: NFStream did not finish: {what}; {_ADVICE}")


def _environment() -> dict[str, str]:
    """Ours, and the package found where it was found here."""
    root = str(Path(__file__).parents[2])
    known = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([root, known] if known else [root])}


def printable(text: bytes) -> str:
    """One line without control characters."""
    line = text.decode("utf-8", errors="replace")
    return "".join(c if c.isprintable() else " " for c in line)[:300]
