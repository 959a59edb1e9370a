"""A bundle that is trained in seconds, for tests of what surrounds it, not of how well it does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from netad_detectors.autoencoders.deep import Autoencoder
from netad_detectors.behaviour import Behaviour
from netad_detectors.classifiers.attention_lstm import AttentionLSTM

import netad_pcap
from benchmarks.synthetic import write_capture
from netad_pcap.context import ContextCounters, FlowHistory
from netad_pcap.detection import (
    Bundle,
    BundleDetector,
    Calibration,
    fit_baseline,
    read_bundle,
    write_bundle,
)
from netad_pcap.families import BENIGN
from netad_pcap.flows import FlowBatch, concatenate

PROFILE = "cic-fixed"


def write_small_bundle(path: Path, samples: Path, folder: Path) -> Path:
    """Fit our detectors for a moment on browsing, and calibrate them on synthetic traffic."""
    made = folder / "quiet.pcap"
    write_capture(made, 12_000, flows_open=100)
    quiet = _flows([samples / "browsing_dns.pcap", made])
    scan = _flows([samples / "port_scan.pcap"])
    autoencoder = Autoencoder(epochs=2, hidden=16, code=4).fit(quiet)
    both = concatenate([quiet, scan])
    labels = np.array([BENIGN] * len(quiet) + ["scan"] * len(scan), dtype=object)
    lstm = AttentionLSTM(epochs=1, hidden=8)
    behaviour = Behaviour().fit(both, labels)
    past, again = (FlowHistory(lstm.needs.history, lstm.needs.columns) for _ in range(2))
    lstm.fit(past.attach(both), labels)
    novelty = {
        "autoencoder": autoencoder.score(quiet).novelty,
        "lstm": lstm.score(again.attach(quiet)).novelty,
        "behaviour": behaviour.score(quiet).novelty,
    }
    columns = (*autoencoder.needs.columns, *behaviour.needs.context)
    bundle = Bundle(
        name="small",
        version="0",
        profile=PROFILE,
        clock="us",
        seed=0,
        detectors=(
            _entry("autoencoder", autoencoder, {"epochs": 2, "hidden": 16, "code": 4}),
            _entry("lstm", lstm, {"epochs": 1, "hidden": 8}),
            _entry("behaviour", behaviour, {}),
        ),
        baselines=(fit_baseline("tests", quiet, novelty, columns),),
    )
    write_bundle(bundle, path)
    return path


def write_two_baselines(path: Path, model: Path) -> Path:
    """The small bundle with a baseline `far`, which comes first and to which its traffic is
    strange, and its own as `near`, under which every p-value is larger."""
    small = read_bundle(model)
    (own,) = small.baselines
    far = replace(own, name="far", quantiles=1e9 + own.quantiles, highest=None)
    near = replace(
        own,
        name="near",
        calibration={name: _higher(one) for name, one in own.calibration.items()},
    )
    write_bundle(replace(small, baselines=(far, near)), path)
    return path


def _higher(calibration: Calibration) -> Calibration:
    return Calibration(calibration.scores + 1.0, calibration.at_least)


def _flows(captures: list[Path]) -> FlowBatch:
    batches = []
    for capture in captures:
        lately = ContextCounters(Behaviour().needs.context)
        metered = netad_pcap.meter(capture, profile=PROFILE, meter="native", open_flows=True)
        batches += [lately.attach(batch) for batch in metered]
    return concatenate(batches)


def _entry(name: str, detector: object, parameters: dict[str, object]) -> BundleDetector:
    arrays = detector.to_arrays()  # type: ignore[attr-defined]
    return BundleDetector(name, name, "netad-pcap", "0", parameters, arrays)
