"""A domain of desks: logging in and asking the directory, and what attackers do to it."""

from __future__ import annotations

from collections.abc import Callable

from sample_pcaps.lab.activities.commands import program, quoted, shell
from sample_pcaps.lab.activities.kind import TCP, UDP, Call, Touch
from sample_pcaps.lab.activities.making import Kinds
from sample_pcaps.lab.programs.domain import DIALOGUES

__all__ = ["DOMAIN"]

#: Harmless but for those whose family is named.
DOMAIN = Kinds()


def _ports_of(dialogue: str) -> Callable[[Call], list[Touch]]:
    ports = {(step.port, UDP if step.datagram else TCP) for step in DIALOGUES[dialogue]}
    return lambda call: [Touch(address, *to) for address in call.addresses for to in sorted(ports)]


def _talk(call: Call, dialogue: str, times: int, wait: float) -> list[str]:
    """With each of the targets, one behind the other."""
    said = call.option("times", times), call.option("wait", wait)
    return shell(*(quoted(program("domain", "talk", a, dialogue, *said)) for a in call.addresses))


@DOMAIN.add(_ports_of("logon"), "domain", tool="domain (stand-in)")
def domain_logon(call: Call) -> list[str]:
    """Tickets, policies, the directory."""
    return _talk(call, "logon", 1, 0.1)


@DOMAIN.add(_ports_of("directory"), "domain", tool="domain (stand-in)")
def ask_directory(call: Call) -> list[str]:
    """People and printers are looked for, over one connection."""
    return _talk(call, "directory", 1, 0.1)


@DOMAIN.add(_ports_of("ticket"), "domain", tool="domain (stand-in)")
def ask_ticket(call: Call) -> list[str]:
    """Tickets for services, some at a time."""
    return _talk(call, "ticket", call.draw.randrange(1, 5), 0.3)


@DOMAIN.add(_ports_of("password"), "domain", tool="Kerberos spraying (stand-in)",
            seconds=90, family="brute_force")  # fmt: skip
def spray_kerberos(call: Call) -> list[str]:
    """One password for many accounts."""
    return _talk(call, "password", 60, 0.3)


@DOMAIN.add(_ports_of("reset"), "domain", tool="secure channel reset (stand-in)",
            seconds=60, family="exploit")  # fmt: skip
def reset_channel(call: Call) -> list[str]:
    """Tries until chance lets it in (as CVE-2020-1472 does), a connection for each."""
    return _talk(call, "reset", 250, 0.05)


@DOMAIN.add(_ports_of("run"), "domain", tool="remote execution (stand-in)",
            seconds=90, family="lateral")  # fmt: skip
def run_remotely(call: Call) -> list[str]:
    """Programs are started on one desk after the other."""
    return _talk(call, "run", 3, 2.0)


@DOMAIN.add(_ports_of("copy"), "domain", tool="directory replication (stand-in)",
            seconds=60, family="lateral")  # fmt: skip
def copy_directory(call: Call) -> list[str]:
    """All accounts are copied as another controller would."""
    return _talk(call, "copy", 2, 1.0)
