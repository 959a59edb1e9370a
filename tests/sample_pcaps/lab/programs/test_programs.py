"""What the small programs say, read by others."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

import pytest

from sample_pcaps.lab.programs import dns_carry, forge, smtp_server, telnet_client, telnet_server

SENDER, TARGET = socket.inet_aton("198.19.128.7"), socket.inet_aton("198.18.1.2")


@pytest.mark.parametrize(("mode", "flags"), [("syn", {"S"}), ("accepted", {"SA"}),
                                             ("refused", {"SA", "RA"})])  # fmt: skip
def test_forged_segment_has_the_checksum_that_scapy_gives_it(mode: str, flags: set[str]) -> None:
    inet = pytest.importorskip("scapy.layers.inet")
    packet = inet.IP(forge.MODES[mode](SENDER, TARGET, 443))
    packet.len = 40  # as the kernel fills it in
    said = packet[inet.TCP].chksum
    del packet[inet.TCP].chksum
    assert inet.IP(bytes(packet))[inet.TCP].chksum == said
    assert str(packet[inet.TCP].flags) in flags


@pytest.mark.parametrize("name", forge.REFLECTED)
def test_reflected_answer_comes_from_the_service(name: str) -> None:
    inet = pytest.importorskip("scapy.layers.inet")
    packet = inet.IP(forge.MODES[name](SENDER, TARGET, 443))
    port, least, most = forge.REFLECTED[name]
    assert (packet[inet.UDP].sport, packet[inet.UDP].dport) == (port, 443)
    assert 28 + least <= len(packet) < 28 + most <= 1500


@pytest.mark.parametrize("target", ["10.0.0.1", "8.8.8.8"])
def test_nothing_is_forged_to_others(target: str) -> None:
    with pytest.raises(ValueError, match="only within"):
        forge.send_forged("syn", target, "198.19.128.0/17", 1, 1)


def test_query_holds_data_in_its_name() -> None:
    dns = pytest.importorskip("scapy.layers.dns")
    asked = dns.DNS(dns_carry.query("t.example", bytes(range(100)), "TXT"))
    name = asked.qd[0].qname.decode()
    assert name.endswith(".t.example.")
    assert len(name) > 160
    assert max(len(label) for label in name.split(".")) <= 63
    assert asked.qd[0].qtype == 16


def talking(talk: Callable[[socket.socket], None]) -> socket.socket:
    """The other end of a connection to a server."""
    ours, theirs = socket.socketpair()

    def run() -> None:
        with theirs, contextlib.suppress(OSError):  # as `serve` does
            talk(theirs)

    threading.Thread(target=run, daemon=True).start()
    ours.settimeout(5)
    return ours


def test_mail_server_tells_right_from_wrong() -> None:
    with talking(smtp_server.talk) as client, client.makefile("rwb") as lines:
        assert lines.readline().startswith(b"220")
        for word, answer in (
            (b"AGFsaWNlAG9vcHM=", b"535"),
            (b"AGFsaWNlAGhlcm9uLWxha2UtNDI=", b"235"),
        ):
            lines.write(b"AUTH PLAIN " + word + b"\r\n")
            lines.flush()
            assert lines.readline().startswith(answer)
        lines.write(b"QUIT\r\n")
        lines.flush()
        assert lines.readline().startswith(b"221")


@pytest.mark.parametrize(("password", "right"), [("oops", False), ("heron-lake-42", True)])
def test_telnet_client_gets_in_with_the_right_password(
    monkeypatch: pytest.MonkeyPatch, password: str, right: bool
) -> None:
    monkeypatch.setattr(telnet_server, "_WRONG_WAITS_S", 0.0)
    monkeypatch.setattr(socket, "create_connection", lambda *_: talking(telnet_server.talk))
    assert telnet_client.log_in("198.18.1.2", "alice", [password], []) is right
