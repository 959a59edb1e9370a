"""From host to host inside, with valid credentials or like a worm."""

from __future__ import annotations

from collections.abc import Callable

from sample_pcaps.lab.accounts import PEOPLE
from sample_pcaps.lab.activities.commands import program, quoted, scp, shell, ssh
from sample_pcaps.lab.activities.kind import TCP, Call, Touch
from sample_pcaps.lab.activities.making import Kinds

__all__ = ["MOVEMENT"]

MOVEMENT = Kinds("lateral")


def _each_target(port: int) -> Callable[[Call], list[Touch]]:
    return lambda call: [Touch(address, port, TCP) for address in call.addresses]


@MOVEMENT.add(_each_target(22), "ssh", tool="ssh hops", seconds=90)
def hop_ssh(call: Call) -> list[str]:
    """Logs in on one host after the other, looks around, leaves a file, goes on."""
    name = call.option("name", "alice")
    tool = call.folder / "tool"
    tool.write_bytes(call.draw.randbytes(call.option("kilobytes", 300) * 1000))
    lines = []
    for address in call.addresses * call.option("rounds", 2):
        lines += [
            quoted(ssh(name, address, "id; uname -a; cat /etc/passwd; ps aux")),
            quoted(scp(name, str(tool), f"{name}@{address}:.update")),
            quoted(ssh(name, address, "sleep 1; cat .update | sha256sum; ls -la")),
            f"sleep {call.option('wait', 2)}",
        ]
    return shell(*lines)


@MOVEMENT.add(_each_target(445), "smb", tool="smbclient hops", seconds=90)
def hop_smb(call: Call) -> list[str]:
    """A program is put on the administration share of one host after the other."""
    tool = call.folder / "tool"
    tool.write_bytes(call.draw.randbytes(call.option("kilobytes", 500) * 1000))
    lines = []
    for address in call.addresses * call.option("rounds", 4):
        for steps in ("ls", f"put {tool} update.exe; ls update*", "get update.exe /dev/null"):
            lines.append(
                f"smbclient -t 10 -U 'alice%{PEOPLE['alice']}' //{address}/admin -c '{steps}'"
            )
            lines.append(f"sleep {call.option('wait', 1)}")
    return shell(*lines)


@MOVEMENT.add(_each_target(3389), "rdp", tool="RDP hops (stand-in)", seconds=90)
def hop_rdp(call: Call) -> list[str]:
    """A session on one desk after the other."""
    lines = [
        quoted(program("rdp_client", address, "--user", "alice", "--passwords", PEOPLE["alice"],
                       "--session", call.option("session", 6)))
        for address in call.addresses * call.option("rounds", 2)
    ]  # fmt: skip
    return shell(*lines)


def _whole_lan(call: Call) -> list[Touch]:
    return [Touch(call.network.lan, call.option("port", 445), TCP)]


@MOVEMENT.add(_whole_lan, tool="worm-like spreading", seconds=90)
def spread(call: Call) -> list[str]:
    """Tries addresses of the network at random and sends itself to who answers."""
    return program("worm", call.network.lan, call.option("port", 445), call.option("rate", 10),
                   int(call.seconds), call.draw.randrange(1 << 30))  # fmt: skip
