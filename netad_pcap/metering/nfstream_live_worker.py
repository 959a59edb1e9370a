"""The process in which NFStream captures: `python -m netad_pcap.metering.nfstream_live_worker`.

As `nfstream_worker`, on an interface. It does not end by itself.
"""

from __future__ import annotations

import argparse
import os
from typing import Any, NamedTuple

import nfstream.flow
from nfstream import NFStreamer

from netad_pcap.metering.nfstream_live_plugin import IDLE_S, PacketPlugin
from netad_pcap.metering.nfstream_messages import REFUSED
from netad_pcap.metering.nfstream_worker import NEVER, end_with_the_meter, take_standard_output

__all__ = ["SNAPLEN", "main"]

#: libpcap gives no longer packet.
SNAPLEN = 262_144


class _Packet(NamedTuple):
    """What the plugin needs of a packet; NFStream's own tuple has 28 fields, and takes longer."""

    time: int
    ip_packet: bytes


def main(arguments: list[str] | None = None) -> None:
    """Captures until the process is ended.

    Args:
        arguments: as on the command line; by default the command line's.
    """
    parser = argparse.ArgumentParser(prog="netad_pcap.metering.nfstream_live_worker")
    parser.add_argument("interface")
    parser.add_argument("--filter", help="expression of pcap-filter(7)")
    parser.add_argument("--promiscuous", action="store_true")
    parser.add_argument("--buffer-bytes", type=int, required=True)
    parser.add_argument("--n-dissections", type=int, required=True)
    options = parser.parse_args(arguments)

    channel = take_standard_output()
    plugin = PacketPlugin(channel, options.n_dissections)
    plugin.look_into_the_meter()
    nfstream.flow.pythonize_packet = _time_and_bytes
    try:
        streamer = NFStreamer(
            source=options.interface,
            bpf_filter=options.filter,
            promiscuous_mode=options.promiscuous,
            snapshot_length=SNAPLEN,
            socket_buffer_size=options.buffer_bytes,
            decode_tunnels=False,
            idle_timeout=IDLE_S,
            active_timeout=NEVER,
            udps=plugin,
            n_dissections=options.n_dissections,
            statistical_analysis=False,
            n_meters=1,
        )
    except ValueError as error:
        plugin.send(REFUSED, str(error).encode())
        os._exit(1)
    end_with_the_meter(channel)
    for _ in streamer:
        pass
    os._exit(1)  # it never ends well by itself


def _time_and_bytes(packet: Any, ffi: Any, _flow: object) -> _Packet:
    content = bytes(ffi.buffer(packet.ip_content, packet.ip_content_len))
    return _Packet(packet.time, content)


if __name__ == "__main__":
    main()
