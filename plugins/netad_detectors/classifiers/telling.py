"""What every network that tells families apart shares: classes, weights, fitting, scoring.

A method's module says which network it is (`_new_network`): sequences [n, L, width] to logits
[n, classes]. A method of single flows reads sequences of one step.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from netad_detectors.classifiers.explaining import explained
from netad_detectors.families import balanced, known_from, scores_of, truth_of
from netad_detectors.networks import Pace, answer, deterministic, fit_batches, restored, weights_of
from netad_detectors.preprocessing import Scaling
from netad_detectors.reading import Naming
from netad_detectors.smote import oversample
from netad_detectors.windows import Windows, step_width
from netad_pcap.detection import Scores, score_in_blocks
from netad_pcap.families import BENIGN
from netad_pcap.flows import FlowBatch

if TYPE_CHECKING:
    import torch

__all__ = ["Telling", "TellingSequences"]

_BLOCK_ROWS = 512
#: Of weights that are there already: the rate as a share of the first.
_ADAPT_RATE = 0.25


@dataclass(kw_only=True, eq=False)
class Telling(Naming, ABC):
    """Benign against the families.

    Args:
        hidden: width of the layers.
        epochs: passes over the training flows.
        learning_rate: of Adam, at the beginning.
        batch_rows: flows per step.
        smote_rows: classes with fewer flows are filled up to so many; 0: none is.
        dropout: share of the columns that a sequence hides while the network learns, so that it
            relies on no single one (Srivastava et al., Dropout, JMLR 15, 2014).
    """

    check_parameters: ClassVar[dict[str, Any]] = {
        "epochs": 5, "hidden": 16, "smote_rows": 60, "learning_rate": 0.01,
    }  # fmt: skip

    hidden: int = 64
    epochs: int = 20
    learning_rate: float = 1e-3
    batch_rows: int = 256
    smote_rows: int = 0
    dropout: float = 0.0
    _network: torch.nn.Module | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        if not 0 <= self.dropout < 1:
            raise ValueError("dropout must be a share below 1")
        super().__post_init__()

    def fit(self, flows: FlowBatch, families: NDArray[Any] | None = None) -> Self:
        """Learns the families; of benign flows alone there is nothing to learn."""
        truth, weight = truth_of(flows, families, self.families, self.name)
        own = flows.without_carried()
        self._scaling = Scaling.fit(own, weight, self._reads, self.scaling)
        self._known = np.zeros(len(self.families), np.bool_)
        self._learn(flows, truth, weight, self._new_network, self.learning_rate)
        return self

    def adapt(self, flows: FlowBatch, families: NDArray[Any] | None = None) -> Self:
        """Goes on from the weights that it has, in their scaling, with smaller steps."""
        network = self._fitted()[1]
        truth, weight = truth_of(flows, families, self.families, self.name)
        self._learn(flows, truth, weight, lambda: network, self.learning_rate * _ADAPT_RATE)
        return self

    def score(self, flows: FlowBatch) -> Scores:
        """Novelty −log P(benign), and the probabilities of all families."""
        scaling, network = self._fitted()
        windows = Windows.of(flows, scaling, self._length(), self.name)
        # Sequences are put together block by block: all of them at once would be ten batches.
        logits = score_in_blocks(
            lambda history: answer(network, windows(history)), windows.history, _BLOCK_ROWS
        )
        return scores_of(logits[:, self._known].astype(np.float64), self._known, self.families)

    def explain(
        self, flows: FlowBatch, rows: NDArray[np.intp], usual: Mapping[str, float]
    ) -> dict[str, NDArray[np.float64]]:
        """How much each column, in the flow and those before it, adds to the novelty, next to its
        usual value.

        Args:
            flows: a batch.
            rows: int [k], numbers among the rows that are not carried.
            usual: by column, its usual value; one that is not named counts as average.
        """
        scaling, network = self._fitted()
        windows = Windows.of(flows, scaling, self._length(), self.name)
        known = np.flatnonzero(self._known)
        benign = int(self._known[: list(self.families).index(BENIGN)].sum())
        parts = explained(network, windows, rows, known, benign, scaling.cells_of(usual))
        return scaling.by_column(parts)

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
        detector._known = known_from(arrays, detector.families)
        detector._scaling = Scaling.from_arrays(arrays, detector._reads, detector.scaling)
        detector._network = restored(detector._new_network, arrays)
        return detector

    def _learn(
        self,
        flows: FlowBatch,
        truth: NDArray[np.int64],
        weight: NDArray[np.float64],
        begin: Callable[[], torch.nn.Module],
        rate: float,
    ) -> None:
        import torch

        assert self._scaling is not None
        windows = Windows.of(flows, self._scaling, self._length(), self.name)
        sequences, truth, weight = oversample(
            windows(windows.history),
            truth,
            weight,
            self.smote_rows,
            np.random.default_rng(self.seed),
            len(self._scaling.numbers),
        )
        self._known = self._known | (np.bincount(truth, minlength=len(self.families)) > 0)
        given, wanted = torch.from_numpy(sequences), torch.from_numpy(truth)
        share = torch.from_numpy(balanced(truth, weight).astype(np.float32))
        with deterministic(self.seed) as generator:
            network = begin()
            self._train(network, given, wanted, share, generator, Pace(self.epochs, rate))
        self._network = network.eval()

    @abstractmethod
    def _new_network(self) -> torch.nn.Module:
        """The network with its first weights; `forward` gives logits of all `families`."""

    def _train(
        self,
        network: torch.nn.Module,
        given: torch.Tensor,
        wanted: torch.Tensor,
        share: torch.Tensor,
        generator: torch.Generator,
        pace: Pace,
    ) -> None:
        """Fits the network by weighted cross-entropy; `share` are the rows' weights, mean 1."""
        from torch.nn.functional import cross_entropy

        def loss(rows: torch.Tensor) -> torch.Tensor:
            seen = self._hidden_in_part(given[rows])
            each = cross_entropy(network(seen), wanted[rows], reduction="none")
            return (each * share[rows]).mean()

        fit_batches(
            network,
            loss,
            len(given),
            epochs=pace.epochs,
            batch_rows=self.batch_rows,
            learning_rate=pace.rate,
            generator=generator,
        )

    def _hidden_in_part(self, sequences: torch.Tensor) -> torch.Tensor:
        """Sequences [n, L, width] without some columns, the same in all steps of one; what is
        left is larger by as much. The last cell, whether there is a flow, stays."""
        import torch

        if not self.dropout:
            return sequences
        shape = [len(sequences), *(1 for _ in sequences.shape[2:]), sequences.shape[-1]]
        mask = (torch.rand(shape) >= self.dropout).float() / (1.0 - self.dropout)
        mask[..., -1] = 1.0
        return sequences * mask

    def _length(self) -> int:
        """How many flows a sequence holds."""
        return 1

    def _width(self) -> int:
        """How wide a step is."""
        return step_width(self._cells())

    def _fitted(self) -> tuple[Scaling, torch.nn.Module]:
        if self._scaling is None or self._network is None:
            raise ValueError(f"the {self.name} has not been fitted")
        return self._scaling, self._network


@dataclass(kw_only=True, eq=False)
class TellingSequences(Telling):
    """Benign against the families, from a flow and those before it of the same source.

    Args:
        length: how many flows a sequence holds, the flow itself included.
    """

    check_parameters: ClassVar[dict[str, Any]] = {
        **Telling.check_parameters, "length": 4,
    }  # fmt: skip

    length: int = 10
    epochs: int = 5

    def __post_init__(self) -> None:
        super().__post_init__()
        self.needs = replace(self.needs, history=self.length)

    def _length(self) -> int:
        return self.length
