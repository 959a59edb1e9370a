"""Lines for people while a command works, unless `--quiet`."""

from __future__ import annotations

from collections.abc import Callable

import click

__all__ = ["saying"]


def saying(quiet: bool) -> Callable[[str], None]:
    """What prints a line to standard error, without control codes; nothing where `quiet`."""

    def say(line: str) -> None:
        if not quiet:
            from netad_pcap.report import terminal_text

            click.echo(terminal_text(line), err=True)

    return say
