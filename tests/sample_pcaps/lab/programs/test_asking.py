"""Each name is asked for from a port of its own, all its types at once."""

from __future__ import annotations

import socket
import threading

import pytest

from sample_pcaps.lab.programs import asking


def test_names_are_asked_for_from_ports_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[int, bytes]] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        monkeypatch.setattr(asking, "_PORT", server.getsockname()[1])

        def answer() -> None:
            for _ in range(4):
                asked, sender = server.recvfrom(512)
                heard.append((sender[1], asked[12:]))
                server.sendto(asked, sender)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        lines = ["0 abc.cdn.test A AAAA", "0.01 7.2.0.192.in-addr.arpa PTR", "0 d.test TXT"]
        assert asking.ask("127.0.0.1", lines) == 4
        thread.join(5)
    name = b"\3abc\3cdn\4test\0"
    assert [asked for _, asked in heard[:2]] == [name + b"\0\1\0\1", name + b"\0\x1c\0\1"]
    assert heard[2][1].endswith(b"\4arpa\0\0\x0c\0\1")
    assert heard[0][0] == heard[1][0]


def test_silent_server_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "_TIMEOUT_S", 0.05)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        monkeypatch.setattr(asking, "_PORT", server.getsockname()[1])
        assert asking.ask("127.0.0.1", ["0 a.test A", "0 b.test A AAAA"]) == 0
