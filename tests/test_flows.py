from __future__ import annotations

import numpy as np

from netad_pcap.flows import FlowBatch
from netad_pcap.testing import make_flows


def test_a_row_of_the_matrix_adds_up_to_the_same_bits_by_itself() -> None:
    flows = make_flows(50, 3)
    names = [n for n, column in flows.features.items() if np.isfinite(column).all()]
    assert len(names) > 16
    together = np.log1p(np.abs(flows.matrix(names))).sum(axis=1)
    apart = [np.log1p(np.abs(flows.take(slice(i, i + 1)).matrix(names))).sum() for i in range(50)]
    np.testing.assert_array_equal(together, apart)


def test_a_matrix_of_no_columns_has_the_rows() -> None:
    assert FlowBatch(None, {"a": np.arange(3)}).matrix(()).shape == (3, 0)
