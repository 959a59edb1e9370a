"""What the small programs say, read by others."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

import pytest

from sample_pcaps.lab.programs import (
    dns_carry,
    domain,
    forge,
    overflow,
    smtp_server,
    telnet_client,
    telnet_server,
)

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


@pytest.mark.parametrize("port", [0, 40_053])
def test_each_question_has_a_port_of_its_own_or_all_have_one(
    monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    asked: list[tuple[socket.socket, bytes]] = []

    class Resolver(socket.socket):
        def sendto(self, data: bytes, to: tuple[str, int]) -> int:  # type: ignore[override]
            assert to == ("198.18.1.2", 53)
            asked.append((self, data))
            return len(data)

        def recv(self, *_: int) -> bytes:
            raise TimeoutError

    monkeypatch.setattr(socket, "socket", Resolver)
    dns_carry.carry("198.18.1.2", "t.example", port, 1000.0, 0.5, "A")
    assert len(asked) > 3
    assert len({id(one) for one, _ in asked}) == (1 if port else len(asked))
    assert all(one.fileno() == -1 for one, _ in asked)


def listening(talk: Callable[[socket.socket], None], times: int) -> int:
    """The port of a server that talks to so many clients."""
    server = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        with server:
            for _ in range(times):
                connection = server.accept()[0]
                with connection, contextlib.suppress(OSError):
                    talk(connection)

    threading.Thread(target=run, daemon=True).start()
    return int(server.getsockname()[1])


def test_domain_answers_as_many_bytes_as_a_question_says() -> None:
    with talking(domain._answer) as client, client.makefile("rb") as answers:
        for question, answer in ((0, 1), (300, 1500), (10, 60_000)):
            client.sendall(domain._HEAD.pack(question, answer) + bytes(question))
            assert len(answers.read(answer)) == answer
        client.sendall(domain._HEAD.pack(0, domain._MOST + 1))
        assert answers.read() == b""


def test_a_dialogue_is_said_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[int] = []

    def talk(connection: socket.socket) -> None:
        domain._answer(connection)
        said.append(1)

    step = domain.Step(listening(talk, 4), ((100, 9_000), (200, 10)), pause_s=0.0)
    monkeypatch.setattr(domain, "DIALOGUES", {"twice": (step, step)})
    domain.talk("127.0.0.1", "twice", 2, 0.001)
    assert len(said) >= 3  # the last one may still be closing


def test_dialogues_go_to_ports_that_are_served_and_are_answered_in_full() -> None:
    steps = [step for dialogue in domain.DIALOGUES.values() for step in dialogue]
    assert {step.port for step in steps if not step.datagram} == set(domain.PORTS)
    assert {step.port for step in steps if step.datagram} == {domain.DIRECTORY}
    most = max(size for step in steps for words in step.words for size in words)
    assert most * (1 + domain._SPREAD) <= domain._MOST


def test_overlong_input_is_of_another_length_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overflow, "_TIMEOUT_S", 0.2)
    heard: list[int] = []

    def talk(connection: socket.socket) -> None:
        connection.sendall(b"220 ready\r\n")
        with connection.makefile("rb") as lines:
            heard.append(len(lines.read()))

    overflow.overflow("127.0.0.1", listening(talk, 5), 5, 0.001)
    assert len(set(heard)) > 2
    assert all(200 < size <= overflow._LONGEST + 2 for size in heard)


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
