"""The papers' tables: published protocols and honest ones, by one command, resumable.

A cell is an experiment, a method and a seed; each is computed once and kept as a file. A page is
made of the cells that are there, and says which are not.
"""

from __future__ import annotations

from netad_pcap.training.reproduction.experiments import EXPERIMENTS
from netad_pcap.training.reproduction.methods import METHODS
from netad_pcap.training.reproduction.run import reproduce

__all__ = ["EXPERIMENTS", "METHODS", "reproduce"]
