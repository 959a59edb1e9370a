"""Each kind of autoencoder finds what is unlike, says by what, and reads symbols."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from netad_detectors.autoencoders.adversarial import AdversarialAutoencoder
from netad_detectors.autoencoders.contractive import ContractiveAutoencoder
from netad_detectors.autoencoders.convolutional import ConvolutionalAutoencoder
from netad_detectors.autoencoders.deep import Autoencoder
from netad_detectors.autoencoders.denoising import DenoisingAutoencoder
from netad_detectors.autoencoders.ensemble import EnsembleAutoencoder, grouped
from netad_detectors.autoencoders.recurrent import RecurrentAutoencoder
from netad_detectors.autoencoders.sparse import SparseAutoencoder
from netad_detectors.autoencoders.variational import VariationalAutoencoder
from netad_detectors.gan import GAN

from netad_pcap.flows import FlowBatch
from netad_pcap.testing import make_flows

KINDS: list[Any] = [
    AdversarialAutoencoder, Autoencoder, ContractiveAutoencoder, ConvolutionalAutoencoder,
    DenoisingAutoencoder, EnsembleAutoencoder, RecurrentAutoencoder, SparseAutoencoder,
    VariationalAutoencoder,
]  # fmt: skip


def with_symbol(flows: FlowBatch, code: int) -> FlowBatch:
    return replace(flows, features={**flows.features, "service": np.full(len(flows), float(code))})


@pytest.mark.parametrize("kind", [*KINDS, GAN], ids=lambda kind: kind.name)
def test_a_symbol_never_seen_is_unlike_and_said_to_be(kind: Any) -> None:
    # The ensemble learns twice, and slowly: sigmoids.
    epochs = 150 if kind is EnsembleAutoencoder else 30
    columns = {"Flow Duration": 0, "Tot Fwd Pkts": 0, "Tot Bwd Pkts": 0, "service": 4}
    detector = kind(columns=columns, **{**kind.check_parameters, "epochs": epochs})
    length = detector.needs.history
    detector.fit(with_symbol(make_flows(300, 1, history=length), 1))
    usual, strange = (
        detector.score(with_symbol(make_flows(100, 2, history=length), code)) for code in (1, 3)
    )
    assert np.median(strange.novelty) > np.median(usual.novelty)
    assert set(strange.contributions) == set(columns)
    more = {name: np.mean(strange.contributions[name] - usual.contributions[name])
            for name in columns}  # fmt: skip
    assert max(more, key=lambda name: more[name]) == "service"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_contributions_sum_to_the_score(kind: Any) -> None:
    detector = kind(**kind.check_parameters)
    flows = make_flows(60, 1, history=detector.needs.history)
    scores = detector.fit(flows).score(flows)
    total = np.sum(list(scores.contributions.values()), axis=0)
    np.testing.assert_allclose(total, scores.novelty, rtol=1e-5, atol=1e-7)


def test_columns_that_move_together_are_one_group() -> None:
    random = np.random.default_rng(0)
    causes = random.standard_normal((500, 3))
    matrix = np.repeat(causes, 4, axis=1) + 0.1 * random.standard_normal((500, 12))
    groups = [set(row[row >= 0]) for row in grouped(matrix.astype(np.float32), 5)]
    assert sorted(map(sorted, groups)) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]


def test_a_sparse_code_is_sparser_than_a_free_one() -> None:
    def activity(penalty: float) -> float:
        import torch

        detector = SparseAutoencoder(epochs=40, penalty=penalty).fit(make_flows(300, 1))
        network, scaling = detector._network, detector._scaling
        assert isinstance(network, torch.nn.Sequential)
        assert scaling is not None
        with torch.no_grad():
            return float(network[:4](torch.from_numpy(scaling(make_flows(300, 2)))).mean())

    assert activity(0.05) < 0.7 * activity(0.0)


def test_a_contractive_code_moves_less() -> None:
    def slope(penalty: float) -> float:
        import torch

        detector = ContractiveAutoencoder(epochs=40, penalty=penalty).fit(make_flows(300, 1))
        network, scaling = detector._network, detector._scaling
        assert isinstance(network, torch.nn.Sequential)
        assert scaling is not None
        given = torch.from_numpy(scaling(make_flows(50, 2)))
        with torch.no_grad():
            moved = network[:4](given + 0.01) - network[:4](given)
        return float(moved.abs().mean())

    assert slope(0.1) < 0.8 * slope(0.0)


def test_the_mix_of_the_gan_is_convex() -> None:
    flows = make_flows(80, 1)
    given: dict[str, Any] = GAN.check_parameters
    ends = [GAN(**given, mix=mix).fit(flows).score(flows).novelty for mix in (0.0, 0.5, 1.0)]
    np.testing.assert_allclose(ends[1], (ends[0] + ends[2]) / 2, rtol=1e-6)
    for wrong in ({"mix": 1.5}, {"loss": "hinge"}):
        with pytest.raises(ValueError, match=r"mix|loss"):
            GAN(**wrong)


def test_the_two_losses_of_the_gan_differ() -> None:
    flows = make_flows(80, 1)
    given: dict[str, Any] = {**GAN.check_parameters, "mix": 0.0}
    first, second = (
        GAN(**given, loss=loss).fit(flows).score(flows).novelty
        for loss in ("cross_entropy", "feature_matching")
    )
    assert np.corrcoef(first, second)[0, 1] < 0.999
