"""What a stand-in for RDP says: connection request, TLS, and records as large as CredSSP's.

MS-RDPBCGR 1.3.1.1 and MS-CSSP 3.1.5 for order and sizes; within TLS the bytes are noise.
"""

from __future__ import annotations

import random
import socket
import struct

__all__ = ["CONFIRM", "LOGIN_SIZES", "REFUSED", "REQUEST", "noise", "take"]

#: TPKT and X.224 connection request, with a cookie and a request for CredSSP.
_COOKIE = b"Cookie: mstshash=user\r\n" + bytes.fromhex("0100080003000000")
REQUEST = (
    struct.pack(">BBHB", 3, 0, 11 + len(_COOKIE), 6 + len(_COOKIE))
    + bytes.fromhex("e00000000000")
    + _COOKIE
)
#: Connection confirm: CredSSP chosen.
CONFIRM = bytes.fromhex("030000130ed000001234000209080002000000")
#: NTLM negotiate and challenge, authenticate and public key, each way: client, server, …
LOGIN_SIZES = (57, 215, 608, 321, 91)
#: TSRequest with an error code: the password was wrong.
REFUSED = b"\x30\x0d\xa0\x03\x02\x01\x06\xa4\x06\x02\x04\xc0\x00\x00\x6d"


def noise(size: int) -> bytes:
    """Bytes of no meaning."""
    return random.randbytes(size)


def take(connection: socket.socket, size: int) -> bytes:
    """Exactly so many bytes.

    Raises:
        ConnectionError: the other side has gone before.
    """
    data = b""
    while len(data) < size:
        got = connection.recv(size - len(data))
        if not got:
            raise ConnectionError
        data += got
    return data
