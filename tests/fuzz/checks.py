"""What must hold of any bytes that claim to be a capture, through reader, decoder and kernel."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netad_pcap.capture import open_capture
from netad_pcap.capture.frames import FrameBlock
from netad_pcap.capture.health import CaptureHealth
from netad_pcap.errors import CaptureError
from netad_pcap.flows import FlowBatch, concatenate
from netad_pcap.metering.decode import decode_block
from netad_pcap.metering.rules import PROFILES, RULES
from netad_pcap.metering.table import FlowTable
from netad_pcap.report.flow_tables import FlowTable as WrittenTable
from tests.metering.made_frames import as_packet
from tests.naive import records
from tests.naive.decoding import decode_strict
from tests.naive.decoding_default import decode_default

__all__ = ["WAYS", "Way", "check_capture"]

#: Bytes around frames that no decoder may see, 0x45 because it looks like an IPv4 header.
_POISONS = (0x00, 0xFF, 0x45)
_GAP = 48
#: The twins call themselves once for each tag; the default one fills a frame up to its length
#: on the wire.
_LONGEST_FOR_TWIN, _LONGEST_ON_WIRE = 2_500, 1 << 18


class Way(NamedTuple):
    """One of the ways to meter a capture."""

    profile: str
    strict: bool


WAYS = tuple(Way(profile, strict) for profile in PROFILES for strict in (False, True))


def check_capture(
    capture: bytes, ways: Sequence[Way] = WAYS, *, seed: int = 0, twin_share: float = 1.0
) -> int:
    """Reads and meters a capture and looks at all that must hold.

    Args:
        capture: the bytes of a file.
        ways: in which it is metered.
        seed: of where the input is cut, and of the frames that the slow twins decode.
        twin_share: share of frames that they decode, and of captures that the slow reader reads.

    Returns:
        Packets that were read, 0 where it is no capture.

    Raises:
        AssertionError: something does not hold.
        Exception: anything else is a defect too.
    """
    rng = random.Random(seed)
    try:
        with open_capture(io.BytesIO(capture)) as reader:
            blocks = [_kept(block) for block in reader.blocks()]
            health = reader.health
    except CaptureError:
        return 0
    assert health.packets == sum(len(block.frame) for block in blocks)
    if rng.random() < twin_share:
        _check_records(capture, blocks)
    for way in ways:
        decoded = [_decoded(block, way, health, rng, twin_share) for block in blocks]
        assert health.packets == health.metered + sum(health.ignored.values())
        packets = np.concatenate(decoded) if decoded else None
        if packets is not None and len(packets):
            _check_flows(packets, way, rng)
        health.metered = 0
        health._booked.clear()
    return health.packets


def _kept(block: FrameBlock) -> FrameBlock:
    """A block that stays valid when the next one is read."""
    return FrameBlock(*(column.copy() for column in block))


def _check_records(capture: bytes, blocks: list[FrameBlock]) -> None:
    """The reader against its slow twin."""
    mine = [
        records.Record(
            time_us=int(b.time_us[i]),
            captured=int(b.captured[i]),
            wire=int(b.wire[i]),
            link_type=int(b.link_type[i]),
            interface=int(b.interface[i]),
            frame=int(b.frame[i]),
            behind=bool(b.behind[i]),
            data=b.data[b.offset[i] : b.offset[i] + b.captured[i]].tobytes(),
            nanosecond=int(b.nanosecond[i]),
        )
        for b in blocks
        for i in range(len(b.frame))
    ]
    assert mine == records.read(capture).records


def _decoded(
    block: FrameBlock, way: Way, health: CaptureHealth, rng: random.Random, twin_share: float
) -> NDArray[Any]:
    """PACKET rows of a block, from frames that lie at the very end of the buffer or between
    poison; some of them are decoded by the twins as well."""
    gap, poison = rng.choice(((0, 0), *((_GAP, poison) for poison in _POISONS)))
    packets, row, cause = decode_block(
        _apart(block, gap, poison), profile=way.profile, strict=way.strict
    )
    plain = decode_block(block, profile=way.profile, strict=way.strict)
    np.testing.assert_array_equal(cause, plain.cause)
    np.testing.assert_array_equal(row, plain.row)
    assert all((packets[name] == plain.packets[name]).all() for name in packets.dtype.names or ())
    health.count_causes(cause)
    place = {int(r): k for k, r in enumerate(row)}
    for i in range(len(block.frame)):
        if rng.random() >= twin_share or (way.strict and block.behind[i]):
            continue
        data = block.data[block.offset[i] : block.offset[i] + block.captured[i]].tobytes()
        wire, link_type = int(block.wire[i]), int(block.link_type[i])
        if len(data) > _LONGEST_FOR_TWIN or wire > _LONGEST_ON_WIRE:
            continue
        expected = (
            decode_strict(data, wire, way.profile)
            if way.strict
            else decode_default(data, wire, link_type, way.profile)
        )
        mine = as_packet(packets[place[i]]) if i in place else None
        assert mine == expected, f"frame {block.frame[i]}: {mine} instead of {expected}"
    return packets


def _apart(block: FrameBlock, gap: int, poison: int) -> FrameBlock:
    """The same frames in another buffer: `gap` bytes of poison before, between and behind."""
    n = len(block.frame)
    ends = np.cumsum(block.captured.astype("i8") + gap)
    offset = ends - block.captured
    data = np.full(ends[-1] + gap if n else gap, poison, "u1")
    for to, begin, size in zip(
        offset.tolist(), block.offset.tolist(), block.captured.tolist(), strict=True
    ):
        data[to : to + size] = block.data[begin : begin + size]
    return block._replace(data=data, offset=offset)


def _check_flows(packets: NDArray[Any], way: Way, rng: random.Random) -> None:
    """Packets are conserved, and neither cuts nor the hash's seed change anything."""
    whole, table = _metered(packets, way, ())
    cuts = sorted(rng.randrange(len(packets) + 1) for _ in range(rng.choice((1, 3, 20))))
    pieces, _ = _metered(packets, way, tuple(cuts))
    assert (whole is None) == (pieces is None)
    if whole is None or pieces is None:
        assert way.strict
        return
    for group in ("identity", "features", "connection"):
        for name, column in getattr(whole, group).items():
            np.testing.assert_array_equal(column, getattr(pieces, group)[name], err_msg=name)
    _check_rows(whole)
    in_rows = whole.features["Tot Fwd Pkts"] + whole.features["Tot Bwd Pkts"]
    assert (in_rows >= 1).all()
    accounted = int(in_rows.sum()) + table.discarded
    if way.strict and not RULES[way.profile].one_packet_rows:
        assert accounted <= len(packets)  # it writes no flow of one packet
    else:
        assert accounted == len(packets)
    out = io.BytesIO()
    written = WrittenTable(out, way.profile, strict=way.strict)
    written.write(whole)
    assert out.getvalue().count(b"\n") == len(whole) + 1


def _metered(
    packets: NDArray[Any], way: Way, cuts: tuple[int, ...]
) -> tuple[FlowBatch | None, FlowTable]:
    """All rows of a new table, None for none; the input cut, and rows taken at each cut."""
    table = FlowTable(way.profile, strict=way.strict, captures=("made",))
    batches = []
    for piece in np.split(packets, cuts):
        table.feed(piece)
        # Under strict cic-2018 keeps rows back until a block of its order is full.
        batches += table.take_rows(**({} if way.strict else {"at_least": 1}))
    batches += table.finish()
    return (concatenate(batches) if batches else None), table


def _check_rows(flows: FlowBatch) -> None:
    """Nothing that is not a number but where the tool has it, and frames in order."""
    rates = ("Flow Byts/s", "Flow Pkts/s")
    for name, column in flows.features.items():
        undefined = name in rates or name.startswith("Flow IAT")
        if flows.profile == "cic-fixed" or not undefined:
            assert np.isfinite(column).all(), name
        elif name not in rates:
            assert not np.isinf(column).any(), name
    ids = flows.identity
    same_file = ids["capture"] == ids["last_capture"]
    assert (ids["first_frame"] <= ids["last_frame"])[same_file].all()
    assert not ids["open"].any()
