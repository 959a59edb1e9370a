"""Strict decoding against the Java tool's own packets, one by one (cicflowmeter.md 12)."""

import csv
import gzip
from ipaddress import IPv4Address
from pathlib import Path

import numpy as np
import pytest

from netad_pcap.capture import open_capture
from netad_pcap.metering.decode import decode_block
from netad_pcap.metering.rules import PROFILES

FUZZ = Path(__file__).parents[1] / "golden" / "fuzz"
CAPTURES = ("fuzz1_lifecycle", "fuzz2_decode", "fuzz3_bulk_clock", "fuzz4_many")
FLAG_LETTERS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32, "E": 64, "C": 128}


def expected_rows(path: Path) -> list[tuple[object, ...]]:
    with gzip.open(path, "rt", newline="") as text:
        return [
            (
                int(r["packet"]),
                r["src_ip"],
                int(r["src_port"]),
                r["dst_ip"],
                int(r["dst_port"]),
                int(r["protocol"]),
                int(r["timestamp_us"]),
                int(r["payload_bytes"]),
                int(r["header_bytes"]),
                int(r["window"]),
                sum(FLAG_LETTERS[letter] for letter in r["flags"]),
            )
            for r in csv.DictReader(text)
            if r["src_ip"]
        ]


def decoded_rows(path: Path, profile: str) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    with open_capture(path) as reader:
        for block in reader.blocks():
            packets = decode_block(block, profile=profile, strict=True).packets
            assert not packets["ext"].any()
            assert (packets["src_low"] >> np.uint64(32) == 0xFFFF).all()
            rows.extend(
                (
                    int(p["frame"]),
                    str(IPv4Address(int(p["src_low"]) & 0xFFFF_FFFF)),
                    int(p["src_port"]),
                    str(IPv4Address(int(p["dst_low"]) & 0xFFFF_FFFF)),
                    int(p["dst_port"]),
                    int(p["protocol"]),
                    int(p["time_us"]),
                    int(p["payload"]),
                    int(p["header"]),
                    int(p["window"]),
                    int(p["flags"]),
                )
                for p in packets
            )
    return rows


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("capture", CAPTURES)
def test_strict_packets_equal_the_tools(capture: str, profile: str) -> None:
    expected = expected_rows(FUZZ / f"{capture}.packets.{profile}.csv.gz")
    assert expected
    assert decoded_rows(FUZZ / f"{capture}.pcap", profile) == expected
