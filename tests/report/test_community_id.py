from __future__ import annotations

from typing import Any

import communityid
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from netad_pcap.flows import FlowBatch, address_text
from netad_pcap.report.community_id import community_ids
from tests.scored_flows import addresses

ADDRESS = st.sampled_from(
    ["10.0.0.1", "10.0.0.2", "192.0.2.200", "255.1.2.3", "2001:db8::1", "::1"]
)
PORT = st.sampled_from([0, 1, 53, 80, 40000, 65535])


@st.composite
def _flow(draw: Any) -> Any:
    source = draw(ADDRESS)
    destination = draw(ADDRESS.filter(lambda a: (":" in a) == (":" in source)))
    protocol = draw(st.sampled_from([1, 2, 6, 17, 47, 58, 132]))
    kind, code = draw(st.integers(0, 160)), draw(st.integers(0, 15))
    return source, destination, draw(PORT), draw(PORT), protocol, kind, code


def _batch(flows: Any) -> Any:
    columns = list(zip(*flows, strict=True))
    return FlowBatch(
        profile="cic-fixed",
        identity={
            "src_ip": addresses(columns[0]),
            "dst_ip": addresses(columns[1]),
            "src_port": np.array(columns[2], "i4"),
            "dst_port": np.array(columns[3], "i4"),
            "protocol": np.array(columns[4], "i4"),
        },
        features={
            "ICMP Type": np.array(columns[5], "i8"),
            "ICMP Code": np.array(columns[6], "i8"),
        },
    )


def _reference(
    source: str,
    destination: str,
    source_port: int,
    destination_port: int,
    protocol: int,
    kind: int,
    code: int,
) -> Any:
    ports: tuple[int | None, int | None] = (None, None)
    if protocol in (6, 17, 132):
        ports = (source_port, destination_port)
    if protocol in (1, 58):
        ports = (kind, code)
    return communityid.CommunityID().calc(
        communityid.FlowTuple(protocol, source, destination, *ports)
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(_flow(), min_size=1, max_size=20))
def test_equal_to_the_reference(flows: Any) -> None:
    assert community_ids(_batch(flows)).tolist() == [_reference(*flow) for flow in flows]


@settings(max_examples=30, deadline=None)
@given(_flow().filter(lambda flow: flow[4] in (6, 17, 132)))
def test_endpoints_swapped_keep_the_id(flow: Any) -> None:
    source, destination, source_port, destination_port, *rest = flow
    swapped = (destination, source, destination_port, source_port, *rest)
    first, second = community_ids(_batch([flow, swapped]))
    assert first == second


def test_unknown_is_none() -> None:
    fragment = ("10.0.0.1", "10.0.0.2", 0, 0, 0, -1, -1)
    silent = ("10.0.0.1", "10.0.0.2", 0, 0, 1, -1, -1)
    batch = _batch([fragment, silent])
    assert community_ids(batch).tolist() == [None, None]
    assert address_text(batch.identity["src_ip"])[0] == "10.0.0.1"
