"""Several reports of one analysis: all of them appear, or none does."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from netad_pcap.errors import OutputError, UsageError

if TYPE_CHECKING:
    from netad_pcap.engine.sources import PathLike
    from netad_pcap.report import Report

__all__ = ["check_outputs", "spare_inputs", "write_reports"]


def check_outputs(
    targets: Sequence[PathLike],
    *,
    inputs: Sequence[PathLike] = (),
    format: str | None = None,  # noqa: A002 - the name of the option
    force: bool = False,
) -> None:
    """Say before hours of metering what would go wrong after them.

    Args:
        targets: where reports go.
        inputs: what is read; never written to.
        format: of all targets, whatever their suffixes say.
        force: existing files may be replaced.

    Raises:
        UsageError: a target without a format, or named twice.
        OutputError: a target exists, or cannot be written.
    """
    from netad_pcap.report import check_output, format_of

    names = [os.fspath(target) for target in targets]
    places = [name if name == "-" else os.path.realpath(name) for name in names]
    for target, place in zip(names, places, strict=True):
        if places.count(place) > 1:
            raise UsageError(f"-o {target} is given twice; name each output once")
        format_of(target, format)
        spare_inputs(target, inputs)
        check_output(target, force=force)


def spare_inputs(target: PathLike, inputs: Sequence[PathLike]) -> None:
    """Evidence is never written to, with `--force` neither.

    Args:
        target: where something is to be written.
        inputs: captures, tables and folders of them.

    Raises:
        OutputError: the target is an input, or lies in a folder that is one and exists.
    """
    path = Path(target)
    if os.fspath(target) == "-" or not path.is_file():
        return
    for name in map(Path, inputs):
        if name.exists() and (path.samefile(name) or path.resolve().parent == name.resolve()):
            raise OutputError(
                f"{path} is read here, and what is read is never written to; name another output"
            )


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
