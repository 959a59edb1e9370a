"""The bundle that the package ships, trained again: `python -m netad_pcap.training.shipped`.

Reads the labelled captures under NETAD_PCAP_DATA (default `../shared`), whose index becomes
a truth file. The same seed gives the same weights. `SOURCES` (comma-separated, environment)
names the sources to use; without it all are used.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from netad_pcap.detection import Bundle, write_bundle
from netad_pcap.training.captures_index import licences, rules_of_index
from netad_pcap.training.fitting import fit_bundle, needs_of_detectors, part_sources
from netad_pcap.training.labelled import label_captures
from netad_pcap.training.truth import Truth, read_truth, write_truth

__all__ = ["DETECTORS", "NAME", "PROFILE", "SEED", "main", "train_shipped"]

NAME = "shipped"
VERSION = "1"
DETECTORS = ("autoencoder", "lstm")
PROFILE = "cic-fixed"
SEED = 20_261_124
#: Of a class in one capture so many flows are kept.
MOST_ROWS = 300


def train_shipped(data: Path, sources: frozenset[str] | None, seed: int = SEED) -> Bundle:
    """Meters, labels, parts, fits, calibrates and measures.

    Args:
        data: folder that holds `captures/index.csv`.
        sources: which sources to use; None: all.
        seed: of everything that is drawn.
    """
    index = data / "captures" / "index.csv"
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "truth.csv"
        write_truth(rules_of_index(index), written)
        truth: Truth = read_truth(written)
    if sources is not None:
        truth = Truth(tuple(rule for rule in truth.rules if rule.source in sources))
    needs = needs_of_detectors(DETECTORS)
    captures = sorted(
        str(path)
        for path in (data / "captures").rglob("*")
        if path.is_file() and truth.names(str(path))
    )
    _say(f"{len(captures)} labelled captures")
    labelled = list(
        label_captures(
            captures,
            truth,
            profile=PROFILE,
            history=needs.history,
            columns=needs.columns,
            most_rows=MOST_ROWS,
            seed=seed,
            meter_name="native",
        )
    )
    _say(f"{sum(len(c.families) for c in labelled):,} flows kept of {len(labelled)} captures")
    return fit_bundle(
        NAME,
        part_sources(labelled, seed),
        DETECTORS,
        profile=PROFILE,
        seed=seed,
        licences=licences(index),
        bundle_version=VERSION,
        baseline="public",
        say=_say,
    )


def main() -> int:
    """Writes the bundle into the package of our detectors."""
    import netad_pcap

    data = Path(os.environ.get("NETAD_PCAP_DATA", "../shared"))
    chosen = os.environ.get("SOURCES", "")
    bundle = train_shipped(data, frozenset(chosen.split(",")) if chosen else None)
    package = Path(netad_pcap.__file__).parent.parent / "plugins" / "netad_detectors"
    target = package / "bundles" / f"{NAME}.netad"
    write_bundle(bundle, target)
    target.with_suffix(".md").write_text(bundle.card, encoding="utf-8")
    _say(f"wrote {target.name}, {target.stat().st_size:,} bytes")
    return 0


def _say(line: str) -> None:
    sys.stderr.write(f"[{time.process_time():6.0f} s] {line}\n")


if __name__ == "__main__":
    sys.exit(main())
