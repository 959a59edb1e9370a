"""The table of experiments."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from netad_pcap.training.reproduction.cic_experiments import CIC_EXPERIMENTS
from netad_pcap.training.reproduction.experiment import Experiment
from netad_pcap.training.reproduction.kdd_experiments import KDD_EXPERIMENTS

__all__ = ["EXPERIMENTS"]

EXPERIMENTS: Mapping[str, Experiment] = MappingProxyType(
    {experiment.name: experiment for experiment in (*KDD_EXPERIMENTS, *CIC_EXPERIMENTS)}
)
