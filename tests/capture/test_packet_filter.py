from __future__ import annotations

import ctypes.util
import struct

import pytest

from netad_pcap.capture import packet_filter
from netad_pcap.errors import UsageError

libpcap = pytest.mark.skipif(
    ctypes.util.find_library("pcap") is None, reason="libpcap is not installed"
)


@libpcap
def test_filter_is_compiled_for_the_link_type() -> None:
    ethernet = packet_filter.compile_filter("ip6", 1)
    assert len(ethernet) % 8 == 0
    # ldh [12]: the ethertype.
    assert struct.unpack_from("<HBBI", ethernet) == (0x28, 0, 0, 12)
    # ldb [0]: the version, of raw IP.
    assert struct.unpack_from("<HBBI", packet_filter.compile_filter("ip6", 101)) == (0x30, 0, 0, 0)


@libpcap
def test_wrong_filter_is_said_with_libpcaps_words() -> None:
    with pytest.raises(UsageError, match=r"-f 'tcp prt 80' is no filter: .*syntax error"):
        packet_filter.compile_filter("tcp prt 80", 1)


def test_vlan_would_match_nothing() -> None:
    with pytest.raises(UsageError, match="tagged packets are matched as if untagged"):
        packet_filter.compile_filter("vlan and tcp", 1)


def test_absent_libpcap_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None)
    with pytest.raises(UsageError, match=r"libpcap, .* is not installed; install it"):
        packet_filter.compile_filter("tcp", 1)
