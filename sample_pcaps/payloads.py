"""Bytes of TLS, HTTP and SSH that look right to a dissector and say nothing."""

from __future__ import annotations

import random
import struct

SUITES = (0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8)


def noise(chance: random.Random, size: int) -> bytes:
    """Bytes that look encrypted."""
    return chance.randbytes(size)


def tls_record(kind: int, body: bytes) -> bytes:
    """One record (RFC 8446 5.1): 22 handshake, 20 change cipher spec, 23 application data."""
    return struct.pack("!BHH", kind, 0x0303, len(body)) + body


def client_hello(chance: random.Random, name: str) -> bytes:
    """A ClientHello with a server name (RFC 8446 4.1.2, RFC 6066 3)."""
    host = name.encode()
    server_name = struct.pack("!HBH", len(host) + 3, 0, len(host)) + host
    extensions = b"".join(
        struct.pack("!HH", kind, len(body)) + body
        for kind, body in (
            (0, server_name),
            (10, b"\0\x06\0\x1d\0\x17\0\x18"),
            (11, b"\1\0"),
            (13, b"\0\x08\x04\x03\x08\x04\x04\x01\x05\x03"),
            (16, b"\0\x0c\x02h2\x08http/1.1"),
            (43, b"\x04\x03\x04\x03\x03"),
            (51, struct.pack("!HHH", 36, 0x1D, 32) + noise(chance, 32)),
        )
    )
    suites = b"".join(struct.pack("!H", suite) for suite in SUITES)
    body = (
        b"\x03\x03" + noise(chance, 32) + b"\x20" + noise(chance, 32)
        + struct.pack("!H", len(suites)) + suites + b"\1\0"
        + struct.pack("!H", len(extensions)) + extensions
    )  # fmt: skip
    return tls_record(22, b"\1" + len(body).to_bytes(3, "big") + body)


def server_hello(chance: random.Random, certificate_bytes: int) -> bytes:
    """A ServerHello and the encrypted rest of the handshake (RFC 8446 4.1.3)."""
    extensions = b"\0\x2b\0\x02\x03\x04" + struct.pack("!HHHH", 51, 36, 0x1D, 32)
    extensions += noise(chance, 32)
    body = (
        b"\x03\x03" + noise(chance, 32) + b"\x20" + noise(chance, 32) + b"\x13\x01\0"
        + struct.pack("!H", len(extensions)) + extensions
    )  # fmt: skip
    hello = tls_record(22, b"\2" + len(body).to_bytes(3, "big") + body)
    return hello + tls_record(20, b"\1") + tls_record(23, noise(chance, certificate_bytes))


def http_request(name: str, path: str) -> bytes:
    """A GET."""
    lines = (
        f"GET {path} HTTP/1.1", f"Host: {name}", "User-Agent: Mozilla/5.0 (X11; Linux x86_64)",
        "Accept: text/html,application/xhtml+xml", "Connection: keep-alive", "", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode()


def http_response(size: int) -> bytes:
    """A page of that many bytes."""
    body = (b"<p>An example page of a sample capture.</p>\n" * (size // 44 + 1))[:size]
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {size}\r\n\r\n"
    return head.encode() + body


def ssh_packet(body: bytes) -> bytes:
    """A packet before encryption (RFC 4253 6): length, padding length, body, padding."""
    padding = 8 - (len(body) + 5) % 8
    padding += 8 if padding < 4 else 0
    return struct.pack("!IB", len(body) + padding + 1, padding) + body + b"\0" * padding


def ssh_kexinit(chance: random.Random) -> bytes:
    """The list of algorithms (RFC 4253 7.1)."""
    lists = (
        "curve25519-sha256,ecdh-sha2-nistp256,diffie-hellman-group14-sha256",
        "ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512", "aes128-ctr,aes256-ctr",
        "aes128-ctr,aes256-ctr", "hmac-sha2-256,hmac-sha2-512", "hmac-sha2-256,hmac-sha2-512",
        "none", "none", "", "",
    )  # fmt: skip
    names = b"".join(struct.pack("!I", len(text)) + text.encode() for text in lists)
    return ssh_packet(b"\x14" + noise(chance, 16) + names + b"\0" * 5)
