"""Ways from scores to a threshold, each with its condition of use.

Verdicts take none of them: a conformal p-value needs no threshold (decision 4). They are for
comparison with papers, and for whoever must cut a score: `fit_threshold` and, for a stream,
`Spot`. A condition that is not met is an error that names it; no rule falls back on another.
"""

from __future__ import annotations

from netad_pcap.detection.thresholds.rules import RULES, Rule, fit_threshold
from netad_pcap.detection.thresholds.spot import Spot

__all__ = ["RULES", "Rule", "Spot", "fit_threshold"]
