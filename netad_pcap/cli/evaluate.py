"""`netad-pcap evaluate`: how well a model tells labelled attacks from benign flows."""

from __future__ import annotations

import json

import click

from netad_pcap.cli.options import (
    fpr_option,
    meter_option,
    named_captures,
    named_models_option,
)

__all__ = ["command"]


@click.command("evaluate")
@click.argument("captures", nargs=-1, metavar="CAPTURE...")
@click.option("-r", "--read", "read", multiple=True, metavar="FILE", help="A capture, too.")
@click.option("--truth", required=True, metavar="FILE", help="Who did what, as CSV.")
@named_models_option
@fpr_option
@meter_option
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="N",
              help="Of the bootstrap.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(
    captures: tuple[str, ...],
    read: tuple[str, ...],
    truth: str,
    models: tuple[str, ...],
    fpr: float,
    meter: str,
    seed: int,
    as_json: bool,
) -> None:
    """Measure a model on labelled captures, none of which it was trained on.

    Figures are means over sources of means over captures, with 95% bootstrap intervals.
    Captures that the model was fitted to are refused.
    """
    from netad_pcap.engine import prepare_numba_cache
    from netad_pcap.engine.sources import find_sources
    from netad_pcap.training.measuring import evaluate, figures_text

    prepare_numba_cache()
    sources = find_sources(named_captures(captures, read), allow_tables=False)
    figures = evaluate(sources.names, truth, models=models, fpr=fpr, meter=meter, seed=seed)
    click.echo(json.dumps(figures, indent=1) if as_json else figures_text(figures))
