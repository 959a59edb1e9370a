"""How many of the Java tool's rows come out again: `python -m benchmarks.parity > docs/parity.md`.

Needs the goldens under NETAD_PCAP_DATA (default `../shared`).
"""

from __future__ import annotations

import csv
import gzip
import io
import lzma
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from netad_pcap.capture.health import CAUSES
from netad_pcap.errors import CaptureError
from netad_pcap.flows import FlowBatch, address_text, flow_id_text
from netad_pcap.metering.meter import METERS, CaptureRead, meter
from netad_pcap.metering.rules import PROFILES
from netad_pcap.report.timestamps import timestamp_column
from netad_pcap.schema import PROFILES as COLUMNS

RELATIVE_TOLERANCE = 1e-9
FUZZ = ("fuzz1_lifecycle", "fuzz2_decode", "fuzz3_bulk_clock", "fuzz4_many")


@dataclass
class Share:
    """Rows that the tool wrote, and how many of them came out equal."""

    rows: int = 0
    equal: int = 0
    in_order: bool = True
    ignored: Counter[str] = field(default_factory=Counter)


def golden_rows(path: Path) -> Iterator[list[str]]:
    """Rows of a golden table, header first."""
    opener = lzma.open if path.suffix == ".xz" else gzip.open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.reader(file)


def compared(capture: Path, rows: Sequence[list[str]], profile: str, meter_name: str) -> Share:
    """Meters a capture strictly and holds it against the tool's rows (cells as printed)."""
    reads: list[CaptureRead] = []
    share = Share(rows=len(rows))
    batches: list[FlowBatch] = []
    try:
        batches = list(meter(capture, profile=profile, strict=True, meter=meter_name, reads=reads))
    except CaptureError as error:
        sys.stderr.write(f"{error}\n")
    for read in reads:
        share.ignored.update(read.health.ignored)
    ours: list[tuple[str, ...]] = []
    numbers: list[np.ndarray] = []
    for batch in batches:
        ours.extend(_keys(batch, profile))
        numbers.append(batch.matrix(COLUMNS[profile].features))
    values = np.concatenate(numbers) if numbers else np.empty((0, 0))
    place: dict[tuple[str, ...], list[int]] = {}
    for i, key in enumerate(ours):
        place.setdefault(key, []).append(i)
    features = COLUMNS[profile].features
    at = [COLUMNS[profile].columns.index(name) for name in features]
    for i, row in enumerate(rows):
        wanted = np.array([float(row[j].replace("Infinity", "inf")) for j in at])
        for candidate in place.get(tuple(row[:7]), []):
            if np.allclose(
                values[candidate], wanted, rtol=RELATIVE_TOLERANCE, atol=0, equal_nan=True
            ):
                share.equal += 1
                share.in_order &= candidate == i
                place[tuple(row[:7])].remove(candidate)
                break
    return share


def _keys(batch: FlowBatch, profile: str) -> Iterator[tuple[str, ...]]:
    identity = batch.identity
    columns = (
        flow_id_text(identity),
        address_text(identity["src_ip"]),
        identity["src_port"].astype(str),
        address_text(identity["dst_ip"]),
        identity["dst_port"].astype(str),
        identity["protocol"].astype(str),
        timestamp_column(pl.Series(identity["start_us"]), profile).to_numpy(),
    )
    yield from zip(*columns, strict=True)


def _single_captures(
    golden: Path, folder: Path, names: Sequence[str], profile: str
) -> Iterator[tuple[Path, list[list[str]]]]:
    for name in names:
        rows = list(golden_rows(golden / folder / f"{name}.{profile}.csv.gz"))[1:]
        yield golden / folder / f"{name}.pcap", rows


def _all_captures(data: Path, profile: str) -> Iterator[tuple[Path, list[list[str]]]]:
    by_capture: dict[str, list[list[str]]] = {}
    lines = golden_rows(data / "golden" / f"captures_{profile}.csv.xz")
    next(lines)
    for line in lines:
        by_capture.setdefault(line[0], []).append(line[1:])
    for name, rows in by_capture.items():
        yield data / "captures" / name, rows


def main() -> None:
    """Prints the page."""
    data = Path(os.environ.get("NETAD_PCAP_DATA", "../shared"))
    golden = data / "golden"
    out = io.StringIO()
    out.write(
        "# Parity with the Java tool\n\nMade by `python -m benchmarks.parity > docs/parity.md`. "
        "Under `--strict`, every column at relative tolerance 1e-9, `Timestamp` as text. Rows "
        "are the tool's; equal rows are those that come out again.\n\n"
        "| set | meter | profile | rows | equal | share | same order |\n" + "|---" * 7 + "|\n"
    )
    ignored: dict[str, Counter[str]] = {name: Counter() for name in METERS}
    for label in ("official", "fuzz", "captures"):
        for meter_name in METERS:
            for profile in PROFILES:
                if label == "captures":
                    sets = _all_captures(data, profile)
                else:
                    names = ("test",) if label == "official" else FUZZ
                    sets = _single_captures(golden, Path(label), names, profile)
                total = Share()
                for capture, rows in sets:
                    share = compared(capture, rows, profile, meter_name)
                    total.rows += share.rows
                    total.equal += share.equal
                    total.in_order &= share.in_order
                    ignored[meter_name].update(share.ignored)
                    if meter_name == "native" and share.equal < share.rows:
                        sys.stderr.write(f"{capture}: {share.equal} of {share.rows}\n")
                sys.stderr.write(f"{label} {meter_name} {profile} {total.equal}/{total.rows}\n")
                share_text = f"{total.equal / max(total.rows, 1):.2%}"
                order = "yes" if total.in_order else "no"
                out.write(
                    f"| {label} | {meter_name} | {profile} | {total.rows:,} | {total.equal:,} | "
                    f"{share_text} | {order} |\n"
                )
    out.write(
        "\n## Frames that were not metered\n\nCounted over all sets and profiles. The Java tool "
        "meters garbage from frames without IPv4 (its second look) and IPv4 that NFStream "
        "refuses; rows that need such frames cannot come out of the NFStream meter.\n\n"
        "| cause | " + " | ".join(METERS) + " |\n|---|" + "---|" * len(METERS) + "\n"
    )
    for code, words in CAUSES.items():
        counts = [ignored[name][code] for name in METERS]
        if any(counts):
            out.write(f"| {words} | " + " | ".join(f"{count:,}" for count in counts) + " |\n")
    sys.stdout.write(out.getvalue())


if __name__ == "__main__":
    main()
