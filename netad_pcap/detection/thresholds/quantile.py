"""The score that a share of harmless flows exceeds: no assumption but enough of them."""

from __future__ import annotations

import numpy as np

from netad_pcap.detection.calibration import flows_needed
from netad_pcap.detection.thresholds.sample import Sample
from netad_pcap.errors import ModelError

__all__ = ["quantile"]

#: Sums of weights round.
_HAIR = 1e-9


def quantile(benign: Sample, share: float) -> float:
    """The smallest score that at most `share` of the flows exceed.

    Raises:
        ModelError: too few flows for that share.
    """
    needed = flows_needed(share)
    if benign.flows < needed - _HAIR:
        raise ModelError(
            f"threshold by quantile: {benign.flows:,.0f} harmless flows; a share of {share:g} "
            f"needs at least {needed:,}: give more flows or a larger share"
        )
    fits = benign.above() <= share * benign.flows * (1 + _HAIR)
    return float(benign.scores[int(np.argmax(fits))])
