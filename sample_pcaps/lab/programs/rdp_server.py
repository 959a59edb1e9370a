"""A stand-in for an RDP server with CredSSP: `rdp_server PORT CERTIFICATE KEY`.

The client's third record names the account and says whether the password is right, so that
both ends need no NTLM.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import sys

from sample_pcaps.lab.accounts import PEOPLE
from sample_pcaps.lab.programs import rdp_wire
from sample_pcaps.lab.programs.listening import serve

__all__ = ["talk"]


def talk(connection: socket.socket, context: ssl.SSLContext) -> None:
    """One session: login, then a picture for each event."""
    rdp_wire.take(connection, len(rdp_wire.REQUEST))
    connection.sendall(rdp_wire.CONFIRM)
    with (
        contextlib.suppress(ConnectionError),
        context.wrap_socket(connection, server_side=True) as t,
    ):
        negotiate, challenge, authenticate, public_key, credentials = rdp_wire.LOGIN_SIZES
        rdp_wire.take(t, negotiate)
        t.sendall(rdp_wire.noise(challenge))
        name, password = rdp_wire.take(t, authenticate).rstrip(b"\0").decode().split("\n")[:2]
        if PEOPLE.get(name) != password:
            t.sendall(rdp_wire.REFUSED)
            return
        t.sendall(rdp_wire.noise(public_key))
        rdp_wire.take(t, credentials)
        t.sendall(rdp_wire.noise(40_000))
        while event := t.recv(64):
            t.sendall(rdp_wire.noise(200 + 37 * event[0]))


if __name__ == "__main__":
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(sys.argv[2], sys.argv[3])
    serve(int(sys.argv[1]), lambda connection: talk(connection, tls))
