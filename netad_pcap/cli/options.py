"""Options that several commands share, each said once (design 4)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import click

__all__ = [
    "Decorator",
    "FiniteRange",
    "alerts_option",
    "capture_options",
    "device_options",
    "fpr_option",
    "max_flows_option",
    "meter_option",
    "model_options",
    "named_captures",
    "named_models_option",
    "output_options",
    "quiet_options",
    "run_options",
    "timezone_option",
    "together",
    "truth_option",
]


class FiniteRange(click.FloatRange):
    """A number between bounds; not `nan`, which lies between any, and not infinite."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number."""
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is no finite number.", param, ctx)
        return number


Decorator: TypeAlias = Callable[[Callable[..., Any]], Callable[..., Any]]

meter_option = click.option(
    "--meter", type=click.Choice(["native", "nfstream"]), default="native",
    show_default=True, help="Who reads the packets: our own decoder, or NFStream.",
)  # fmt: skip
named_models_option = click.option(
    "--model", "models", multiple=True, metavar="NAME|PATH",
    help="A bundle to judge with; repeatable. Without it: the shipped one.",
)  # fmt: skip
fpr_option = click.option(
    "--fpr", type=FiniteRange(0, 1, min_open=True, max_open=True), default=0.01,
    show_default=True, metavar="SHARE",
    help="Share of harmless flows that may be flagged.",
)  # fmt: skip

timezone_option = click.option(
    "--timezone", default="UTC", show_default=True, metavar="ZONE",
    help="Of the local times in flow tables.",
)  # fmt: skip
alerts_option = click.option(
    "--alerts-per-day", type=FiniteRange(0, min_open=True), default=0.1,
    show_default=True, metavar="N",
    help="False findings expected per day of capture time, at most.",
)  # fmt: skip

max_flows_option = click.option(
    "--max-flows", type=click.IntRange(1, 100_000_000), metavar="N",
    show_default="1000000; under --strict no limit",
    help="Most flows open at once; the one silent longest makes room.",
)  # fmt: skip

_CAPTURES = (
    click.argument("captures", nargs=-1, metavar="CAPTURE..."),
    click.option(
        "-r", "--read", "read", multiple=True, metavar="FILE",
        help="A capture, as if named without an option; - is standard input.",
    ),
    click.option(
        "-c", "--count", "max_packets", type=click.IntRange(min=1), metavar="N",
        help="Stop after N packets.",
    ),
    click.option(
        "--join", is_flag=True,
        help="Read all captures as one, whatever lies between them.",
    ),
    click.option(
        "--strict-capture", is_flag=True,
        help="A damaged capture is an error (exit 3), not a warning.",
    ),
    max_flows_option,
    meter_option,
)  # fmt: skip

_MODELS = (
    named_models_option,
    fpr_option,
    alerts_option,
)

_RUN = (
    click.option(
        "--device", default="auto", show_default=True, metavar="auto|cpu|cuda|cuda:N|mps",
        help="Where networks run; auto takes an accelerator when there is one.",
    ),
    click.option(
        "--threads", type=click.IntRange(min=1), metavar="N",
        help="Threads at once, at most; as many as cores unless told.",
    ),
)  # fmt: skip

_DEVICES = (
    *_RUN,
    click.option(
        "--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="N",
        help="Of whatever draws at random.",
    ),
)  # fmt: skip

_QUIET = (
    click.option("--no-progress", is_flag=True, help="No progress bar."),
    click.option("-q", "--quiet", is_flag=True, help="Only errors on standard error."),
    click.option("-v", "--verbose", is_flag=True, help="More on standard error."),
)

_TRUTH = click.option(
    "--truth", type=click.Path(), metavar="FILE",
    help="Who did what, as CSV: fills Label, or gives the labels to learn from.",
)  # fmt: skip


def together(options: Sequence[Decorator]) -> Decorator:
    """Several options as one decorator, in their order."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


capture_options = together(_CAPTURES)
model_options = together(_MODELS)
device_options = together(_DEVICES)
run_options = together(_RUN)
quiet_options = together(_QUIET)
truth_option = _TRUTH


def output_options(*, multiple: bool, formats: Sequence[str], default: str | None) -> Decorator:
    """`-o`, `--format` and `--force`."""
    shown = "|".join(f".{name}" for name in formats)
    several = "; repeatable" if multiple else ""
    otherwise = f" Default: {default}." if default else ""
    return together(
        (
            click.option(
                "-o", "--output", "outputs" if multiple else "output", multiple=multiple,
                default=None if multiple else default, metavar="FILE",
                help=f"Where to ({shown}; - is standard output{several}).{otherwise}",
            ),
            click.option(
                "--format", type=click.Choice(list(formats)),
                help="The format, whatever the suffix says.",
            ),
            click.option("--force", is_flag=True, help="Replace an existing output."),
        )
    )  # fmt: skip


def named_captures(captures: Sequence[str], read: Sequence[str]) -> list[str]:
    """The captures of both ways to name them.

    Raises:
        click.UsageError: none is named, or standard input twice.
    """
    named = [*captures, *read]
    if not named:
        raise click.UsageError("name a capture, a folder, or - for standard input")
    if named.count("-") > 1:
        raise click.UsageError("standard input (-) can be read only once")
    return named
