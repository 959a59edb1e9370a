"""Several reports of one analysis: all of them appear, or none does."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from netad_pcap.errors import UsageError

if TYPE_CHECKING:
    from netad_pcap.engine.sources import PathLike
    from netad_pcap.report import Report

__all__ = ["check_outputs", "write_reports"]


def check_outputs(
    targets: Sequence[PathLike],
    *,
    format: str | None = None,  # noqa: A002 - the name of the option
    force: bool = False,
) -> None:
    """Say before hours of metering what would go wrong after them.

    Raises:
        UsageError: a target without a format, or named twice.
        OutputError: a target exists, or cannot be written.
    """
    from netad_pcap.report import check_output, format_of

    names = [os.fspath(target) for target in targets]
    for target in names:
        if names.count(target) > 1:
            raise UsageError(f"-o {target} is given twice; name each output once")
        format_of(target, format)
        check_output(target, force=force)


def write_reports(
    report: Report,
    targets: Sequence[PathLike],
    *,
    format: str | None = None,  # noqa: A002 - the name of the option
    force: bool = False,
) -> None:
    """Write a report to each target; files are renamed into place when all are whole.

    Raises:
        OutputError: one cannot be written; then no file is.
        ReaderGone: the reader of standard output went away.
    """
    from netad_pcap.report import format_of, open_output

    with contextlib.ExitStack() as outputs:
        for target in targets:
            out = outputs.enter_context(open_output(target, force=force))
            report.write_to(out, format_of(target, format))
