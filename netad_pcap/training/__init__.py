"""Training code: truth files, labelled flows, fitting, evaluation, model cards.

The bundles that we ship are made by the same code as a user's own (`shipped`).
"""

from __future__ import annotations

from netad_pcap.training.truth import Rule, Truth, read_truth, write_truth

__all__ = ["Rule", "Truth", "read_truth", "write_truth"]
