"""Each network tells families apart; the filter's third layer speaks where two disagree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from netad_detectors.classifiers.cnn import CNN
from netad_detectors.classifiers.cnn_lstm import CNNLSTM
from netad_detectors.classifiers.encoder import EncoderClassifier
from netad_detectors.classifiers.lin_ye_xu import LinYeXu
from netad_detectors.classifiers.mlp import MLP
from netad_detectors.classifiers.plain_lstm import PlainLSTM
from netad_detectors.classifiers.three_layers import ThreeLayers

from netad_pcap.testing import make_flows

FAMILIES = ("benign", "dos", "scan")
KINDS: list[Any] = [CNN, CNNLSTM, EncoderClassifier, LinYeXu, MLP, PlainLSTM]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_families_are_told_apart(kind: Any) -> None:
    detector = kind(**{**kind.check_parameters, "epochs": 20}, families=FAMILIES)
    given: dict[str, Any] = {
        "history": detector.needs.history, "attacks": FAMILIES[1:], "attack_share": 0.5,
    }  # fmt: skip
    flows, other = make_flows(400, 1, **given), make_flows(300, 2, **given)
    scores = detector.fit(flows, flows.text["family"]).score(other)
    assert scores.probabilities is not None
    named = np.array(FAMILIES, object)[scores.probabilities.argmax(axis=1)]
    assert (named == other.text["family"]).mean() > 0.9


def test_the_filter_asks_its_forest_where_two_disagree() -> None:
    given: dict[str, Any] = {"attacks": FAMILIES[1:], "attack_share": 0.5}
    flows, other = make_flows(400, 1, **given), make_flows(300, 2, **given)
    detector = ThreeLayers(**{**ThreeLayers.check_parameters, "epochs": 1}, families=FAMILIES)
    detector.fit(flows, flows.text["family"])
    layers = {name: layer.score(other).probabilities for name, layer in detector._members.items()}
    differ = layers["knn"].argmax(axis=1) != layers["cnn_lstm"].argmax(axis=1)
    assert 0 < differ.sum() < len(other)
    found = detector.score(other).probabilities
    assert found is not None
    np.testing.assert_array_equal(found[differ], layers["forest"][differ])
    mean = (layers["knn"] + layers["cnn_lstm"]) / 2
    np.testing.assert_array_equal(found[~differ], mean[~differ])


def test_the_encoder_learns_without_the_labels() -> None:
    flows = make_flows(200, 1, attacks=FAMILIES[1:], attack_share=0.5)
    names = flows.text["family"]
    turned = np.where(names == "dos", "scan", np.where(names == "scan", "dos", names))
    given: dict[str, Any] = {**EncoderClassifier.check_parameters, "families": FAMILIES}
    first, second = (
        EncoderClassifier(**given).fit(flows, families.astype(object)).to_arrays()
        for families in (names, turned)
    )
    # Equal class weights, so equal codes; what reads them differs.
    share = {name: (names == name).sum() for name in FAMILIES[1:]}
    close = abs(share["dos"] - share["scan"]) / len(names)
    assert close < 0.1
    np.testing.assert_allclose(first["network.1.weight"], second["network.1.weight"], atol=0.05)
    assert not np.allclose(first["network.7.weight"], second["network.7.weight"], atol=1e-4)
