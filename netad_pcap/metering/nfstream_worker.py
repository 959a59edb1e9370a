"""The process in which NFStream runs: `python -m netad_pcap.metering.nfstream_worker COPY`.

It has a session of its own, so Ctrl-C at the terminal does not reach it (NFStream would lose
the flows that it holds), and NFStream's habits stay outside the main process: it pins itself
to processors, forks, and waits for ever for a meter process that has died. Standard output
is the pipe of `nfstream_messages`; what NFStream prints goes to standard error.

Exit code 0 says that NFStream came to the end of the copy.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from types import FrameType

import nfstream.flow
from nfstream import NFStreamer

from netad_pcap.metering.nfstream_plugin import FramePlugin

__all__ = ["NEVER", "end_with_the_meter", "main", "take_standard_output"]

#: A cut makes NFStream dissect a flow again from the middle; our plugin ends flows where
#: memory asks for it. Thousands of frames.
NEVER = 1 << 40


def main(arguments: list[str] | None = None) -> None:
    """Meters the copy and ends the process.

    Args:
        arguments: as on the command line; by default the command line's.
    """
    parser = argparse.ArgumentParser(prog="netad_pcap.metering.nfstream_worker")
    parser.add_argument("copy", help="capture whose time stamps are frame numbers")
    parser.add_argument("--idle", type=int, required=True, help="time-out, thousands of frames")
    parser.add_argument("--n-dissections", type=int, required=True)
    options = parser.parse_args(arguments)

    channel = take_standard_output()
    end_with_the_meter(channel)
    if hasattr(nfstream.flow, "pythonize_packet"):
        nfstream.flow.pythonize_packet = _packet_as_it_is
    streamer = NFStreamer(
        source=options.copy,
        # Tunnels other than IP in IP stay closed: the rules take the outer packet.
        decode_tunnels=False,
        idle_timeout=options.idle,
        active_timeout=NEVER,
        udps=FramePlugin(channel, options.n_dissections, longest=1000 * options.idle),
        n_dissections=options.n_dissections,
        statistical_analysis=False,
        n_meters=1,
    )
    for _ in streamer:
        pass
    sys.stderr.flush()
    os._exit(0)


def _packet_as_it_is(packet: object, _ffi: object, _flow: object) -> object:
    """Gives the plugin NFStream's own packet.

    NFStream makes a tuple of 28 Python objects and a copy of the packet's bytes for every
    packet: nearly half of its time with a plugin. Ours needs `time` only, which both have.
    """
    return packet


def take_standard_output() -> int:
    """A descriptor of the pipe; standard output becomes standard error for everyone else."""
    sys.stdout.flush()
    channel = os.dup(1)
    os.dup2(2, 1)
    return channel


def end_with_the_meter(channel: int) -> None:
    """Lets nobody wait for a meter process that died.

    The first fork is NFStream's meter. From there on it alone holds the pipe's writing end,
    so the feed sees at once that it is gone; and this process, which NFStream leaves waiting,
    ends with it.
    """
    if not hasattr(os, "register_at_fork"):
        return
    holding = [channel]

    def leave_pipe_to_child() -> None:
        while holding:
            os.close(holding.pop())

    def on_child(_signal: int, _frame: FrameType | None) -> None:
        ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is not None and (ended.si_code != os.CLD_EXITED or ended.si_status):
            os._exit(1)

    os.register_at_fork(after_in_parent=leave_pipe_to_child)
    if hasattr(os, "waitid"):  # looks at a child without taking its exit code from NFStream
        signal.signal(signal.SIGCHLD, on_child)


if __name__ == "__main__":
    main()
