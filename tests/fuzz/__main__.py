"""Structure-aware fuzzing: `python -m tests.fuzz [--packets N] [--seed N] [--round N]`.

Each round makes a capture from the seed and its number alone, meters it in some of the eight
ways, and looks at what must hold (`checks`). A capture that fails is made as small as it goes
and kept in `tests/fuzz/crashes`, which the tests replay.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import secrets
import sys
import time
import traceback
from pathlib import Path

from tests.fuzz.captures import made_capture, real_frames
from tests.fuzz.checks import WAYS, check_capture
from tests.fuzz.shrinking import shrunk

CRASHES = Path(__file__).parent / "crashes"
#: Packets of one round, the ways in which it is metered, and the share of frames that the
#: slow twins decode as well.
ROUND_PACKETS = 2_000
WAYS_OF_ROUND = 4
TWIN_SHARE = 0.04


def main() -> int:
    """Fuzz; the number of captures that failed, at most 1 as an exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=main.__doc__)
    parser.add_argument("--packets", type=int, default=2_000_000, help="to be read, at least")
    parser.add_argument("--seed", type=int, default=None, help="repeats a run")
    parser.add_argument("--round", type=int, default=None, help="only this one")
    arguments = parser.parse_args()
    seed = secrets.randbelow(1 << 32) if arguments.seed is None else arguments.seed
    print(f"seed {seed}: repeat with python -m tests.fuzz --seed {seed}", flush=True)
    frames = real_frames()
    begun = time.perf_counter()
    read = failed = 0
    number = arguments.round or 0
    while read < arguments.packets:
        rng = random.Random(f"{seed}/{number}")
        parts = made_capture(rng, frames, ROUND_PACKETS)
        ways = rng.sample(WAYS, WAYS_OF_ROUND)
        try:
            read += check_capture(b"".join(parts), ways, seed=number, twin_share=TWIN_SHARE)
        except KeyboardInterrupt:
            raise
        except BaseException:  # polars' panics are no Exception
            failed += 1
            traceback.print_exc()
            small = b"".join(shrunk(parts, ways))
            kind = "pcapng" if small[:4] == b"\x0a\x0d\x0d\x0a" else "pcap"
            kept = CRASHES / f"{hashlib.sha256(small).hexdigest()[:12]}.{kind}"
            kept.write_bytes(small)
            print(f"round {number} of seed {seed} failed: kept as {kept}", flush=True)
        number += 1
        if arguments.round is not None:
            break
    seconds = time.perf_counter() - begun
    print(f"{read:,} packets read in {number:,} rounds, {seconds:.0f} s; {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
