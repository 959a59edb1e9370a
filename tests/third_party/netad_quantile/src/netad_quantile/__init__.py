"""The plugin guide's detector: how far a flow lies beyond a quantile of benign flows."""

import numpy as np

from netad_pcap.detection import Needs, Scores
from netad_pcap.families import BENIGN

COLUMNS = ("Flow Duration", "Tot Fwd Pkts")


class QuantileDetector:
    """Novelty = how many times wider than the usual range, summed over the columns."""

    name = "quantile"
    needs = Needs(columns=COLUMNS)

    def __init__(self, *, quantile=0.99, seed=0):
        if not 0.5 < quantile < 1:
            raise ValueError("quantile must lie between 0.5 and 1")
        self.quantile = quantile
        self.seed = seed  # nothing here draws at random; every detector takes it

    def fit(self, flows, families=None):
        """Learn the median and the quantile of each column among benign flows."""
        values = self._values(flows)
        weight = np.ones(len(values)) if flows.weight is None else flows.weight
        if families is not None:
            values, weight = values[families == BENIGN], weight[families == BENIGN]
        if not len(values):
            raise ValueError("no benign flow to learn from")
        self.middle_ = np.array([_weighted_quantile(c, weight, 0.5) for c in values.T])
        self.edge_ = np.array([_weighted_quantile(c, weight, self.quantile) for c in values.T])
        return self

    def score(self, flows):
        """Distances from the median, in widths of the usual range."""
        values = self._values(flows)[flows.carried :]
        width = np.maximum(self.edge_ - self.middle_, 1e-9)
        distance = np.abs(values - self.middle_) / width
        return Scores(
            novelty=distance[:, 0] + distance[:, 1],
            contributions={name: distance[:, i].copy() for i, name in enumerate(COLUMNS)},
        )

    def to_arrays(self):
        """What was learned."""
        return {"middle": self.middle_, "edge": self.edge_}

    @classmethod
    def from_arrays(cls, arrays, **parameters):
        """The detector again."""
        detector = cls(**parameters)
        for name in ("middle", "edge"):
            if name not in arrays or arrays[name].shape != (len(COLUMNS),):
                raise ValueError(f"array {name!r} is missing or of a wrong shape")
        detector.middle_ = arrays["middle"]
        detector.edge_ = arrays["edge"]
        return detector

    def _values(self, flows):
        # Logarithms tame the spread; what is not a number counts as the smallest value.
        values = np.nan_to_num(flows.matrix(COLUMNS), nan=0.0, posinf=1e300, neginf=0.0)
        return np.log1p(np.maximum(values, 0.0))


def _weighted_quantile(values, weight, level):
    order = np.argsort(values, kind="stable")
    share = np.cumsum(weight[order])
    place = np.searchsorted(share, level * share[-1])
    return values[order][min(place, len(order) - 1)]
