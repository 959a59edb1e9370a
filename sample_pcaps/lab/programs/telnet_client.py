"""Telnet logins: `telnet_client HOST --user U --passwords P,… [--commands C,…]`."""

from __future__ import annotations

import argparse
import contextlib
import random
import socket
import time

__all__ = ["log_in"]

_TIMEOUT_S = 10


def log_in(host: str, name: str, passwords: list[str], commands: list[str]) -> bool:
    """One connection; up to three passwords, then the commands at a person's pace.

    Returns:
        Whether a password was right.
    """
    with socket.create_connection((host, 23), _TIMEOUT_S) as connection:
        connection.settimeout(_TIMEOUT_S)
        for password in passwords:
            _until(connection, b"login: ")
            connection.sendall(f"{name}\r\n".encode())
            _until(connection, b"assword: ")
            connection.sendall(f"{password}\r\n".encode())
            if b"incorrect" not in _until(connection, b"incorrect", b"$ "):
                break
        else:
            return False
        for command in commands:
            time.sleep(random.uniform(0.5, 3))
            for letter in command:
                connection.sendall(letter.encode())
                time.sleep(random.uniform(0.03, 0.2))
            connection.sendall(b"\r\n")
            _until(connection, b"$ ")
        connection.sendall(b"exit\r\n")
        return True


def _until(connection: socket.socket, *ends: bytes) -> bytes:
    seen = b""
    while not any(end in seen for end in ends):
        got = connection.recv(4096)
        if not got:
            raise ConnectionError
        seen += got
    return seen


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("host")
    parser.add_argument("--user", required=True)
    parser.add_argument("--passwords", required=True)
    parser.add_argument("--each", type=int, default=3, help="passwords in one connection")
    parser.add_argument("--wait", type=float, default=0.0, help="seconds between connections")
    parser.add_argument("--commands", default="")
    given = parser.parse_args()
    passwords = given.passwords.split(",")
    commands = [command for command in given.commands.split(",") if command]
    for user in given.user.split(","):
        for at in range(0, len(passwords), given.each):
            with contextlib.suppress(OSError):
                if log_in(given.host, user, passwords[at : at + given.each], commands):
                    return
            time.sleep(given.wait)


if __name__ == "__main__":
    main()
