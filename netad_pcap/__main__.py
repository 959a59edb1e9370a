"""`python -m netad_pcap` is `netad-pcap`."""

from __future__ import annotations

import sys

from netad_pcap.cli import main

if __name__ == "__main__":
    sys.exit(main())
