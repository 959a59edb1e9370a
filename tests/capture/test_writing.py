from __future__ import annotations

import io

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from netad_pcap.capture import PcapWriter, open_capture
from tests.capture.zoo import US, pcap, read_all


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.binary(max_size=90), st.booleans(), st.integers(0, 2**31 * 10**6 - 1))),
    st.integers(1, 7),
)
def test_chosen_records_come_back_with_the_stamps_given(
    packets: list[tuple[bytes, bool, int]], max_frames: int
) -> None:
    source = pcap(*((US, data, len(data) + 3) for data, _, _ in packets))
    file = io.BytesIO()
    writer = PcapWriter(file, link_type=113, snaplen=90)
    with open_capture(io.BytesIO(source)) as reader:
        for block in reader.blocks(max_frames):
            part = [packets[i - 1] for i in block.frame]
            rows = np.array([chosen for _, chosen, _ in part], np.bool_)
            writer.write(block, rows, np.array([time for _, _, time in part], np.int64))
    chosen = [(data, time) for data, chosen, time in packets if chosen]
    assert writer.records == len(chosen)
    records, copy = read_all(file.getvalue())
    assert [(r.data, r.time_us, r.wire) for r in records] == [
        (data, time, len(data) + 3) for data, time in chosen
    ]
    assert [i.link_type for i in copy.interfaces] == [113]
