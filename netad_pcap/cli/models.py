"""`netad-pcap models`: list, show and verify bundles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from netad_pcap.detection import Bundle

__all__ = ["command"]


@click.command("models")
@click.argument("names", nargs=-1, metavar="[NAME|PATH]...")
@click.option("--card", is_flag=True, help="Show the whole model card.")
def command(names: tuple[str, ...], card: bool) -> None:
    """List, show and verify trained models.

    Without a name: those that are installed. Hashes are checked, and every detector is
    restored from its weights.
    """
    from netad_pcap.detection import find_bundle, installed_bundles, read_bundle
    from netad_pcap.detection.registry import bundle_faults
    from netad_pcap.report import terminal_text

    found = [find_bundle(name) for name in names] if names else installed_bundles()
    for item in found:
        bundle = read_bundle(item)
        for detector in bundle.detectors:
            detector.load(f"model {bundle.name}")
        if card:
            for line in bundle.card.splitlines():
                click.echo(terminal_text(line))
        else:
            for line in _lines(bundle):
                click.echo(terminal_text(line))
    for fault in bundle_faults() if not names else ():
        click.echo(terminal_text(fault), err=True)


def _lines(bundle: Bundle) -> list[str]:
    detectors = [d.name for d in bundle.detectors] + [n for u in bundle.uses for n in u.detectors]
    lines = [
        f"{bundle.name} {bundle.version} · {bundle.profile} · {', '.join(detectors)} · "
        f"SHA-256 {bundle.sha256}",
        "  baselines: "
        + ", ".join(f"{b.name} ({b.fused.flows:,.0f} flows)" for b in bundle.baselines),
    ]
    for detector, families in bundle.metrics.get("held_out", {}).items():
        told = [
            f"{family} {row['auc']['mean']:.2f}"
            + ("" if _above_chance(row["auc"]) else " (not above chance)")
            for family, row in families.items()
            if "auc" in row
        ]
        lines.append(f"  {detector}, AUC on sources left out: {', '.join(told)}")
    return lines


def _above_chance(figure: dict[str, float]) -> bool:
    from netad_pcap.training.cards import above_chance

    return above_chance(figure)
