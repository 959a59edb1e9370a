"""Every method on every set, in one table: papers' tables, public captures, networks of the lab.

A study is a set of flows and a protocol; a cell is a study, a method and a seed. Cells learn
from at most 30,000 rows, so that all of it can be made again in some hours; the protocols in full
are `reproduction`'s.
"""

from __future__ import annotations

from netad_pcap.training.survey.methods import SURVEYED
from netad_pcap.training.survey.run import SEEDS, survey
from netad_pcap.training.survey.studies import STUDIES

__all__ = ["SEEDS", "STUDIES", "SURVEYED", "survey"]
