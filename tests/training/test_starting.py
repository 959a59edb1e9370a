"""Warm start: a detector goes on from what a shipped one knows."""

from __future__ import annotations

import numpy as np
import pytest

from netad_pcap.errors import ModelError
from netad_pcap.schema import CONTEXT
from netad_pcap.testing import make_flows
from netad_pcap.training.starting import fitted_detector, given_parameters, shipped_weights


def test_a_few_flows_teach_more_from_shipped_weights_than_from_nothing() -> None:
    from netad_detectors.autoencoders.deep import Autoencoder

    start = shipped_weights(["autoencoder"], "cic-fixed")["autoencoder"]
    few, later = (
        make_flows(40, 1, "cic-fixed", context=tuple(CONTEXT)),
        make_flows(400, 2, "cic-fixed", context=tuple(CONTEXT)),
    )
    families = np.full(40, "benign", object)
    given = given_parameters(Autoencoder, "cic-fixed", {"seed": 1})
    warm, parameters = fitted_detector("autoencoder", few, families, given, start)
    assert parameters == {**start.parameters, "seed": 1}
    shipped = start.load("shipped").score(later).novelty
    assert np.median(warm.score(later).novelty) < np.median(shipped)
    again, _ = fitted_detector("autoencoder", few, families, given, start)
    np.testing.assert_array_equal(warm.score(later).novelty, again.score(later).novelty)


def test_what_cannot_be_started_from_is_named() -> None:
    with pytest.raises(ModelError, match=r"no shipped model holds .* for flows of cic-2018"):
        shipped_weights(["autoencoder"], "cic-2018")
    with pytest.raises(ModelError, match=r"no shipped model holds detector other"):
        shipped_weights(["other"], "cic-fixed")
