"""A bar on standard error while the engine works; only on a terminal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from netad_pcap.capture.wording import count_of

if TYPE_CHECKING:
    from netad_pcap.engine import Progress
    from netad_pcap.engine.progress import ProgressReport

__all__ = ["progress_bar", "tell_first_run"]


def tell_first_run(*, wanted: bool) -> Callable[[], None]:
    """Says, on a terminal, why the first run on a machine takes longer than all others."""

    def tell() -> None:
        if wanted and sys.stderr.isatty():
            words = "first run on this machine: compiling for it, about ten seconds, once"
            sys.stderr.write(f"netad-pcap: {words}\n")

    return tell


@contextlib.contextmanager
def progress_bar(*, wanted: bool) -> Iterator[ProgressReport | None]:
    """What the engine tells its progress to; None where nobody looks."""
    if not wanted or not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    from netad_pcap.report import console_for, terminal_text

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[counts]}"),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=console_for(sys.stderr), transient=True) as bar:
        task = bar.add_task("reading", total=None, counts="")

        def tell(progress: Progress) -> None:
            bar.update(
                task,
                description=terminal_text(progress.source),
                total=None if progress.share is None else 1.0,
                completed=progress.share or 0.0,
                counts=f"{count_of(progress.packets, 'packet')} · "
                f"{count_of(progress.flows, 'flow')}",
            )

        yield tell
