"""Capture filters: libpcap compiles the expression, the kernel runs it.

The language is pcap-filter(7); there is no compiler of ours.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import re

from netad_pcap.errors import UsageError

__all__ = ["compile_filter"]

_SNAPLEN = 262_144
_OPTIMIZE = 1
_NO_NETMASK = 0xFFFFFFFF  # PCAP_NETMASK_UNKNOWN
_INSTRUCTION_BYTES = 8  # struct bpf_insn, the same as the kernel's struct sock_filter


class _Program(ctypes.Structure):
    """`struct bpf_program` of libpcap."""

    _fields_ = (("count", ctypes.c_uint), ("instructions", ctypes.c_void_p))


def compile_filter(expression: str, link_type: int) -> bytes:
    """The expression as instructions for SO_ATTACH_FILTER, 8 bytes each.

    Args:
        expression: in the language of pcap-filter(7).
        link_type: LINKTYPE_ number of the packets.

    Raises:
        UsageError: the expression is wrong, speaks of VLANs, or libpcap is not installed.
    """
    if re.search(r"\bvlan\b", expression):
        raise UsageError(
            f"-f {expression!r}: the kernel takes VLAN tags off before a filter sees the packet, "
            "so vlan would match nothing; leave it out, tagged packets are matched as if untagged"
        )
    pcap = _libpcap()
    # LINKTYPE_RAW (101) is DLT_RAW (12) to libpcap; the others here have one number.
    handle = pcap.pcap_open_dead(12 if link_type == 101 else link_type, _SNAPLEN)
    try:
        program = _Program()
        text = expression.encode("utf-8", "surrogateescape")
        if pcap.pcap_compile(handle, ctypes.byref(program), text, _OPTIMIZE, _NO_NETMASK):
            reason = pcap.pcap_geterr(handle).decode("utf-8", "replace")
            raise UsageError(f"-f {expression!r} is no filter: {reason}; see pcap-filter(7)")
        try:
            return ctypes.string_at(program.instructions or 0, program.count * _INSTRUCTION_BYTES)
        finally:
            pcap.pcap_freecode(ctypes.byref(program))
    finally:
        pcap.pcap_close(handle)


def _libpcap() -> ctypes.CDLL:
    name = ctypes.util.find_library("pcap")
    if name is None:
        raise UsageError(
            "-f needs libpcap, which compiles filters, and it is not installed; "
            "install it (Debian: apt install libpcap0.8), or leave -f out"
        )
    pcap = ctypes.CDLL(name)
    pcap.pcap_open_dead.restype = ctypes.c_void_p
    pcap.pcap_open_dead.argtypes = (ctypes.c_int, ctypes.c_int)
    pcap.pcap_compile.argtypes = (
        ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_uint,
    )  # fmt: skip
    pcap.pcap_geterr.restype = ctypes.c_char_p
    pcap.pcap_geterr.argtypes = (ctypes.c_void_p,)
    pcap.pcap_freecode.argtypes = (ctypes.c_void_p,)
    pcap.pcap_close.argtypes = (ctypes.c_void_p,)
    return pcap
