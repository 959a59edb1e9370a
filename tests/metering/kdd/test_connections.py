"""Connections as KDD has them: flags, bytes, services, ends, and the published attacks."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from netad_pcap.capture.health import cause_number
from netad_pcap.flows import FlowBatch, concatenate
from netad_pcap.metering.decode import decode_block
from netad_pcap.metering.table import FlowTable
from netad_pcap.schema import KDD_SYMBOLS, PROFILES
from tests.metering.kdd.packets import (
    ACK,
    FIN,
    PSH,
    RST,
    SYN,
    Frame,
    echo,
    ip,
    meter,
    packets,
    tcp,
    udp,
)
from tests.metering.made_frames import block as made_block

A, B = (1, 2), (2, 1)
PORTS, BACK = (4000, 80), (80, 4000)
O, R = (A, PORTS), (B, BACK)  # noqa: E741 - as Zeek calls them
OPEN: list[Any] = [(O, SYN, 0, 0), (R, SYN | ACK, 0, 1), (O, ACK, 1, 1)]
SECOND = 1_000_000


def _frames(steps: list[Any], gap: int = 1_000) -> list[Frame]:
    return [
        (k * gap, tcp(way[0], way[1], flags, seq=seq, ack=ack))
        for k, (way, flags, seq, ack) in enumerate(steps)
    ]


def _words(flows: FlowBatch, name: str) -> list[str]:
    return [KDD_SYMBOLS[name][int(code)] for code in flows.features[name]]


@pytest.mark.parametrize(
    ("flag", "steps"),
    [
        ("S0", OPEN[:1]),
        ("S1", OPEN),
        ("SF", [*OPEN, (O, FIN | ACK, 1, 1), (R, FIN | ACK, 1, 2), (O, ACK, 2, 2)]),
        ("SF", [*OPEN, (O, FIN | ACK, 1, 1), (R, FIN | ACK, 1, 2), (O, ACK, 2, 2), (R, RST, 2, 0)]),
        ("S2", [*OPEN, (O, FIN | ACK, 1, 1), (R, ACK, 1, 2)]),
        ("S2", [*OPEN, (O, FIN | ACK, 1, 1), (R, FIN | ACK, 1, 2)]),
        ("S3", [*OPEN, (R, FIN | ACK, 1, 1), (O, ACK, 1, 2)]),
        ("REJ", [OPEN[0], (R, RST | ACK, 0, 1)]),
        ("REJ", [*OPEN, (R, RST, 1, 0)]),
        ("RSTO", [*OPEN, (O, RST, 1, 0)]),
        ("RSTOS0", [OPEN[0], (O, RST, 1, 0)]),
        ("SH", [OPEN[0], (O, FIN, 1, 0)]),
        ("OTH", [(O, ACK, 1, 1), (R, ACK, 1, 1)]),
    ],
)
def test_flag(flag: str, steps: list[Any]) -> None:
    flows = meter(_frames(steps))
    assert _words(flows, "flag") == [flag]


def test_a_reset_by_the_responder_behind_payload_is_rstr() -> None:
    sent = (3_500, tcp(A, PORTS, PSH | ACK, seq=1, ack=1, payload=5))
    flows = meter([*_frames(OPEN), sent, (4_000, tcp(B, BACK, RST, seq=1))])
    assert _words(flows, "flag") == ["RSTR"]
    assert flows.features["src_bytes"].tolist() == [5.0]


def test_bytes_sent_again_count_once() -> None:
    again = [(5_000 + k, tcp(A, PORTS, ACK, seq=1, ack=1, payload=100)) for k in range(3)]
    flows = meter([*_frames(OPEN), *again])
    assert flows.features["src_bytes"].tolist() == [100.0]


def test_another_attempt_with_other_numbers_sends_no_bytes() -> None:
    frames = [(k, tcp(A, PORTS, SYN, seq=seq)) for k, seq in enumerate((5, 900_000, 77))]
    flows = meter(frames)
    assert (flows.features["src_bytes"].tolist(), len(flows)) == ([0.0], 1)


@pytest.mark.parametrize(
    ("steps", "silence", "rows"),
    [
        (OPEN[:1], 119, 1),
        (OPEN[:1], 122, 2),
        ([OPEN[0], (R, RST | ACK, 0, 1)], 12, 2),
        (OPEN, 86_400, 1),
        (OPEN, 5 * 86_400 + 2, 2),
        ([*OPEN, (O, FIN | ACK, 1, 1)], 119, 1),
        ([*OPEN, (O, FIN | ACK, 1, 1)], 122, 2),
        ([*OPEN, (O, FIN | ACK, 1, 1), (R, FIN | ACK, 1, 2)], 32, 2),
    ],
)
def test_silence_that_ends_a_connection(steps: list[Any], silence: int, rows: int) -> None:
    late = (silence * SECOND, tcp(A, PORTS, ACK, seq=2, ack=2))
    assert len(meter([*_frames(steps), late])) == rows


def test_a_syn_on_a_closed_connection_begins_another() -> None:
    refused = [OPEN[0], (R, RST | ACK, 0, 1)]
    assert _words(meter(_frames(refused * 3)), "flag") == ["REJ"] * 3


def test_udp_is_one_connection_up_to_180_s_of_silence() -> None:
    times = (0, 179 * SECOND, 400 * SECOND)
    flows = meter([(time, udp(A, (4000, 53), 30)) for time in times])
    assert flows.features["duration"].tolist() == [179.0, 0.0]
    assert _words(flows, "service") == ["domain_u"] * 2
    assert _words(flows, "flag") == ["SF"] * 2


@pytest.mark.parametrize(
    ("frame", "service"),
    [
        (tcp(A, (4000, 8080), SYN), "http"),
        (tcp(A, (20, 4000), SYN), "ftp_data"),
        (tcp(A, (4000, 50_000), SYN), "private"),
        (tcp(A, (4000, 1234), SYN), "other"),
        (udp(A, (4000, 161), 1), "private"),
        (udp(A, (4000, 1234), 1), "other"),
        (echo(A, 8, 0), "eco_i"),
        (echo(A, 11, 0), "tim_i"),
    ],
)
def test_service(frame: bytes, service: str) -> None:
    assert _words(meter([(0, frame)]), "service") == [service]


def test_icmp_of_another_type_is_a_service_without_a_code() -> None:
    assert meter([(0, echo(A, 13, 0))]).features["service"].tolist() == [-1.0]


def test_other_protocols_make_no_connection() -> None:
    frame = ip(bytes(20), 47, A)
    assert len(meter([(0, frame)])) == 0
    decoded = decode_block(made_block([frame]), profile="kdd", strict=False)
    assert decoded.cause.tolist() == [cause_number("no_connection")]


def test_land() -> None:
    flows = meter([(k, tcp((5, 5), (23, 23), SYN)) for k in range(3)])
    assert flows.features["land"].tolist() == [1.0]
    assert _words(flows, "flag") == ["S0"]


def test_syn_flood_is_all_errors() -> None:
    chance = random.Random(1)
    flood = [
        (
            k * 1_000,
            tcp((chance.randrange(1000, 60_000), 9), (chance.randrange(1024, 65_000), 80), SYN),
        )
        for k in range(600)
    ]
    flows = meter(flood)
    assert set(_words(flows, "flag")) == {"S0"}
    assert flows.features["serror_rate"].min() == 1.0
    assert flows.features["count"].max() == 511.0
    assert flows.features["same_srv_rate"].min() == 1.0


def test_port_sweep_is_refused_and_of_many_services() -> None:
    frames: list[Frame] = []
    for k, port in enumerate((21, 22, 23, 25, 53, 79, 80, 110, 143, 443)):
        frames.append((k * 10_000, tcp(A, (4000, port), SYN)))
        frames.append((k * 10_000 + 100, tcp(B, (port, 4000), RST | ACK, ack=1)))
    flows = meter(frames)
    assert set(_words(flows, "flag")) == {"REJ"}
    assert flows.features["rerror_rate"].tolist() == [1.0] * 10
    assert flows.features["diff_srv_rate"].tolist() == [0.0] + [1.0] * 9


def test_smurf() -> None:
    flows = meter([(k * 1_000, echo((300 + k % 7, 9), 0, 1024)) for k in range(600)])
    assert set(_words(flows, "service")) == {"ecr_i"}
    assert flows.features["src_bytes"].tolist() == [1032.0] * 600
    assert (flows.features["count"][-1], flows.features["srv_count"][-1]) == (511.0, 511.0)


MORE = 0x2000


def _teardrop(number: int = 1) -> list[bytes]:
    head = b"\x10\x00\x20\x00" + (36).to_bytes(2, "big") + bytes(2)
    return [
        ip(head + bytes(28), 17, A, fragment=MORE, number=number),
        ip(bytes(4), 17, A, fragment=3, number=number),
    ]


def test_teardrop_is_28_bytes_and_three_faults_as_published() -> None:
    flows = meter(list(enumerate(_teardrop())))
    assert flows.features["src_bytes"].tolist() == [28.0]
    assert flows.features["wrong_fragment"].tolist() == [3.0]
    assert meter([(0, _teardrop()[0])]).features["wrong_fragment"].tolist() == [1.0]


def _big_ping(size: int, number: int) -> list[bytes]:
    message = bytes([8, 0]) + bytes(6 + size)
    pieces = [message[k : k + 1480] for k in range(0, len(message), 1480)]
    return [
        ip(piece, 1, A, fragment=185 * k | (MORE if k < len(pieces) - 1 else 0), number=number)
        for k, piece in enumerate(pieces)
    ]


@pytest.mark.parametrize("reverse", [False, True])
def test_a_sound_ping_in_pieces_is_one_message(reverse: bool) -> None:
    pieces = _big_ping(40_000, 3)
    flows = meter(list(enumerate(pieces[::-1] if reverse else pieces)))
    assert flows.features["src_bytes"].tolist() == [40_008.0]
    assert flows.features["wrong_fragment"].tolist() == [0.0]


def test_the_ping_of_death_is_1480_bytes_and_one_fault_as_published() -> None:
    flows = meter(list(enumerate(_big_ping(65_530, 3))))
    assert flows.features["src_bytes"].tolist() == [1480.0]
    assert flows.features["wrong_fragment"].tolist() == [1.0]


def test_cutting_the_packets_anywhere_changes_nothing() -> None:
    chance = random.Random(3)
    frames: list[Frame] = [*enumerate(_big_ping(9_000, 1)), *enumerate(_teardrop(2))]
    time = 0
    for _ in range(400):
        time += chance.choice([0, 10, 400_000, 3 * SECOND, 95 * SECOND, 400 * SECOND])
        ends, ports = chance.choice([(A, (4000, 80)), (A, (4001, 25)), (B, BACK)])
        frames.append(
            (time, tcp(ends, ports, chance.choice([SYN, SYN | ACK, ACK, RST, FIN | ACK])))
        )
    whole = meter(frames)
    cuts = tuple(sorted(chance.sample(range(1, len(frames)), 30)))
    pieces = meter(frames, cuts=cuts)
    for group in ("features", "identity", "connection"):
        for name, column in getattr(whole, group).items():
            np.testing.assert_array_equal(column, getattr(pieces, group)[name], err_msg=name)
    assert (np.diff(whole.identity["end_us"][: len(whole) // 2]) >= 0).all()


def test_columns_are_those_that_headers_give() -> None:
    flows = meter([(0, udp(A, (4000, 53), 3))])
    assert tuple(flows.features) == PROFILES["kdd"].features
    assert not flows.has("hot")
    assert {column.dtype for column in flows.features.values()} == {np.dtype("f8")}


def _ugly(seed: int, n: int) -> list[Frame]:
    """All flags, fragments, clock steps both ways, keys that meet."""
    chance = random.Random(seed)
    frames: list[Frame] = []
    time = 10_000 * SECOND
    for _ in range(n):
        time += chance.choice([0, 7, 900_000, 11 * SECOND, 61 * SECOND, 500 * SECOND, -3 * SECOND])
        ends = chance.choice([A, B, (1, 1)])
        ports = (chance.choice([80, 4000]), chance.choice([80, 4000]))
        kind = chance.choice(["tcp", "tcp", "tcp", "udp", "echo", "fragment"])
        if kind == "tcp":
            seq = chance.choice([0, 1, 2**32 - 1])
            data = tcp(ends, ports, chance.randrange(64), seq=seq, payload=chance.choice([0, 9]))
        elif kind == "udp":
            data = udp(ends, ports, 5)
        elif kind == "echo":
            data = echo(ends, chance.choice([0, 8, 3]), 10)
        else:
            word = chance.choice([0, MORE]) | chance.choice([0, 1, 2, 8191])
            data = ip(bytes(chance.choice([8, 16, 21])), 17, ends, fragment=word)
        frames.append((time, data))
    return frames


@pytest.mark.parametrize("seed", range(4))
def test_ticks_of_a_clock_change_nothing(seed: int) -> None:
    frames = _ugly(seed, 300)
    table = FlowTable("kdd")
    rows = packets(frames)
    batches = []
    for k in range(len(rows)):
        table.feed(rows[k : k + 1])
        # As live: time goes on, second by second, up to the next packet.
        now = int(rows["time_us"][: k + 1].max())
        until = int(rows["time_us"][k + 1]) if k + 1 < len(rows) else now
        for tick in range(now, until, 7 * SECOND):
            table.advance(tick)
            batches += table.take_rows(at_least=1)
    batches += table.finish()
    live, whole = concatenate(batches), meter(frames)
    for name, column in whole.features.items():
        np.testing.assert_array_equal(column, live.features[name], err_msg=name)
    assert int(table._in.counters["live"][0]) == 0


@pytest.mark.parametrize("seed", range(4))
def test_every_packet_is_in_one_connection_with_few_records(seed: int) -> None:
    frames = _ugly(seed, 400)
    table = FlowTable("kdd", max_flows=3)
    table.feed(packets(frames))
    batches = table.finish()
    rows = concatenate(batches)
    assert table.capacity < 40_000
    assert len(rows) >= len(meter(frames))
    assert (rows.features["count"] >= 1).all()
    first = rows.identity["first_frame"]
    assert len(np.unique(first)) == len(rows)
