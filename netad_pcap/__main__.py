"""`python -m netad_pcap` is `netad-pcap`."""

from __future__ import annotations

from netad_pcap.cli import run

if __name__ == "__main__":
    run()
