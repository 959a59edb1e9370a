"""RDP logins: a session, or guesses: `rdp_client HOST --user U --passwords P,… [--session S]`."""

from __future__ import annotations

import argparse
import contextlib
import random
import socket
import ssl
import time

from sample_pcaps.lab.programs import rdp_wire

__all__ = ["log_in"]

_TIMEOUT_S = 10


def log_in(host: str, name: str, password: str, session_s: float) -> bool:
    """Logs in; where that succeeds, moves the mouse and types for a while.

    Returns:
        Whether the password was right.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection((host, 3389), _TIMEOUT_S) as plain:
        plain.sendall(rdp_wire.REQUEST)
        rdp_wire.take(plain, len(rdp_wire.CONFIRM))
        with context.wrap_socket(plain) as tls:
            negotiate, challenge, authenticate, public_key, credentials = rdp_wire.LOGIN_SIZES
            tls.sendall(rdp_wire.noise(negotiate))
            rdp_wire.take(tls, challenge)
            tls.sendall(f"{name}\n{password}\n".encode().ljust(authenticate, b"\0"))
            answer = rdp_wire.take(tls, len(rdp_wire.REFUSED))
            if answer == rdp_wire.REFUSED:
                return False
            rdp_wire.take(tls, public_key - len(answer))
            tls.sendall(rdp_wire.noise(credentials))
            end = time.monotonic() + session_s
            while time.monotonic() < end:
                tls.sendall(rdp_wire.noise(random.randrange(9, 41)))
                tls.recv(1 << 16)
                time.sleep(random.expovariate(8))
            return True


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("host")
    parser.add_argument("--user", required=True)
    parser.add_argument("--passwords", required=True)
    parser.add_argument("--wait", type=float, default=0.0, help="seconds between two guesses")
    parser.add_argument("--session", type=float, default=0.0, help="seconds after the login")
    given = parser.parse_args()
    for user in given.user.split(","):
        for password in given.passwords.split(","):
            with contextlib.suppress(OSError):
                if log_in(given.host, user, password, given.session):
                    return
            time.sleep(given.wait)


if __name__ == "__main__":
    main()
