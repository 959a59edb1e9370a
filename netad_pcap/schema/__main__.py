"""`python -m netad_pcap.schema > docs/columns.md`."""

from __future__ import annotations

import sys

from netad_pcap.schema.docs import columns_page

if __name__ == "__main__":
    sys.stdout.write(columns_page())
