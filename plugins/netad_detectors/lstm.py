"""Two LSTM layers and attention over the last ten flows of a source host.

After Lin, Ye and Xu, Dynamic Network Anomaly Detection System by Using Deep Learning
Techniques, CLOUD 2019: LSTM with attention, dense layers, SMOTE for rare classes and a
weighted loss. Narrower than theirs (64 instead of 256), so that it keeps up with traffic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from netad_detectors.networks import (
    answer,
    deterministic,
    fit_batches,
    restored,
    weights_of,
)
from netad_detectors.preprocessing import PROFILE, Scaling, columns_of
from netad_detectors.smote import oversample
from netad_pcap.detection import Needs, Scores, padded_width, score_in_blocks
from netad_pcap.families import ATTACKS, BENIGN
from netad_pcap.flows import FlowBatch

if TYPE_CHECKING:
    import torch

__all__ = ["AttentionLSTM"]

_BLOCK_ROWS = 512
_EXPLAINED_ROWS = 128
#: To what scaled columns are rounded before they are explained.
_GRAIN = 0.25
#: Of weights that are there already: the rate as a share of the first.
_ADAPT_RATE = 0.25


class AttentionLSTM:
    """Benign against the families, from a flow and the nine before it of the same source.

    Args:
        families: classes, `benign` among them; those of which no training flow is found
            keep a probability of zero.
        length: how many flows a sequence holds, the flow itself included.
        hidden: width of both LSTM layers.
        epochs: passes over the training flows.
        learning_rate: of Adam, at the beginning.
        smote_rows: classes with fewer sequences are filled up to so many.
        profile: rule book of the flows, whose columns are read.
        seed: of the first weights, the orders and the synthetic sequences.
    """

    name: ClassVar[str] = "lstm"

    def __init__(
        self,
        *,
        families: tuple[str, ...] | list[str] = (BENIGN, *ATTACKS),
        length: int = 10,
        hidden: int = 64,
        epochs: int = 5,
        learning_rate: float = 1e-3,
        smote_rows: int = 400,
        profile: str = PROFILE,
        seed: int = 0,
    ) -> None:
        if BENIGN not in families:
            raise ValueError("benign must be among the families")
        self.needs = Needs(columns=columns_of(profile), history=length)
        self.families = families
        self.length = length
        self.hidden = hidden
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.smote_rows = smote_rows
        self.profile = profile
        self.seed = seed
        self._scaling: Scaling | None = None
        self._network: torch.nn.Module | None = None
        self._known: NDArray[np.bool_] = np.zeros(len(families), np.bool_)

    def fit(self, flows: FlowBatch, families: NDArray[Any] | None = None) -> Self:
        """Learns the families; of benign flows alone there is nothing to learn."""
        names, weight = self._given(flows, families)
        own = flows.take(slice(flows.carried, None)) if flows.carried else flows
        self._scaling = Scaling.fit(own, weight, self.needs.columns)
        self._known = np.zeros(len(self.families), np.bool_)
        self._learn(flows, names, weight, self._new_network, self.learning_rate)
        return self

    def adapt(self, flows: FlowBatch, families: NDArray[Any] | None = None) -> Self:
        """Goes on from the weights that it has, in their scaling, with smaller steps."""
        network = self._fitted()[1]
        names, weight = self._given(flows, families)
        self._learn(flows, names, weight, lambda: network, self.learning_rate * _ADAPT_RATE)
        return self

    def score(self, flows: FlowBatch) -> Scores:
        """Novelty −log P(benign), and the probabilities of all families."""
        scaling, network = self._fitted()
        steps = _steps(scaling, flows)
        # Sequences are put together block by block: all of them at once would be ten batches.
        logits = score_in_blocks(
            lambda history: answer(network, _sequences(steps, history)),
            self._history(flows),
            _BLOCK_ROWS,
        )
        known = logits[:, self._known].astype(np.float64)
        known -= known.max(axis=1, keepdims=True)
        known -= np.log(np.exp(known).sum(axis=1, keepdims=True))
        probabilities = np.zeros((len(known), len(self.families)))
        probabilities[:, self._known] = np.exp(known)
        place = int(self._known[: list(self.families).index(BENIGN)].sum())
        return Scores(
            novelty=-known[:, place],
            families=tuple(self.families),
            probabilities=probabilities,
        )

    def explain(self, flows: FlowBatch, rows: NDArray[np.intp]) -> dict[str, NDArray[np.float64]]:
        """How much each column, in the flow and those before it, adds to the novelty.

        Integrated gradients (Sundararajan, Taly and Yan, ICML 2017) of −log P(benign), from flows
        that are average in every column to these. Of one point of the path, its middle, deletion
        says the same as of sixteen. Flows are rounded first: those of a flood are few then.

        Args:
            flows: a batch.
            rows: int [k], numbers among the rows that are not carried.
        """
        scaling, network = self._fitted()
        columns = self.needs.columns
        steps = np.round(_steps(scaling, flows) / _GRAIN) * np.float32(_GRAIN)
        sequences = _sequences(steps, self._history(flows)[rows])
        alike = np.ascontiguousarray((sequences / _GRAIN).astype(np.int8)).reshape(len(rows), -1)
        _, first, place = np.unique(alike, axis=0, return_index=True, return_inverse=True)
        benign = int(self._known[: list(self.families).index(BENIGN)].sum())
        known = np.flatnonzero(self._known)
        parts = score_in_blocks(
            lambda block: _integrated_gradients(network, block, len(columns), known, benign),
            sequences[first],
            _EXPLAINED_ROWS,
        )[place.reshape(-1)]
        return {name: parts[:, i].astype(np.float64) for i, name in enumerate(columns)}

    def to(self, device: str) -> None:
        """Moves the network."""
        self._fitted()[1].to(device)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The scaling's tables, which families were seen, the network's weights."""
        scaling, network = self._fitted()
        return {
            **scaling.to_arrays(),
            "known": self._known.astype(np.uint8),
            **weights_of(network),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], **parameters: Any) -> Self:
        """From `to_arrays()`.

        Raises:
            ValueError: an array is missing or of a wrong shape.
        """
        detector = cls(**parameters)
        known = arrays.get("known")
        if known is None or known.shape != (len(detector.families),):
            raise ValueError("array 'known' must tell of each family whether it was learned")
        detector._known = known.astype(np.bool_)
        if not detector._known[list(detector.families).index(BENIGN)]:
            raise ValueError("array 'known' says that benign flows were never learned")
        detector._scaling = Scaling.from_arrays(arrays, detector.needs.columns)
        detector._network = restored(detector._new_network, arrays)
        return detector

    def _given(
        self, flows: FlowBatch, families: NDArray[Any] | None
    ) -> tuple[NDArray[Any], NDArray[np.float64]]:
        """Families and weights of the flows that are not carried."""
        n = len(flows) - flows.carried
        if n < 1:
            raise ValueError("the lstm needs flows to learn from")
        names = np.full(n, BENIGN, object) if families is None else families
        strange = sorted(set(names) - set(self.families))
        if strange:
            raise ValueError(f"the lstm knows no family {strange[0]!r}")
        if BENIGN not in names:
            raise ValueError("the lstm needs benign flows to tell the families from")
        if (names == BENIGN).all():
            # Of one class every probability is 1, and every flow as novel as any.
            raise ValueError("the lstm tells families apart, and all flows are benign")
        return names, np.ones(n) if flows.weight is None else flows.weight[flows.carried :]

    def _learn(
        self,
        flows: FlowBatch,
        names: NDArray[Any],
        weight: NDArray[np.float64],
        begin: Callable[[], torch.nn.Module],
        rate: float,
    ) -> None:
        import torch

        assert self._scaling is not None
        place = {family: i for i, family in enumerate(self.families)}
        truth = np.array([place[name] for name in names], np.int64)
        sequences = _sequences(_steps(self._scaling, flows), self._history(flows))
        sequences, truth, weight = oversample(
            sequences, truth, weight, self.smote_rows, np.random.default_rng(self.seed)
        )
        self._known = self._known | (np.bincount(truth, minlength=len(self.families)) > 0)
        shares = _balanced(truth, weight)
        given, wanted = torch.from_numpy(sequences), torch.from_numpy(truth)
        share = torch.from_numpy(shares.astype(np.float32))
        with deterministic(self.seed) as generator:
            network = begin()

            def loss(rows: torch.Tensor) -> torch.Tensor:
                logits = network(given[rows])
                each = torch.nn.functional.cross_entropy(logits, wanted[rows], reduction="none")
                return (each * share[rows]).mean()

            fit_batches(
                network,
                loss,
                len(given),
                epochs=self.epochs,
                batch_rows=256,
                learning_rate=rate,
                generator=generator,
            )
        self._network = network

    def _history(self, flows: FlowBatch) -> NDArray[np.int32]:
        if flows.history is None or flows.history.shape[1] != self.length:
            raise ValueError(f"the lstm needs a history of {self.length} flows")
        history: NDArray[np.int32] = flows.history[flows.carried :]
        return history

    def _new_network(self) -> torch.nn.Module:
        from netad_detectors.attention import AttentionNetwork

        width = padded_width(len(self.needs.columns) + 1)
        return AttentionNetwork(width, self.hidden, len(self.families))

    def _fitted(self) -> tuple[Scaling, torch.nn.Module]:
        if self._scaling is None or self._network is None:
            raise ValueError("the lstm has not been fitted")
        return self._scaling, self._network


