"""Packets that are kept: they come back as they were, in files that rotate and replace nothing."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netad_pcap.capture import KeptPackets, open_capture
from netad_pcap.errors import OutputError
from tests.capture.zoo import ARP, US, enhanced, interface, pcap, read_all, section


def keep(capture: bytes, path: Path, max_frames: int = 16_384, **choices: Any) -> list[Path]:
    """Reads a capture and keeps its packets; the files."""
    with open_capture(io.BytesIO(capture)) as reader, KeptPackets(path, **choices) as kept:
        for block in reader.blocks(max_frames):
            kept.write(block, reader.interfaces)
        return kept.paths


@given(
    packets=st.lists(
        st.tuples(st.binary(max_size=70), st.integers(0, 2**31 * 10**9 - 1)), min_size=1
    ),
    max_frames=st.integers(1, 5),
)
def test_packets_come_back_with_their_nanoseconds(
    packets: list[tuple[bytes, int]], max_frames: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    source = pcap(*((ns, data, len(data) + 3) for data, ns in packets), nanoseconds=True)
    path = tmp_path_factory.mktemp("kept") / "kept.pcapng"
    (written,) = keep(source, path, max_frames)
    (before, _), (after, reader) = read_all(source), read_all(written.read_bytes())
    assert after == before
    assert reader.interfaces[0].ticks == "10^-9 s"


def test_each_interface_is_described(tmp_path: Path) -> None:
    source = section() + interface() + enhanced(US, ARP) + interface(link_type=101)
    source += enhanced(US, b"E" * 20, of=1)
    (written,) = keep(source, tmp_path / "kept.pcapng")
    (before, one), (after, other) = read_all(source), read_all(written.read_bytes())
    assert [r[:6] + r[7:] for r in after] == [r[:6] + r[7:] for r in before]
    assert [i.link_type for i in other.interfaces] == [i.link_type for i in one.interfaces]


def test_next_file_begins_when_one_is_full(tmp_path: Path) -> None:
    source = pcap(*((US + i, ARP) for i in range(9)))
    files = keep(source, tmp_path / "kept.pcapng", max_frames=1, file_bytes=200)
    assert [file.name for file in files] == [
        f"kept_0000{number}.pcapng" for number in range(1, 6)
    ]  # fmt: skip
    together = [record for file in files for record in read_all(file.read_bytes())[0]]
    assert [r.time_us for r in together] == [US + i for i in range(9)]


def test_no_file_is_replaced_unasked(tmp_path: Path) -> None:
    path = tmp_path / "kept.pcapng"
    path.write_bytes(b"evidence")
    with pytest.raises(OutputError, match=r"kept\.pcapng exists; use --force"):
        keep(pcap((US, ARP)), path)
    assert path.read_bytes() == b"evidence"
    keep(pcap((US, ARP)), path, force=True)
    assert len(read_all(path.read_bytes())[0]) == 1


def test_full_disk_is_said(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    with pytest.raises(OutputError, match="cannot keep packets in /dev/full: No space left"):
        keep(pcap((US, ARP)), full, force=True)
