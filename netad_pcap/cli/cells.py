"""What `reproduce` and `survey` share: tables of many methods, computed cell by cell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import click

from netad_pcap.cli.options import Decorator, together

__all__ = ["cells_options", "list_cells"]


class _Titled(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...


def cells_options(*, seeds: int) -> Decorator:
    """`--method`, `--seeds` (so many by default), `--jobs`, `--pages`, `--list` and `--quiet`."""
    return together(
        (
            click.option("--method", "methods", multiple=True, metavar="NAME",
                         help="Only this method; repeatable."),
            click.option("--seeds", type=click.IntRange(1, 100), default=seeds, show_default=True,
                         metavar="N", help="How many; 0, 1, … of draws, splits and fits."),
            click.option("-j", "--jobs", type=click.IntRange(1, 256), default=1, show_default=True,
                         metavar="N", help="Processes that compute, a core and up to 3 GB each."),
            click.option("--pages", is_flag=True,
                         help="Compute nothing: pages of the cells that are there."),
            click.option("--list", "listed", is_flag=True,
                         help="Name what is computed, and the methods, and end."),
            click.option("-q", "--quiet", is_flag=True, help="Only errors on standard error."),
        )
    )  # fmt: skip


def list_cells(rows: Iterable[_Titled], methods: Iterable[str]) -> None:
    """Answer `--list`."""
    for row in rows:
        click.echo(f"{row.name:<24}{row.title}")
    click.echo(f"methods: {', '.join(methods)}")
