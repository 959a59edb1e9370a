"""`netad-pcap evaluate`: how well a model tells labelled attacks from benign flows."""

from __future__ import annotations

import json
from typing import Any

import click

from netad_pcap.cli.options import (
    alerts_option,
    fpr_option,
    meter_option,
    named_captures,
    named_models_option,
    timezone_option,
)

__all__ = ["command"]


@click.command("evaluate")
@click.argument("captures", nargs=-1, metavar="CAPTURE...")
@click.option("-r", "--read", "read", multiple=True, metavar="FILE", help="A capture, too.")
@click.option("--truth", metavar="FILE", help="Who did what, as CSV. Without it: the Label "
              "column of flow tables.")  # fmt: skip
@named_models_option
@fpr_option
@alerts_option
@meter_option
@timezone_option
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="N",
              help="Of the bootstrap.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(
    captures: tuple[str, ...],
    read: tuple[str, ...],
    truth: str | None,
    models: tuple[str, ...],
    as_json: bool,
    **choices: Any,
) -> None:
    """Measure a model on labelled captures or flow tables that it was not trained on.

    Figures are means over sources of means over captures, with 95% bootstrap intervals.
    Captures that the model was fitted to are refused.
    """
    from netad_pcap.engine import prepare_numba_cache
    from netad_pcap.engine.sources import find_sources
    from netad_pcap.training.figures_text import figures_text
    from netad_pcap.training.measuring import evaluate

    prepare_numba_cache()
    sources = find_sources(named_captures(captures, read))
    for error in sources.unreadable.values():
        click.echo(f"left out: {error}", err=True)
    figures = evaluate(sources.names, truth, tables=sources.tables, models=models, **choices)
    click.echo(json.dumps(figures, indent=1) if as_json else figures_text(figures))
