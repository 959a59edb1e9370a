"""Every error that a user can meet, each with its exit code.

    NetadError
    ├── UsageError              2    wrong usage, or an input of the wrong kind
    ├── CaptureError            3    a capture cannot be read, or is damaged
    ├── ModelError              4    a model, bundle or detector is missing or unfit
    ├── DeviceError             5    a device is not there
    ├── OutputError             6    the output cannot be written, or exists
    ├── CaptureRightsError      7    no right to capture, or no such interface
    ├── Defect                 70    a defect of ours
    ├── Interrupted           130    Ctrl-C; what was finished has been written
    └── ReaderGone            141    the reader of our output went away

A message is one line: what happened, where (file, offset, frame), what to do.
Builtin exceptions are for programmers; these are for the person at the terminal.
"""

from __future__ import annotations

import enum
from typing import ClassVar

__all__ = [
    "CaptureError",
    "CaptureRightsError",
    "Defect",
    "DeviceError",
    "ExitCode",
    "Interrupted",
    "ModelError",
    "NetadError",
    "OutputError",
    "ReaderGone",
    "UsageError",
]


class ExitCode(enum.IntEnum):
    """The exit codes of `netad-pcap`; docs and tests read this table."""

    DONE = 0
    FINDINGS = 1
    USAGE = 2
    CAPTURE = 3
    MODEL = 4
    DEVICE = 5
    OUTPUT = 6
    RIGHTS = 7
    DEFECT = 70
    INTERRUPTED = 130
    READER_GONE = 141


class NetadError(Exception):
    """Something that the user is told in one line; `exit_code` ends the program."""

    exit_code: ClassVar[ExitCode] = ExitCode.DEFECT


class UsageError(NetadError):
    """Wrong usage, or an input of the wrong kind (not a report, not a flow table)."""

    exit_code = ExitCode.USAGE


class CaptureError(NetadError):
    """A capture is absent, empty, not a capture, or damaged under --strict-capture."""

    exit_code = ExitCode.CAPTURE


class ModelError(NetadError):
    """A model, bundle or detector is missing or unfit; too few flows to calibrate."""

    exit_code = ExitCode.MODEL


class DeviceError(NetadError):
    """A device was asked for that is not there."""

    exit_code = ExitCode.DEVICE


class OutputError(NetadError):
    """The output cannot be written, or exists and --force was not given."""

    exit_code = ExitCode.OUTPUT


class CaptureRightsError(NetadError):
    """No right to capture on the interface, or no such interface."""

    exit_code = ExitCode.RIGHTS


class Defect(NetadError):
    """A defect of ours; the message says how to report it."""

    exit_code = ExitCode.DEFECT


class Interrupted(NetadError):
    """Ctrl-C; what was finished has been written."""

    exit_code = ExitCode.INTERRUPTED


class ReaderGone(NetadError):
    """The reader of our output went away (closed pipe); said nowhere."""

    exit_code = ExitCode.READER_GONE
