"""Builds the sample captures and their truth files: `python -m sample_pcaps.make_samples`.

The same bytes come out every time. scapy (GPL-2.0) builds the packets; nothing else of the
project needs it.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

from sample_pcaps.scenes import SCENES

HERE = Path(__file__).parent


def make_samples(folder: Path) -> dict[str, str]:
    """Writes every capture and truth file into a folder; name → SHA-256 of the capture."""
    hashes = {}
    for name, scene in SCENES.items():
        sample = scene()
        (folder / name).write_bytes(sample.capture)
        (folder / f"{Path(name).stem}.truth.csv").write_bytes(sample.truth)
        hashes[name] = hashlib.sha256(sample.capture).hexdigest()
    return hashes


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=HERE, help="folder to write into")
    folder = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    for name, digest in make_samples(folder).items():
        print(f"{digest}  {name}  {(folder / name).stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
