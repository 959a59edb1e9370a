"""`netad-pcap models`: the bundles that are installed, and what is in one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from netad_pcap.capture.wording import count_of

if TYPE_CHECKING:
    from netad_pcap.detection import Bundle

__all__ = ["command"]


@click.command("models")
@click.argument("models", nargs=-1, metavar="[NAME|PATH]...")
@click.option("--card", is_flag=True, help="Show the model card.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(models: tuple[str, ...], card: bool, as_json: bool) -> None:
    """List the models that are installed, or show and verify those named.

    Each is read whole: its hashes are checked, and its detectors are restored.
    """
    from netad_pcap.detection import find_bundle, installed_bundles, read_bundle
    from netad_pcap.detection.registry import bundle_faults
    from netad_pcap.report import terminal_text

    found = [find_bundle(name) for name in models] if models else installed_bundles()
    bundles = [read_bundle(one) for one in found]
    if as_json:
        click.echo(json.dumps([_facts(bundle) for bundle in bundles], indent=1))
        return
    for bundle in bundles:
        _verify(bundle)
        for line in _lines(bundle):
            click.echo(terminal_text(line))
        if card:
            for line in bundle.card.splitlines():
                click.echo(terminal_text(line))
    for fault in () if models else bundle_faults():
        click.echo(terminal_text(fault), err=True)
    if not bundles:
        click.echo("no model is installed; name one, or train one", err=True)


def _verify(bundle: Bundle) -> None:
    """That its detectors are installed and take their weights.

    Raises:
        ModelError: they do not.
    """
    for entry in bundle.detectors:
        entry.load(bundle.name)


def _lines(bundle: Bundle) -> list[str]:
    from netad_pcap.training.coverage import coverage_lines

    names = [entry.name for entry in bundle.detectors]
    names += [f"{name} (of {use.bundle})" for use in bundle.uses for name in use.detectors]
    lines = [
        f"{bundle.name} {bundle.version}  {', '.join(names)}  ({bundle.profile}, {bundle.clock})",
        f"  SHA-256 {bundle.sha256}",
    ]
    lines += [
        f"  baseline {baseline.name} ({count_of(round(baseline.fused.flows), 'flow')}): "
        f"{baseline.says}"
        for baseline in bundle.baselines
    ]
    lines += [f"  {line}" for line in coverage_lines(bundle.metrics)]
    lines += _figures(bundle.metrics)
    return lines


def _figures(metrics: Any) -> list[str]:
    """ROC-AUC by family on held-out sources, and where it says nothing; false alarms there."""
    from netad_pcap.training.cards import above_chance
    from netad_pcap.training.coverage import percent_text

    held_out = metrics.get("held_out", {}) if isinstance(metrics, dict) else {}
    if not held_out:
        return ["  not measured on held-out sources"]
    lines = []
    flagged = held_out.get("fused", {}).get("benign", {}).get("flagged")
    if flagged is not None:
        lines.append(
            f"  of flows of clean captures of held-out sources {percent_text(flagged['mean'])} "
            f"are flagged at the default budget of 1% ({percent_text(flagged['low'])} to "
            f"{percent_text(flagged['high'])}, {count_of(flagged['sources'], 'source')})"
        )
    lines.append("  ROC-AUC by family on held-out sources, 95% interval:")
    for detector, families in held_out.items():
        for family, table in families.items():
            figure = table.get("auc")
            if figure is None:
                continue
            doubt = "" if above_chance(figure) else "  not shown to be better than chance"
            lines.append(
                f"    {detector:<14} {family:<14} {figure['mean']:.2f} "
                f"({figure['low']:.2f} to {figure['high']:.2f}, "
                f"{count_of(figure['sources'], 'source')}){doubt}"
            )
    return lines


def _facts(bundle: Bundle) -> dict[str, Any]:
    return {
        "name": bundle.name,
        "version": bundle.version,
        "sha256": bundle.sha256,
        "profile": bundle.profile,
        "clock": bundle.clock,
        "seed": bundle.seed,
        "detectors": [entry.name for entry in bundle.detectors],
        "uses": [use.bundle for use in bundle.uses],
        "baselines": [{"name": b.name, "says": b.says} for b in bundle.baselines],
        "training": [
            {"source": s.source, "licence": s.licence, "files": len(s.files)}
            for s in bundle.training
        ],
        "metrics": bundle.metrics,
        "made_with": dict(bundle.made_with),
    }
