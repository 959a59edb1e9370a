"""Pollers, peers, things that look around, telephones: what they say is what they answer."""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from collections import Counter
from ipaddress import IPv4Address

import pytest

from sample_pcaps.lab.programs import controllers, discovery, exporting, gossip, modbus, voice


@pytest.mark.parametrize("words", [1, 10, 60])
@pytest.mark.parametrize("name", controllers.PROTOCOLS)
def test_controller_answers_what_it_is_asked_and_more_for_more_words(name: str, words: int) -> None:
    protocol = controllers.PROTOCOLS[name]
    few, many = (protocol.answer(protocol.ask(7, count)) for count in (words, words + 5))
    assert few is not None
    assert many is not None
    assert len(many) > len(few) >= 2 * words
    assert protocol.answer(b"?") is None


@pytest.mark.parametrize("kept", [False, True])
def test_poller_asks_from_new_ports_or_from_one(
    monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    seen: list[int] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as controller:
        controller.bind(("127.0.0.1", 0))
        mine = controller.getsockname()[1]
        fins = controllers.PROTOCOLS["fins"]
        named = controllers.Protocol(mine, fins.ask, fins.answer)
        monkeypatch.setattr(controllers, "PROTOCOLS", {"fins": named})

        def answer() -> None:
            for _ in range(12):
                asked, sender = controller.recvfrom(2048)
                seen.append(sender[1])
                controller.sendto(fins.answer(asked) or b"", sender)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1] if kept else 0
        assert controllers.poll("fins", "127.0.0.1", 12, 0.001, 0.1, 4, port) == 12
        thread.join(5)
    assert len(seen) == 12
    # The kernel may give one out twice.
    assert len(set(seen)) == 1 if kept else len(set(seen)) >= 10


def test_registers_are_as_many_as_were_asked_for() -> None:
    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=modbus.talk, args=(theirs,), daemon=True)
    thread.start()
    with theirs:
        with ours:
            ours.settimeout(5)
            for count in (2, 120):
                ours.sendall(struct.pack(">HHHBBHH", 5, 0, 6, 1, 3, 0, count))
                assert len(ours.recv(512)) == 9 + 2 * count
        thread.join(5)


@pytest.mark.parametrize("name", gossip.FLAVOURS)
def test_list_of_peers_is_as_stale_as_it_says(name: str) -> None:
    flavour, draw = gossip.FLAVOURS[name], random.Random(3)
    drawn = [gossip.draw_peer(flavour, draw) for _ in range(2000)]
    living = [peer for peer in drawn if IPv4Address(peer[0]) in gossip.LIVE]
    assert all(IPv4Address(address) in gossip.PEERS for address, _ in drawn)
    assert 1 - len(living) / len(drawn) == pytest.approx(flavour.stale, abs=0.04)
    moved = [port for _, port in living if port >= 33_000]
    assert len(moved) / len(living) == pytest.approx(0.2, abs=0.05)
    assert len({address for address, _ in drawn}) > 1000


def test_what_answers_to_all_is_never_taken_for_a_question() -> None:
    # Or things would answer each other for ever.
    for name, way in discovery.WAYS.items():
        if way.answers:
            assert way.sizes[0] < way.answer_sizes[0], name
    longest = discovery.WAYS["ssdp"].answer_sizes[0]
    assert discovery.WAYS["ssdp_notify"].sizes[0] > longest


@pytest.mark.parametrize("name", exporting.REPORTS)
def test_reports_fit_into_a_packet(name: str) -> None:
    _, make = exporting.REPORTS[name]
    sizes = Counter(len(make()) for _ in range(300))
    assert max(sizes) <= 1500 - 28
    assert len(sizes) > 5


def test_call_is_a_stream_both_ways_that_ends_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setattr(voice, "_SIP", free.getsockname()[1])
    sent: Counter[int] = Counter()
    real = socket.socket.sendto

    class Counted(socket.socket):
        def sendto(self, data: bytes, to: tuple[str, int]) -> int:  # type: ignore[override]
            sent[len(data)] += 1
            return real(self, data, to)

    monkeypatch.setattr(socket, "socket", Counted)
    threading.Thread(target=voice._serve, daemon=True).start()
    time.sleep(0.1)
    voice.call("127.0.0.1", 0.6, 0.0)
    frames = sent[172]
    assert frames >= 2 * 25
    time.sleep(0.2)
    assert sent[172] == frames
