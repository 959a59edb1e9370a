"""The methods that tables compare, cheapest first: detectors with the parameters of a paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from netad_pcap.detection import installed_detectors

__all__ = ["METHODS", "MOST_LEARNED", "Method"]


@dataclass(frozen=True)
class Method:
    """A detector as a table runs it.

    Attributes:
        name: of the row, and of the method on the command line.
        detectors: names of installed detectors; several are fused (`fused.Fused`).
        rows: to learn from at most, stratified; None: all. What takes hours on two cores by
            itself is capped, and the page says so.
        parameters: other than the defaults, of every detector that has them.
        binary: all attacks are one class while learning, so no classes are told.
        alone: it learns its score from benign rows alone, though it names families.
        revision: raised when its code changes what it gives: cells of before are computed again.
    """

    name: str
    detectors: tuple[str, ...]
    rows: int | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    binary: bool = False
    alone: bool = False
    revision: int = 0


_DISTRIBUTION = "netad-pcap"
#: They read context, which tables of flows do not have.
_OF_CONTEXT = ("behaviour", "names")
#: What evaluation.md allows a cell of the table of all methods.
MOST_LEARNED = 30_000

_TABLE = (
    Method("hbos", ("hbos",)),
    Method("ecod", ("ecod",)),
    Method("pca", ("pca",)),
    Method("naive_bayes", ("naive_bayes",)),
    Method("decision_tree", ("decision_tree",)),
    Method("isolation_forest", ("isolation_forest",)),
    Method("gradient_boosting", ("gradient_boosting",)),
    Method(
        "boosting_longer",
        ("gradient_boosting",),
        None,
        {"rounds": 300, "learning_rate": 0.1, "least_rows": 20, "penalty": 0.0},
    ),
    Method(
        "boosting_binary",
        ("gradient_boosting",),
        None,
        {"learning_rate": 0.1, "least_rows": 20, "penalty": 0.0},
        binary=True,
    ),
    Method("random_forest", ("random_forest",)),
    Method("extra_trees", ("extra_trees",)),
    Method("balanced_forest", ("random_forest",), None, {"balance": 0.5}),
    Method("autoencoder", ("autoencoder",), None, {"epochs": 20}),
    Method("sparse_autoencoder", ("sparse_autoencoder",), None, {"epochs": 20}),
    Method("denoising_autoencoder", ("denoising_autoencoder",), None, {"epochs": 20}),
    Method("contractive_autoencoder", ("contractive_autoencoder",), None, {"epochs": 20}),
    Method("autoencoder_ensemble", ("autoencoder_ensemble",), MOST_LEARNED, {"epochs": 20}),
    Method("variational_autoencoder", ("variational_autoencoder",), None, {"epochs": 20}),
    Method("adversarial_autoencoder", ("adversarial_autoencoder",), None, {"epochs": 20}),
    Method(
        "fused",
        ("gradient_boosting", "random_forest", "sparse_autoencoder"),
        None,
        {"epochs": 20},
    ),
    Method("stacked", ("stacked",), MOST_LEARNED),
    Method("one_class_svm", ("one_class_svm",)),
    Method("gan", ("gan",), MOST_LEARNED),
    Method("knn", ("knn",), MOST_LEARNED),
    Method("mlp", ("mlp",), MOST_LEARNED),
    Method("encoder_classifier", ("encoder_classifier",), MOST_LEARNED),
    Method("svm", ("svm",)),
    Method(
        "convolutional_autoencoder", ("convolutional_autoencoder",), MOST_LEARNED, {"epochs": 10}
    ),
    Method("cnn", ("cnn",), MOST_LEARNED),
    Method("lstm_plain", ("lstm_plain",), MOST_LEARNED, {"epochs": 5}),
    Method("lstm", ("lstm",), MOST_LEARNED, revision=1),
    Method("lstm_autoencoder", ("lstm_autoencoder",), MOST_LEARNED, {"epochs": 5}),
    Method("cnn_lstm", ("cnn_lstm",), MOST_LEARNED, {"epochs": 10}),
    Method("three_layers", ("three_layers",), MOST_LEARNED, {"epochs": 5}),
    Method("lstm_attention", ("lstm_attention",), MOST_LEARNED, {"epochs": 5}),
)


def _others() -> tuple[Method, ...]:
    """Our detectors that no row names, with their defaults: the next one needs no row here."""
    named = {name for method in _TABLE for name in method.detectors}
    ours = [d.name for d in installed_detectors() if d.distribution == _DISTRIBUTION]
    return tuple(
        Method(name, (name,), MOST_LEARNED)
        for name in ours
        if name not in named and name not in _OF_CONTEXT
    )


METHODS: Mapping[str, Method] = MappingProxyType(
    {method.name: method for method in (*_TABLE, *_others())}
)
