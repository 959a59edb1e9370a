"""Two meters, one answer: what NFStream accepts is metered the same by both (design 6)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from netad_pcap.errors import CaptureError
from netad_pcap.flows import FlowBatch, concatenate
from netad_pcap.metering.meter import CaptureRead, meter

SAMPLES = Path(__file__).parents[2] / "sample_pcaps"
#: Every so manieth public capture, by name: a few dozen of all families.
STEP = 12


def metered(capture: Path, meter_name: str, profile: str) -> tuple[FlowBatch | None, Counter[str]]:
    """All rows, and packets by the cause for which they were not metered."""
    reads: list[CaptureRead] = []
    batches = list(meter(capture, profile=profile, meter=meter_name, reads=reads))
    return concatenate(batches) if batches else None, Counter(reads[0].health.ignored)


def keys(flows: FlowBatch) -> list[bytes]:
    """Five-tuple and first frame of each row, as bytes."""
    identity = flows.identity
    parts = [identity[name].reshape(len(flows), -1).view("u1").reshape(len(flows), -1) for name in (
        "src_ip", "dst_ip", "src_port", "dst_port", "protocol", "first_frame",
    )]  # fmt: skip
    return [row.tobytes() for row in np.concatenate(parts, axis=1)]


def assert_one_answer(capture: Path, profile: str) -> None:
    """Both meters give the same rows where NFStream accepts what ours does; else its rows with
    as many packets as ours are equal in every column, and refused packets account for the rest."""
    ours, not_ours = metered(capture, "native", profile)
    theirs, not_theirs = metered(capture, "nfstream", profile)
    refused = not_theirs - not_ours
    assert not not_ours - not_theirs
    if ours is None or theirs is None:
        assert (ours is None) == (theirs is None) or refused
        return
    if not refused:
        assert len(ours) == len(theirs)
    place = {key: row for row, key in enumerate(keys(ours))}
    pairs = [(place[key], row) for row, key in enumerate(keys(theirs)) if key in place]
    same = np.array(pairs, "i8").reshape(-1, 2)
    packets = [
        flows.features["Tot Fwd Pkts"] + flows.features["Tot Bwd Pkts"] for flows in (ours, theirs)
    ]
    alike = packets[0][same[:, 0]] == packets[1][same[:, 1]]
    if not refused:
        assert len(same) == len(ours)
        assert alike.all()
    a, b = ours.take(same[alike, 0]), theirs.take(same[alike, 1])
    for group in ("features", "connection", "identity"):
        for name, column in getattr(a, group).items():
            if name != "tag":
                np.testing.assert_array_equal(column, getattr(b, group)[name], err_msg=name)
    missing = int(packets[0].sum() - packets[1].sum())
    assert missing == sum(refused.values())


@pytest.mark.parametrize("profile", ["cic-2018", "cic-fixed"])
@pytest.mark.parametrize("capture", sorted(SAMPLES.glob("*.pcap*")), ids=lambda path: path.name)
def test_samples(capture: Path, profile: str) -> None:
    assert_one_answer(capture, profile)


def test_public_captures(shared_data: Path) -> None:
    captures = sorted((shared_data / "captures").glob("*/*.pcap*"))[::STEP]
    assert len(captures) > 20
    for capture in captures:
        try:
            assert_one_answer(capture, "cic-fixed")
        except CaptureError:
            continue  # one of `edge/` that nobody can read
        except AssertionError as error:
            raise AssertionError(f"{capture}: {error}") from error
