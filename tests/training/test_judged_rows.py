from __future__ import annotations

import itertools

import numpy as np

from netad_pcap.families import BENIGN
from netad_pcap.hosts import FINDING_DECADES, FindingBook
from netad_pcap.training.duplicates import Duplicates
from netad_pcap.training.grouping import Grouping
from netad_pcap.training.judged_rows import FUSED, JudgedRows
from tests.report.maker import incident
from tests.scored_flows import scored_flows


def test_what_is_measured_is_the_score_of_a_report_not_of_the_flow_alone() -> None:
    scored = scored_flows(incident())
    rows = JudgedRows(FindingBook())
    for begin, end in itertools.pairwise((0, 310, 330, len(scored))):
        part = scored.take(slice(begin, end))
        rows.append(part, np.full(end - begin, BENIGN, object), Duplicates())
    judged = rows.by_method("c.pcap", "lab", Grouping("source", None))
    fused = judged[FUSED]
    assert fused.finding is not None
    assert fused.finding.any()
    assert not fused.finding.all()
    np.testing.assert_allclose(fused.score, scored.score + FINDING_DECADES * fused.finding)
    np.testing.assert_array_equal(judged["autoencoder"].score, scored.novelty[:, 0])
