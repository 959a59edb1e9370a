"""`netad-pcap monitor`: tell what happens on a network while it happens."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Any

import click

from netad_pcap.cli.options import max_flows_option, model_options
from netad_pcap.cli.progress_bar import tell_first_run
from netad_pcap.cli.status_line import StatusLine

__all__ = ["command"]

#: Ctrl-C, and how a service manager asks: both end it orderly.
_ENDS = (signal.SIGINT, signal.SIGTERM)


def _list_interfaces(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    from netad_pcap.capture import network_interfaces

    for interface in network_interfaces():
        click.echo(str(interface))
    ctx.exit()


@click.command("monitor")
@click.argument("source", required=False, metavar="INTERFACE|-")
@click.option(
    "-i", "--interface", metavar="NAME", help="The interface, as if named without an option."
)
@click.option("-r", "--read", "capture", metavar="FILE",
              help="A capture instead, as if it came live; - is standard input.")  # fmt: skip
@click.option("-D", "--list-interfaces", is_flag=True, is_eager=True, expose_value=False,
              callback=_list_interfaces, help="List the interfaces, and exit.")  # fmt: skip
@click.option("-f", "--filter", "capture_filter", metavar="EXPRESSION",
              help="Packets to capture, as pcap-filter(7) has it.")  # fmt: skip
@click.option("-c", "--count", "max_packets", type=click.IntRange(min=1), metavar="N",
              help="Stop after N packets.")  # fmt: skip
@click.option("--promiscuous", is_flag=True, help="Also packets that are not for this machine.")
@click.option("-B", "--buffer-size", "ring_mib", type=click.IntRange(1, 2047), default=256,
              show_default=True, metavar="MIB", help="Room for packets that wait.")  # fmt: skip
@click.option("-w", "--write", "keep", metavar="FILE", help="Keep the packets, as pcapng.")
@click.option("-C", "--file-size", "keep_mb", type=click.IntRange(min=1), metavar="MB",
              help="Begin the next file (FILE_00001, FILE_00002, …) behind so many megabytes.",
              )  # fmt: skip
@click.option("--force", is_flag=True, help="Replace existing files.")
@click.option("--all", "all_flows", is_flag=True, help="Tell every flow, not only findings.")
@max_flows_option
@click.option(
    "--meter", type=click.Choice(["native", "nfstream"]),
    help="Who captures: we do (the default on Linux), or NFStream.",
)  # fmt: skip
@model_options
@click.option("--device", default="auto", show_default=True, metavar="auto|cpu|cuda|cuda:N|mps",
              help="Where networks run; auto takes an accelerator when there is one.")  # fmt: skip
@click.option("--threads", type=click.IntRange(min=1), metavar="N",
              help="Threads at once, at most; as many as cores unless told.")  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="Only errors on standard error.")
def command(
    source: str | None,
    interface: str | None,
    capture: str | None,
    quiet: bool,
    **choices: Any,
) -> None:
    """Tell what happens on a network while it happens.

    One JSON object a line on standard output: findings when they are new, when they have grown
    tenfold or changed their family, and when they are over. How it stands is on standard
    error. Ctrl-C ends it orderly.

    INTERFACE is a network interface, or - for a capture on standard input.
    """
    from netad_pcap.engine import Interruption, Monitoring

    named = [name for name in (source, interface, capture) if name is not None]
    if len(named) != 1:
        raise click.UsageError("name one interface (-D lists them), - or -r FILE")
    chosen: str | Path = named[0] if capture in (None, "-") else Path(named[0])
    with Interruption(_ENDS) as stop, StatusLine(wanted=not quiet) as status:
        first = tell_first_run(wanted=not quiet)
        run = Monitoring(
            chosen, first_run=first, should_stop=stop, tell=status.show, caution=status.remark,
            **choices,
        )  # fmt: skip
        out = sys.stdout.buffer
        for lines in run.lines():
            status.clear()
            out.write(lines)
            out.flush()
        status.end(run.status, run.remarks())
