"""What `netad-pcap drift` says: a table for people, and JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal, TextIO

from netad_pcap.capture.wording import count_of
from netad_pcap.detection.baselines import UNSURE_ROWS
from netad_pcap.detection.drift import CHANGED, MOVED
from netad_pcap.detection.reasons import normal_text
from netad_pcap.engine.baseline_drift import Drift, ModelDrift
from netad_pcap.report import console_for, terminal_text

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["drift_json", "print_drift"]

#: Features told to people at most; JSON has all.
_MOST_COLUMNS = 12
#: Of the table where no terminal says how wide it is.
_WIDTH = 110
_STYLES = {"changed": "red", "moved": "yellow"}


def drift_json(drift: Drift) -> dict[str, Any]:
    """Everything, NaN and infinities as null."""
    from netad_pcap import __version__

    models = []
    for model in drift.models:
        told = _finite(asdict(model))
        models.append({"fits": model.fits, **told})
    return {
        "netad_pcap": __version__,
        "captures": [{"name": c.name, "sha256": c.sha256} for c in drift.captures],
        "flows": drift.flows,
        "fpr": drift.fpr,
        "fits": drift.fits,
        "interrupted": drift.interrupted,
        "remarks": list(drift.remarks),
        "models": models,
    }


def print_drift(drift: Drift, *, stream: TextIO) -> None:
    """The table: which baseline, how far, which features, whether p-values hold."""
    console = console_for(stream)
    if not console.is_terminal:
        console.width = _WIDTH
    captures = count_of(len(drift.captures), "capture")
    console.print(f"{count_of(drift.flows, 'flow')} of {captures}")
    for remark in drift.remarks:
        console.print(terminal_text(remark), style="yellow")
    for model in drift.models:
        console.print()
        for line, style in _head(model):
            console.print(terminal_text(line), style=style)
        console.print(_columns(model))
        console.print(_calibration(model, drift.fpr))
        for line, style in _verdict(model):
            console.print(terminal_text(line), style=style)


def _head(model: ModelDrift) -> Iterator[tuple[str, str]]:
    yield f"model {model.name} {model.version}", "bold"
    for baseline in model.baselines:
        far = "nothing to compare" if baseline.drift is None else f"drift {baseline.drift:.2f}"
        words = f"  baseline {baseline.name} ({count_of(round(baseline.flows), 'flow')}): {far}"
        yield f"{words}{_use(model, baseline.name)}", ""


def _use(model: ModelDrift, baseline: str) -> str:
    """What `analyze` uses a baseline for."""
    if model.baseline == model.nearest == baseline:
        use = " ← analyze uses it"
    elif baseline == model.baseline:
        return " ← analyze judges by it"
    elif baseline == model.nearest:
        use = " ← analyze tells of it what is usual, and so does this table"
    else:
        return ""
    return (
        f"{use}, nearest unknown (fewer than {UNSURE_ROWS} flows to tell by)"
        if model.unsure
        else use
    )


def _columns(model: ModelDrift) -> Table:
    table = _table(
        {
            "feature": "left",
            "stability index": "right",
            "": "left",
            "normal (5% to 95%)": "left",
            "outside": "right",
        }
    )
    for column in model.columns[:_MOST_COLUMNS]:
        table.add_row(
            terminal_text(column.name),
            f"{column.stability:.2f}",
            column.change,
            normal_text(column.name, column.low, column.high),
            f"{100 * column.outside:.0f} %",
            style=_STYLES.get(column.change, ""),
        )
    more = model.columns[_MOST_COLUMNS:]
    if more:
        table.add_row(f"and {len(more)} more", f"≤ {more[0].stability:.2f}", "", "", "")
    return table


def _calibration(model: ModelDrift, fpr: float) -> Table:
    heads: Mapping[str, Literal["left", "right"]] = {
        "p-values of": "left",
        f"flows at p ≤ {fpr:g}": "right",
        "off by": "right",
        "": "left",
    }
    table = _table(heads)
    for part in model.calibration:
        table.add_row(
            terminal_text(part.scores),
            f"{100 * part.flagged:.1f} %",
            f"{part.distance:.2f}",
            "" if part.holds else "does not hold",
            style="" if part.holds else "yellow",
        )
    return table


def _verdict(model: ModelDrift) -> Iterator[tuple[str, str]]:
    changed = sum(column.change == "changed" for column in model.columns)
    moved = sum(column.change == "moved" for column in model.columns)
    words = f"Against {model.nearest} {changed} of {len(model.columns)} features have changed "
    yield f"{words}(index of {CHANGED:g} or more), {moved} have moved ({MOVED:g})", ""
    if model.fits:
        yield f"This traffic looks like the baseline {model.baseline}{_nearer(model)}.", ""
        return
    if not model.population_holds:
        words = f"This traffic does not look like the baseline {model.baseline} (drift "
        words += (
            f"{model.drift:.2f}{_nearer(model)}): what the model calls unusual may be usual here."
        )
        yield words, "yellow"
    broken = [part.scores for part in model.calibration if not part.holds]
    if broken:
        words = f"Calibration does not hold for {', '.join(broken)}: there are more small p-values "
        words += "than harmless flows would have. Traffic has changed, or something is wrong in "
        yield f"{words}it: look with netad-pcap analyze first.", "yellow"
    yield "  → learn this network: netad-pcap train quiet-day.pcap -o office.netad", ""


def _nearer(model: ModelDrift) -> str:
    """What it was found nearest to, where that is another one than the one that judges."""
    if model.nearest == model.baseline:
        return ""
    return f"; it is nearest to {model.nearest}, which analyze --baseline {model.nearest} judges by"


def _table(heads: Mapping[str, Literal["left", "right"]]) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for head, justify in heads.items():
        table.add_column(head, justify=justify, no_wrap=True)
    return table


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value
