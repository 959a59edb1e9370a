"""The table of studies."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from netad_pcap.training.survey.capture_studies import CAPTURE_STUDIES
from netad_pcap.training.survey.study import Study
from netad_pcap.training.survey.table_studies import TABLE_STUDIES

__all__ = ["STUDIES"]

_TABLE: tuple[Study, ...] = (*TABLE_STUDIES, *CAPTURE_STUDIES)

STUDIES: Mapping[str, Study] = MappingProxyType({study.name: study for study in _TABLE})
