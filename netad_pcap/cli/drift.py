"""`netad-pcap drift`: does traffic still look like a model's baseline?"""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from netad_pcap.cli.endings import end_of_run
from netad_pcap.cli.options import (
    capture_options,
    fpr_option,
    named_captures,
    named_models_option,
    quiet_options,
    run_options,
    timezone_option,
)
from netad_pcap.cli.progress_bar import progress_bar, tell_first_run
from netad_pcap.cli.saying import saying
from netad_pcap.errors import ExitCode

__all__ = ["command"]


@click.command("drift")
@capture_options
@named_models_option
@fpr_option
@click.option("--fail-on-drift", is_flag=True, help="Exit 1 when a model does not fit.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, every feature.")
@timezone_option
@run_options
@quiet_options
def command(
    captures: tuple[str, ...],
    read: tuple[str, ...],
    as_json: bool,
    fail_on_drift: bool,
    no_progress: bool,
    quiet: bool,
    verbose: bool,
    **choices: Any,
) -> int:
    """Say how far traffic is from a model's baselines.

    By feature (population stability index) and in the detectors' p-values: does the model still
    fit this network? Of several baselines it says by which analyze judges, and which is nearest.

    CAPTURE is a capture, a folder of them, a flow table, or - for standard input; what is named
    together is taken as one network.
    """
    from netad_pcap.engine import Interruption, drift
    from netad_pcap.engine.drift_text import drift_json, print_drift

    wanted = not (quiet or no_progress)
    with Interruption() as stop, progress_bar(wanted=wanted) as progress:
        told = drift(
            named_captures(captures, read),
            should_stop=stop,
            progress=progress,
            first_run=tell_first_run(wanted=wanted),
            **choices,
        )
    if as_json:
        click.echo(json.dumps(drift_json(told), indent=1, allow_nan=False))
    else:
        print_drift(told, stream=sys.stdout)
    say = saying(quiet=not verbose)
    for capture in told.captures:
        say(f"{capture.name}: {'; '.join(capture.remarks)}")
    unreadable = [c.health["error"] for c in told.captures if "error" in c.health]
    end_of_run(interrupted=told.interrupted, unreadable=unreadable)
    return ExitCode.FINDINGS if fail_on_drift and not told.fits else ExitCode.DONE
