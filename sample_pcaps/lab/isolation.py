"""The lab runs in process and mount namespaces of its own: when it dies, all of it is gone.

What it starts are processes of its own process namespace; the names of its network namespaces
and its changes to `/etc` are mounts of its own mount namespace. The kernel ends and removes all
of them with the first process in there, whatever ended that one: no clearing up can be missed.

    this process ── waits, hands signals on ──► first process ── reaps ──► the lab
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from sample_pcaps.lab.errors import LabError

__all__ = ["in_isolation"]

_CLONE_NEWNS, _CLONE_NEWPID = 0x00020000, 0x20000000  # linux/sched.h
_PR_SET_PDEATHSIG = 1
#: Empty and in memory in the lab's own mount namespace: `ip netns` keeps its names in /run/netns,
#: servers write to the others.
_OWN = (Path("/run"), Path("/var/log"))


def in_isolation(work: Callable[[], int]) -> int:
    """Calls in new process and mount namespaces, in a forked process.

    Ctrl-C and SIGTERM reach the work once, as `KeyboardInterrupt`; a second one kills it.

    Returns:
        What the work returned: an exit status.

    Raises:
        LabError: not root, or the kernel has no such namespaces.
    """
    if sys.platform != "linux" or os.geteuid() != 0:
        raise LabError("the lab needs Linux and root: network namespaces are made")
    child = os.fork()
    if child == 0:
        _leave(_first_process, work)
    asked = 0

    def hand_on(number: int, _: FrameType | None) -> None:
        nonlocal asked
        asked += 1
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGTERM if asked == 1 else signal.SIGKILL)

    heard = (signal.SIGINT, signal.SIGTERM)
    previous = {number: signal.signal(number, hand_on) for number in heard}
    try:
        _, status = os.waitpid(child, 0)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    return os.waitstatus_to_exitcode(status)


def _first_process(work: Callable[[], int]) -> int:
    """Enters the namespaces, forks the first process in there and waits for it."""
    os.setpgid(0, 0)  # Ctrl-C of the terminal reaches the outermost process only
    _die_with_parent()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNS | _CLONE_NEWPID):
        number = ctypes.get_errno()
        raise LabError(f"no process and mount namespaces here: {os.strerror(number)}")
    first = os.fork()
    if first == 0:
        _leave(_reap, work)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(first, signal.SIGTERM))
    _, status = os.waitpid(first, 0)
    return os.waitstatus_to_exitcode(status)


def _reap(work: Callable[[], int]) -> int:
    """Process 1: starts the lab, buries whoever lost a parent, ends when the lab ends."""
    _die_with_parent()
    _mount("--make-rprivate", "/")
    _mount("-t", "proc", "proc", "/proc")
    for folder in _OWN:
        _mount("-t", "tmpfs", "-o", "mode=755", "netad-lab", str(folder))
    lab = os.fork()
    if lab == 0:
        signal.signal(signal.SIGTERM, _interrupt_once)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _leave(lambda work: work(), work)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(lab, signal.SIGTERM))
    while True:
        ended, status = os.wait()
        if ended == lab:
            return os.waitstatus_to_exitcode(status)


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def _interrupt_once(number: int, _: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _leave(step: Callable[[Callable[[], int]], int], work: Callable[[], int]) -> None:
    """The end of a forked process: its step, its status, nothing of the parent's clean-up."""
    status = 70
    try:
        status = step(work)
    except KeyboardInterrupt:
        status = 130
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        status = 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status if status >= 0 else 128 - status)
