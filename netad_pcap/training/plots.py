"""Plots of an evaluation, each as SVG and PNG: recall by family, ROC, precision-recall, confusion.

matplotlib is an extra (`plots`), loaded only here. The same evaluation gives the same bytes: no
date, and ids from a fixed salt.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from netad_pcap.capture.wording import count_of
from netad_pcap.errors import UsageError
from netad_pcap.families import ATTACKS
from netad_pcap.report import check_output, make_folder, open_output
from netad_pcap.training.judged import FUSED

__all__ = ["PLOTS", "check_plots", "write_plots"]

#: Names of the plots; each has a file of each format.
PLOTS = ("recall", "roc", "precision_recall", "confusion")
_FORMATS = ("svg", "png")
_RATES = {"recall_0.1": "0.1%", "recall": "1%", "recall_5": "5%"}
_SETTINGS: Any = {
    "svg.hashsalt": "netad-pcap",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "figure.figsize": (8.0, 4.8),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
}


def check_plots(folder: Path, *, force: bool) -> None:
    """Say before hours of measuring what would go wrong after them.

    Raises:
        UsageError: matplotlib is not installed.
        OutputError: a file is there already, or the folder cannot be written to.
    """
    try:
        import matplotlib as _  # noqa: F401
    except ImportError:
        raise UsageError(
            "--plots draws with matplotlib, which is not installed: pip install 'netad-pcap[plots]'"
        ) from None
    make_folder(folder)
    for path in _paths(folder):
        check_output(path, force=force)


def write_plots(evaluation: Mapping[str, Any], folder: Path, *, force: bool) -> list[Path]:
    """Draw what there are figures for, by the fused score.

    Returns:
        The files written.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    drawers = {
        "recall": _recall,
        "roc": _roc,
        "precision_recall": _precision_recall,
        "confusion": _confusion,
    }
    written = []
    with mpl.rc_context(_SETTINGS):
        for name in PLOTS:
            figure = Figure(layout="constrained")
            if not drawers[name](figure, evaluation):
                continue
            for kind in _FORMATS:
                path = folder / f"{name}.{kind}"
                drawn = io.BytesIO()
                metadata = {"Date": None} if kind == "svg" else {"Software": None}
                figure.savefig(drawn, format=kind, dpi=150, metadata=metadata)
                with open_output(path, force=force) as out:
                    out.write(drawn.getvalue())
                written.append(path)
    return written


def _paths(folder: Path) -> Iterator[Path]:
    return (folder / f"{name}.{kind}" for name in PLOTS for kind in _FORMATS)


def _recall(figure: Any, evaluation: Mapping[str, Any]) -> bool:
    """Bars by family at each rate, with their 95% intervals."""
    families = evaluation["figures"].get(FUSED, {})
    names = [f for f in (*ATTACKS, "attacks") if "recall" in families.get(f, {})]
    if not names:
        return False
    axes = figure.subplots()
    width = 0.8 / len(_RATES)
    for place, (key, words) in enumerate(_RATES.items()):
        rows = [families[name][key] for name in names]
        mean = [row["mean"] for row in rows]
        spread = [
            [max(0.0, row["mean"] - row["low"]) for row in rows],
            [max(0.0, row["high"] - row["mean"]) for row in rows],
        ]
        x = [number + (place - 1) * width for number in range(len(names))]
        axes.bar(x, mean, width, yerr=spread, capsize=2, label=words)
    sources = [families[name]["recall"]["sources"] for name in names]
    labels = [f"{name}\n{count_of(n, 'source')}" for name, n in zip(names, sources, strict=True)]
    axes.set_xticks(range(len(names)), labels, rotation=35, ha="right")
    axes.set_ylim(0, 1.05)
    axes.set_ylabel("recall (mean over sources)")
    axes.legend(title="false alarms", frameon=False)
    return True


def _roc(figure: Any, evaluation: Mapping[str, Any]) -> bool:
    axes = figure.subplots()
    drawn = _curves(axes, evaluation, "roc", "roc_auc", "ROC-AUC")
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8, linestyle="--")
    axes.set_xlabel("false alarms")
    axes.set_ylabel("recall")
    return drawn


def _precision_recall(figure: Any, evaluation: Mapping[str, Any]) -> bool:
    axes = figure.subplots()
    drawn = _curves(axes, evaluation, "precision_recall", "pr_auc", "PR-AUC")
    axes.set_xlabel("recall")
    axes.set_ylabel("precision (pooled, at these shares)")
    return drawn


def _curves(axes: Any, evaluation: Mapping[str, Any], curve: str, area: str, words: str) -> bool:
    pooled = evaluation["pooled"].get(FUSED, {})
    for family, told in pooled.items():
        x, y = zip(*told[curve], strict=True)
        heavy = {"linewidth": 2.4, "color": "black"} if family == "attacks" else {}
        axes.plot(x, y, label=f"{family} ({told[area]:.2f})", **heavy)
    if pooled:
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1.02)
        axes.legend(title=words, frameon=False, fontsize="small")
    return bool(pooled)


def _confusion(figure: Any, evaluation: Mapping[str, Any]) -> bool:
    """Shares of each true family by what the flows are called."""
    confusion = evaluation["confusion"]
    if not confusion:
        return False
    labels = list(dict.fromkeys(label for row in confusion.values() for label in row))
    shares = [
        [row.get(label, 0.0) / sum(row.values()) for label in labels] for row in confusion.values()
    ]
    axes = figure.subplots()
    axes.grid(visible=False)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for y, row in enumerate(shares):
        for x, share in enumerate(row):
            if share:
                colour = "white" if share > 0.6 else "black"
                axes.text(x, y, f"{share:.2f}", ha="center", va="center", color=colour)
    axes.set_xticks(range(len(labels)), labels, rotation=35, ha="right")
    axes.set_yticks(range(len(confusion)), list(confusion))
    axes.set_xlabel("called")
    axes.set_ylabel("is")
    return True
