"""The index of a labelled capture collection as a truth file.

    python -m netad_pcap.training.captures_index INDEX.csv TRUTH.csv

The index has a row per capture: `path`, `source`, `family`, `label_mode` and the lists
`malicious_src`, `malicious_dst`, `malicious_dport`, `malicious_proto`. Captures whose flows
could not be told apart (`unknown`, `edge`) get no line, family `other` is taken out.
"""

from __future__ import annotations

import csv
import itertools
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from netad_pcap.errors import UsageError
from netad_pcap.families import ATTACKS, BENIGN, UNKNOWN
from netad_pcap.training.truth import Rule, Truth, read_truth, write_truth

__all__ = ["licences", "main", "rules_of_index", "truth_of_index"]

_COLUMNS = (
    "path", "source", "tool", "family", "label_mode",
    "malicious_src", "malicious_dst", "malicious_dport", "malicious_proto",
)  # fmt: skip


def rules_of_index(path: Path) -> list[Rule]:
    """The rules of all captures of an index.

    Raises:
        UsageError: it lacks columns.
    """
    return [rule for row in _rows(path) for rule in _rules(row)]


def truth_of_index(path: Path) -> Truth:
    """What an index says, read from the truth file that `main` makes of it.

    Raises:
        UsageError: it lacks columns.
    """
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "truth.csv"
        write_truth(rules_of_index(path), written)
        return read_truth(written)


def licences(path: Path) -> dict[str, str]:
    """Source → licence as stated there, where the index has a column of them.

    Raises:
        UsageError: it lacks other columns.
    """
    return {row["source"]: row.get("licence") or "none stated" for row in _rows(path)}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.DictReader(file)
        missing = [name for name in _COLUMNS if name not in (lines.fieldnames or ())]
        if missing:
            raise UsageError(f"{path}: no index of captures, it has no column {missing[0]!r}")
        return list(lines)


def _rules(row: Mapping[str, str]) -> Iterator[Rule]:
    capture, source, tool = row["path"], row["source"], row["tool"]
    family = row["family"] if row["family"] in ATTACKS else UNKNOWN
    if row["label_mode"] == "all_benign":
        yield Rule(capture=capture, family=BENIGN, tool=tool, source=source)
    elif row["label_mode"] == "all_malicious":
        yield Rule(capture=capture, family=family, tool=tool, source=source)
    elif row["label_mode"] == "rule":
        lists = [row[f"malicious_{name}"].split() or [""] for name in ("src", "dst", "proto")]
        ports = row["malicious_dport"].split()
        for src, dst, protocol in itertools.product(*lists):
            number = int(protocol) if protocol else None
            # Either port of a flow may be the one that is listed.
            sides: list[tuple[int | None, int | None]] = [(None, int(p)) for p in ports]
            sides += [(int(p), None) for p in ports]
            for src_port, dst_port in sides or [(None, None)]:
                yield Rule(
                    capture=capture,
                    src=src,
                    dst=dst,
                    src_port=src_port,
                    dst_port=dst_port,
                    protocol=number,
                    family=family,
                    tool=tool,
                    source=source,
                )


def main(arguments: list[str]) -> int:
    """Converts; 0, or 2 for wrong usage."""
    if len(arguments) != 2:
        print(  # noqa: T201
            "usage: python -m netad_pcap.training.captures_index INDEX.csv TRUTH.csv",
            file=sys.stderr,
        )
        return 2
    try:
        write_truth(rules_of_index(Path(arguments[0])), arguments[1])
    except UsageError as problem:
        print(problem, file=sys.stderr)  # noqa: T201
        return problem.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
