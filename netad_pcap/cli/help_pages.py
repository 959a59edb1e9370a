"""The page of all `--help` texts: `python -m netad_pcap.cli.help_pages > docs/help.md`."""

from __future__ import annotations

import sys

import click

from netad_pcap.cli.program import COMMANDS, PROGRAM, program

__all__ = ["help_page"]

_WIDTH = 90
_HEAD = """# Commands

Made by `make docs` from the program's own `--help`; a test checks that it is true.
What exit codes mean stands in the [users' guide](users-guide.md).
"""


def help_page() -> str:
    """The page, in Markdown."""
    top = click.Context(
        program, info_name=PROGRAM, terminal_width=_WIDTH, max_content_width=_WIDTH,
        help_option_names=["-h", "--help"],
    )  # fmt: skip
    parts = [_HEAD, _section(PROGRAM, program.get_help(top))]
    for name in COMMANDS:
        command = program.get_command(top, name)
        assert command is not None
        context = click.Context(
            command, parent=top, info_name=name, terminal_width=_WIDTH, max_content_width=_WIDTH,
            help_option_names=["-h", "--help"],
        )  # fmt: skip
        parts.append(_section(f"{PROGRAM} {name}", command.get_help(context)))
    return "\n".join(parts)


def _section(title: str, text: str) -> str:
    return f"## {title}\n\n```\n{text.rstrip()}\n```\n"


if __name__ == "__main__":
    sys.stdout.write(help_page())
