"""A group of commands whose modules are imported when they are asked for.

Click would end the program itself with 1 for Ctrl-C and for a closed pipe; here both become
errors of ours, whose exit codes `main` knows.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator, Mapping
from typing import Any

import click

from netad_pcap.errors import Interrupted, ReaderGone

__all__ = ["LazyGroup"]


class LazyGroup(click.Group):
    """A group that knows where its commands are.

    Args:
        commands_in: name of the command → `module:attribute`, in the order of `--help`.
    """

    def __init__(self, *args: Any, commands_in: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._commands_in = commands_in

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of the table, which is the order of a day's work."""
        return list(self._commands_in)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now; None where there is none of that name."""
        if cmd_name not in self._commands_in:
            return None
        module, attribute = self._commands_in[cmd_name].split(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """As click's, but Ctrl-C and a closed pipe are ours (`--help | head -0`)."""
        with _ours():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """As click's, but Ctrl-C and a closed pipe are ours."""
        with _ours():
            return super().invoke(ctx)


@contextlib.contextmanager
def _ours() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted("interrupted: no file was written") from None
    except BrokenPipeError:
        raise ReaderGone("the reader of our output went away") from None