def _steps(scaling: Scaling, flows: FlowBatch) -> NDArray[np.float32]:
    """float32 [m + 1, width]: of m flows a step each, its last column 1; then an empty step.

    The number −1 of a history, none, so names the empty step.
    """
    columns = len(scaling.columns)
    steps = np.zeros((len(flows) + 1, padded_width(columns + 1)), np.float32)
    steps[:-1, :columns] = scaling(flows)[:, :columns]
    steps[:-1, -1] = 1.0
    return steps


def _sequences(steps: NDArray[np.float32], history: NDArray[np.int32]) -> NDArray[np.float32]:
    """float32 [n, L, width]: the steps that histories name."""
    return steps[history]


def _balanced(truth: NDArray[np.int64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights in which each class weighs the square root of its share, mean 1."""
    totals = np.bincount(truth, weights=weight)
    totals = totals / totals.sum()
    shares = weight / np.sqrt(np.maximum(totals, 1e-12))[truth]
    result: NDArray[np.float64] = shares / shares.mean()
    return result


def _integrated_gradients(
    network: torch.nn.Module,
    sequences: NDArray[np.float32],
    columns: int,
    known: NDArray[np.intp],
    benign: int,
) -> NDArray[np.float32]:
    """float32 [n, columns]: summed over the steps of each sequence [n, L, width].

    Args:
        network: gives logits of all families.
        sequences: scaled columns, and behind them the mark of a flow, which stays.
        columns: how many of the width are columns.
        known: places of the families that count.
        benign: place of benign among these.
    """
    import torch

    device = next(network.parameters()).device
    given = torch.from_numpy(sequences).to(device)
    middle = given.clone()
    middle[:, :, :columns] *= 0.5
    middle.requires_grad_(True)
    logits = network(middle)[:, torch.from_numpy(known).to(device)]
    novelty = -torch.log_softmax(logits, dim=1)[:, benign]
    (gradient,) = torch.autograd.grad(novelty.sum(), middle)
    parts: NDArray[np.float32] = (gradient * given)[:, :, :columns].sum(dim=1).cpu().numpy()
    return parts
