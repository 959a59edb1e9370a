"""`netad-pcap train`: a model of one's own traffic, or of labelled captures."""

from __future__ import annotations

import click

from netad_pcap.capture.wording import count_of
from netad_pcap.cli.options import (
    FiniteRange,
    meter_option,
    named_captures,
    timezone_option,
    truth_option,
)
from netad_pcap.cli.saying import saying

__all__ = ["command"]


@click.command("train")
@click.argument("captures", nargs=-1, metavar="CAPTURE...")
@click.option("-r", "--read", "read", multiple=True, metavar="FILE", help="A capture, too.")
@click.option("-o", "--output", required=True, metavar="FILE.netad", help="The model to write.")
@click.option("--force", is_flag=True, help="Replace an existing model.")
@truth_option
@click.option(
    "--detector", "detectors", multiple=True, default=("autoencoder",), show_default=True,
    metavar="NAME", help="Detectors to fit (see netad-pcap detectors); repeatable.",
)  # fmt: skip
@click.option(
    "--set", "settings", multiple=True, metavar="NAME.PARAMETER=VALUE",
    help="A parameter of a detector, as lstm.epochs=20; repeatable.",
)  # fmt: skip
@click.option(
    "--fpr", type=FiniteRange(0, 1, min_open=True, max_open=True), default=0.01,
    show_default=True, metavar="SHARE", help="Budget that the calibration must resolve.",
)  # fmt: skip
@click.option("--trim", is_flag=True, help="Leave out the flows of what the shipped models find in "
              "captures that are taken as benign.")  # fmt: skip
@click.option("--warm-start", is_flag=True, help="Go on from the shipped weights of the same "
              "detectors, not from nothing.")  # fmt: skip
@meter_option
@timezone_option
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="N",
              help="Of everything that is drawn.")  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="Only errors on standard error.")
def command(
    captures: tuple[str, ...],
    read: tuple[str, ...],
    output: str,
    force: bool,
    truth: str | None,
    detectors: tuple[str, ...],
    settings: tuple[str, ...],
    fpr: float,
    trim: bool,
    warm_start: bool,
    meter: str,
    timezone: str,
    seed: int,
    quiet: bool,
) -> None:
    """Learn what is normal on a network, or what attacks look like.

    CAPTURE is a capture, a folder of them, or a flow table (CSV or Parquet), whose Label column
    counts where --truth is not given. Without labels of attacks all flows are taken as benign:
    the model holds a detector of this network and own baselines for the shipped detectors, so
    it still names families.
    """
    from netad_pcap.detection import read_settings, write_bundle
    from netad_pcap.engine import prepare_numba_cache, spare_inputs
    from netad_pcap.engine.sources import find_sources
    from netad_pcap.report import check_output
    from netad_pcap.training.own import bundle_name, train

    named = named_captures(captures, read)
    spare_inputs(output, named)
    check_output(output, force=force)
    prepare_numba_cache()

    say = saying(quiet)
    sources = find_sources(named)
    made = train(
        sources.names,
        bundle_name(output),
        tables=sources.tables,
        truth=truth,
        detectors=detectors,
        parameters=read_settings(settings),
        fpr=fpr,
        meter=meter,
        timezone=timezone,
        seed=seed,
        trim=trim,
        warm_start=warm_start,
        say=say,
    )
    for error in sources.unreadable.values():
        say(f"left out: {error}")
    for name in made.skipped:
        say(f"left out: {name} (nobody labelled its flows, or it cannot be read)")
    write_bundle(made.bundle, output, overwrite=force)
    say(f"Wrote {output}: {count_of(made.flows, 'flow')} of {count_of(made.captures, 'capture')}")
    say(f"  → use it: netad-pcap analyze CAPTURE --model {output}")
