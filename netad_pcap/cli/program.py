"""`main`: the table of commands, and what every error becomes for the shell.

An error of ours is one line on standard error and its own exit code; a defect is one line
that says where its traceback lies. Nobody but a developer meets a traceback.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

import click

from netad_pcap.cli.lazy_group import LazyGroup
from netad_pcap.errors import ExitCode, NetadError, ReaderGone

__all__ = ["COMMANDS", "PROGRAM", "main", "program", "run"]

PROGRAM = "netad-pcap"
#: Set to 1 to see the traceback of a defect on standard error.
TRACEBACK_VARIABLE = "NETAD_PCAP_TRACEBACK"
#: What a shell sees of a program that SIGTERM ended.
_TERMINATED = 143

#: Name → where it is, in the order of `--help`.
COMMANDS = {
    "analyze": "netad_pcap.cli.analyze:command",
    "flows": "netad_pcap.cli.flows:command",
    "monitor": "netad_pcap.cli.monitor:command",
    "review": "netad_pcap.cli.review:command",
    "compare": "netad_pcap.cli.compare:command",
    "train": "netad_pcap.cli.train:command",
    "evaluate": "netad_pcap.cli.evaluate:command",
    "drift": "netad_pcap.cli.drift:command",
    "reproduce": "netad_pcap.cli.reproduce:command",
    "survey": "netad_pcap.cli.survey:command",
    "models": "netad_pcap.cli.models:command",
    "detectors": "netad_pcap.cli.detectors:command",
    "doctor": "netad_pcap.cli.doctor:command",
}
#: Versions that decide results, as `--version` names them.
_VERSIONS_OF = ("nfstream", "numba", "numpy", "torch")


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    from importlib.metadata import PackageNotFoundError, version
    from platform import python_version

    parts = [f"Python {python_version()}"]
    for name in _VERSIONS_OF:
        try:
            parts.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            parts.append(f"{name} absent")
    click.echo(f"{PROGRAM} {version(PROGRAM)} ({', '.join(parts)})")
    ctx.exit()


@click.group(
    cls=LazyGroup,
    name=PROGRAM,
    commands_in=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version,
    help="Show the versions that decide results, and exit.",
)  # fmt: skip
def program() -> None:
    """Who did what in a packet capture, what is wrong, and how do you know?

    Captures become flows with CICFlowMeter's features; trained detectors score them; what
    stands out is told as findings about hosts. Start with:

    \b
      netad-pcap analyze capture.pcap
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program.

    Args:
        arguments: without the program's name; None: those of the process.

    Returns:
        The exit code, one of `errors.ExitCode`.
    """
    try:
        with _terminable():
            code = program.main(arguments, prog_name=PROGRAM, standalone_mode=False)
            sys.stdout.flush()
    except NetadError as error:
        return _end(error.exit_code, "" if isinstance(error, ReaderGone) else str(error), error)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return ExitCode.USAGE
    except click.ClickException as error:
        return _end(ExitCode.USAGE, _usage(error))
    except (click.Abort, KeyboardInterrupt):
        return _end(ExitCode.INTERRUPTED, "interrupted: no file was written")
    except OSError as error:
        if error.errno == errno.EPIPE:
            return _end(ExitCode.READER_GONE, "")
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            what = error.filename or "the output"
            return _end(ExitCode.OUTPUT, f"cannot write {what}: the disk is full")
        return _end(ExitCode.DEFECT, _defect(error))
    except SystemExit:
        raise
    except BaseException as error:  # a panic of Rust is no Exception
        return _end(ExitCode.DEFECT, _defect(error))
    return int(code or 0)


def run() -> NoReturn:
    """The program as a process: `main`, then the end at once.

    Threads of native libraries that still run when the interpreter takes itself apart abort it
    now and then; nothing of ours is left to do there.
    """
    try:
        code = main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else ExitCode.DEFECT
    with contextlib.suppress(OSError):
        sys.stderr.flush()
    os._exit(code)


def _end(code: ExitCode, message: str, error: BaseException | None = None) -> int:
    """Say why, on one line, and let go of a standard output that nobody reads."""
    if message:
        words = " ".join(message.split())
        sys.stderr.write(f"{PROGRAM}: {_printable(words)}\n")
    if error is not None and code == ExitCode.DEFECT:
        sys.stderr.write(f"{PROGRAM}: {_where_to_report(error)}\n")
    if code == ExitCode.READER_GONE:
        # The interpreter flushes standard output once more when it ends.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
    return int(code)


def _printable(words: str) -> str:
    """Without control characters: a file's name may hold anything."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in words)


def _usage(error: click.ClickException) -> str:
    message = error.format_message()
    ctx = getattr(error, "ctx", None)
    if ctx is None:
        return message
    return f"{message.rstrip('.')}; see {ctx.command_path} --help"


def _defect(error: BaseException) -> str:
    what = str(error).strip().splitlines()
    words = f"{type(error).__name__}{': ' + what[0] if what else ''}"
    return f"a defect of ours ({words}); {_where_to_report(error)}"


def _where_to_report(error: BaseException) -> str:
    """Keep the traceback in a file; it may be shown on request."""
    text = "".join(traceback.format_exception(error))
    if os.environ.get(TRACEBACK_VARIABLE) == "1":
        sys.stderr.write(text)
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="netad-pcap-traceback-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file:
            file.write(text)
    except OSError:
        return f"please report it with what {TRACEBACK_VARIABLE}=1 shows"
    return f"please report it with {file.name} (where it happened; no packet is in it)"


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM unwinds the program, so that no temporary file stays behind."""

    def terminated(*_: Any) -> NoReturn:
        raise SystemExit(_TERMINATED)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, terminated)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
