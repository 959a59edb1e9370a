from __future__ import annotations

import os
import socket
import sys

import pytest

from netad_pcap.capture import CAPTURE_REMEDY, may_capture


def test_remedy_names_the_real_program_and_the_way_without_rights() -> None:
    assert f"eip {os.path.realpath(sys.executable)} " in CAPTURE_REMEDY
    assert "tcpdump -U -i INTERFACE -w - | netad-pcap monitor -" in CAPTURE_REMEDY


@pytest.mark.skipif(not hasattr(socket, "AF_PACKET"), reason="Linux's rights")
def test_says_what_the_kernel_says() -> None:
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except PermissionError:
        assert not may_capture()
    else:
        assert may_capture()
