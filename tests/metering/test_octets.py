import os

import numpy as np
import pytest

from netad_pcap.metering.octets import u16, u32, u64

DATA = np.arange(1, 9, dtype="u1")


def test_network_byte_order() -> None:
    assert u16(DATA, 1) == 0x0203
    assert u32(DATA, 2) == 0x03040506
    assert u64(DATA, 0) == 0x0102030405060708


@pytest.mark.skipif(os.environ.get("NUMBA_BOUNDSCHECK") != "1", reason="make check-bounds does it")
def test_bounds_are_really_checked() -> None:
    """A cached kernel would not: `make check-bounds` has a cache of its own."""
    with pytest.raises(IndexError):
        u16(DATA, len(DATA) - 1)
