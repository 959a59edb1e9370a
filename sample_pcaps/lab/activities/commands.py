"""Commands that several activities run: quiet curl, ssh with a password, own programs."""

from __future__ import annotations

import shlex
import sys

from sample_pcaps.lab.accounts import PEOPLE

__all__ = ["curl", "person", "program", "quoted", "scp", "shell", "ssh"]

_SSH_OPTIONS = (
    "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
    "-o", "PreferredAuthentications=password", "-o", "ConnectTimeout=8",
)  # fmt: skip


def curl(*arguments: str) -> list[str]:
    """curl that says nothing, trusts our authority's certificate, and gives up after a minute."""
    return ["curl", "-sSk", "-o", "/dev/null", "--connect-timeout", "5", "-m", "60", *arguments]


def ssh(name: str, address: str, command: str, password: str = "") -> list[str]:
    """A command on another host; with the password of the account unless another is given."""
    word = password or PEOPLE[name]
    return ["sshpass", "-p", word, "ssh", *_SSH_OPTIONS, f"{name}@{address}", command]


def scp(name: str, source: str, target: str) -> list[str]:
    """A copy over SSH."""
    return ["sshpass", "-p", PEOPLE[name], "scp", "-q", *_SSH_OPTIONS, source, target]


def program(name: str, *arguments: object) -> list[str]:
    """A program of `programs/`."""
    return [sys.executable, "-m", f"sample_pcaps.lab.programs.{name}", *map(str, arguments)]


def shell(*lines: str) -> list[str]:
    """Several commands, one behind the other."""
    return ["sh", "-c", "\n".join(lines)]


def quoted(command: list[str]) -> str:
    """A command as a line for `shell`."""
    return shlex.join(command)


def person(number: int) -> str:
    """An account, by number."""
    return list(PEOPLE)[number % len(PEOPLE)]
