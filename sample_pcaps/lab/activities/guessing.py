"""Guessing passwords: hydra, patator, medusa, and programs of our own."""

from __future__ import annotations

from sample_pcaps.lab.accounts import PEOPLE, WORDS
from sample_pcaps.lab.activities.commands import program, quoted, shell, ssh
from sample_pcaps.lab.activities.kind import Call
from sample_pcaps.lab.activities.making import Kinds, of_port

__all__ = ["GUESSING"]

GUESSING = Kinds("brute_force")


def _words(call: Call) -> tuple[str, str]:
    """Files of names and of passwords; `passwords` of each name are tried."""
    many = call.option("passwords", 30)
    passwords = call.draw.sample(WORDS["passwords"], min(many, len(WORDS["passwords"])))
    names = call.draw.sample(WORDS["names"], call.option("names", 2))
    return call.write("names", names), call.write("passwords", passwords)


def _hydra(call: Call, service: str, *more: str) -> list[str]:
    names, passwords = _words(call)
    wait = call.option("wait", None)  # slow and low: seconds between two tries, one at a time
    speed = ["-t", str(call.option("tasks", 4))] if wait is None else ["-t", "1", "-c", str(wait)]
    return ["hydra", "-I", "-q", *speed, "-L", names, "-P", passwords, call.address, service, *more]


@GUESSING.add(of_port(22), "ssh", tool="hydra ssh")
def hydra_ssh(call: Call) -> list[str]:
    """SSH."""
    return _hydra(call, "ssh")


@GUESSING.add(of_port(21), "ftp", tool="hydra ftp")
def hydra_ftp(call: Call) -> list[str]:
    """FTP."""
    return _hydra(call, "ftp")


@GUESSING.add(of_port(23), "telnet", tool="hydra telnet")
def hydra_telnet(call: Call) -> list[str]:
    """Telnet."""
    return _hydra(call, "telnet")


@GUESSING.add(of_port(25), "smtp", tool="hydra smtp")
def hydra_smtp(call: Call) -> list[str]:
    """SMTP with AUTH."""
    return _hydra(call, "smtp")


@GUESSING.add(of_port(143), "imap", tool="hydra imap")
def hydra_imap(call: Call) -> list[str]:
    """IMAP."""
    return _hydra(call, "imap")


@GUESSING.add(of_port(5432), "postgresql", tool="hydra postgres")
def hydra_postgres(call: Call) -> list[str]:
    """PostgreSQL."""
    return _hydra(call, "postgres")


@GUESSING.add(of_port(80), "app", "small-web", tool="hydra http-post-form")
def hydra_http(call: Call) -> list[str]:
    """The form of the web application."""
    path = "/app/login" if "web" in call.to.services else "/login"
    return _hydra(call, "http-post-form", f"{path}:user=^USER^&password=^PASS^:F=Login failed")


@GUESSING.add(of_port(6379), "redis", tool="hydra redis")
def hydra_redis(call: Call) -> list[str]:
    """Redis."""
    _, passwords = _words(call)
    return ["hydra", "-I", "-q", "-t", "2", "-P", passwords, call.address, "redis"]


@GUESSING.add(of_port(22), "ssh", tool="patator ssh_login")
def patator_ssh(call: Call) -> list[str]:
    """SSH, as the CIC testbed did."""
    return _patator(call, "ssh_login")


@GUESSING.add(of_port(21), "ftp", tool="patator ftp_login")
def patator_ftp(call: Call) -> list[str]:
    """FTP, as the CIC testbed did."""
    return _patator(call, "ftp_login")


@GUESSING.add(of_port(22), "ssh", tool="medusa ssh")
def medusa_ssh(call: Call) -> list[str]:
    """SSH."""
    return _medusa(call, "ssh")


@GUESSING.add(of_port(21), "ftp", tool="medusa ftp")
def medusa_ftp(call: Call) -> list[str]:
    """FTP."""
    return _medusa(call, "ftp")


@GUESSING.add(of_port(445), "smb", tool="smbclient guessing")
def guess_smb(call: Call) -> list[str]:
    """SMB: a session for each guess."""
    lines = []
    for name in call.draw.sample(list(PEOPLE), call.option("names", 2)):
        for word in call.draw.sample(WORDS["passwords"], call.option("passwords", 20)):
            lines.append(f"smbclient -t 5 -U '{name}%{word}' //{call.address}/files -c ls")
            lines.append(f"sleep {call.option('wait', 0)}")
    return shell(*lines)


@GUESSING.add(of_port(23), "telnet", tool="telnet guessing")
def guess_telnet(call: Call) -> list[str]:
    """Telnet: three guesses in a connection, in the manner of bots."""
    return _own(call, "telnet_client")


@GUESSING.add(of_port(3389), "rdp", tool="RDP guessing (stand-in)")
def guess_rdp(call: Call) -> list[str]:
    """RDP: a whole TLS and CredSSP exchange for each guess."""
    return _own(call, "rdp_client")


@GUESSING.add(of_port(22), "ssh", tool="password spraying (ssh)")
def spray_ssh(call: Call) -> list[str]:
    """One password for each of many names, and then the next."""
    lines = []
    for word in call.draw.sample(WORDS["passwords"], call.option("passwords", 6)):
        for name in PEOPLE:
            lines.append(quoted(ssh(name, call.address, "true", word)))
            lines.append(f"sleep {call.option('wait', 0.5)}")
    return shell(*lines)


def _patator(call: Call, module: str) -> list[str]:
    names, passwords = _words(call)
    return [
        "patator", module, f"host={call.address}", "user=FILE0", "password=FILE1",
        f"0={names}", f"1={passwords}", "-t", str(call.option("tasks", 4)),
        "--rate-limit", str(call.option("wait", 0)),
    ]  # fmt: skip


def _medusa(call: Call, module: str) -> list[str]:
    names, passwords = _words(call)
    return [
        "medusa", "-h", call.address, "-U", names, "-P", passwords, "-M", module,
        "-t", str(call.option("tasks", 4)), "-r", "0", "-b",
    ]  # fmt: skip


def _own(call: Call, client: str) -> list[str]:
    names = ",".join(call.draw.sample(WORDS["names"], call.option("names", 2)))
    words = ",".join(call.draw.sample(WORDS["passwords"], call.option("passwords", 24)))
    return program(client, call.address, "--user", names, "--passwords", words,
                   "--wait", call.option("wait", 0.1))  # fmt: skip
