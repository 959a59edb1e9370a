from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netad_pcap.errors import OutputError
from netad_pcap.report.spool import Spool
from tests.scored_flows import quiet, scored_flows


def _finding(n: int) -> Any:
    return np.full(n, -1, dtype="i4")


def test_rows_come_back_equal(tmp_path: Path) -> None:
    scored = scored_flows(quiet(100), reasons={3: ("a", "b"), 7: ("unflagged",), 99: ("c",)})
    with Spool(tmp_path) as spool:
        spool.append(scored.take(slice(0, 40)), _finding(40))
        spool.append(scored.take(slice(40, 100)), _finding(60))
        spool.amend(np.array([3, 99]), np.array([1, 1], dtype="i4"))
        parts = list(spool.rows())
        assert [part.first_row for part in parts] == [0, 40]
        for name, column in scored.flows.identity.items():
            got = np.concatenate([part.scored.flows.identity[name] for part in parts])
            assert got.dtype == column.dtype
            assert (got == column).all()
        for name, column in scored.flows.features.items():
            got = np.concatenate([part.scored.flows.features[name] for part in parts])
            np.testing.assert_array_equal(got, column)
        assert parts[0].scored.reasons == {3: ("a", "b")}
        assert parts[1].scored.reasons == {59: ("c",)}


def test_earlier_rows_are_amended() -> None:
    with Spool() as spool:
        for _ in range(3):
            spool.append(scored_flows(quiet(10)), _finding(10))
        spool.amend(np.array([25, 4]), np.array([2, 1], dtype="i4"))
        spool.amend(np.array([11]), np.array([3], dtype="i4"))
        found = np.concatenate([rows.finding for rows in spool.rows()])
    assert {i: found[i] for i in np.flatnonzero(found > 0)} == {4: 1, 11: 3, 25: 2}


def test_captures_of_batches_are_one_list() -> None:
    from dataclasses import replace

    first = scored_flows(quiet(5))
    second = replace(first, flows=replace(first.flows, captures=("other.pcap",)))
    with Spool() as spool:
        for scored in (first, second):
            spool.append(scored, _finding(5))
        parts = list(spool.rows())
        names = [p.scored.flows.captures[p.scored.flows.identity["capture"][0]] for p in parts]
    assert names == ["incident.pcapng", "other.pcap"]


def test_nothing_lies_beside_the_output(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append(scored_flows(quiet(5)), _finding(5))
    list(spool.rows())
    spool.close()
    assert not list(tmp_path.iterdir())


def test_no_flows_no_rows() -> None:
    with Spool() as spool:
        spool.append(scored_flows([]), _finding(0))
        assert list(spool.rows()) == []


def test_no_room_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    with Spool(tmp_path) as spool, pytest.raises(OutputError, match="make room there"):
        spool.append(scored_flows(quiet(5)), _finding(5))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_disk_that_fills_is_told_with_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> Any:
        return open("/dev/full", "w+b", buffering=0)  # noqa: PTH123

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    told = f"cannot keep the flows in {tmp_path} until the report is written"
    with Spool(tmp_path) as spool, pytest.raises(OutputError, match=re.escape(told)):
        spool.append(scored_flows(quiet(500)), _finding(500))


def test_text_with_broken_unicode_is_kept() -> None:
    from dataclasses import replace

    scored = scored_flows(quiet(2))
    text = {"server_name": np.array(["a\udc80", None], dtype=object)}
    with Spool() as spool:
        spool.append(replace(scored, flows=replace(scored.flows, text=text)), _finding(2))
        [rows] = spool.rows()
        assert rows.scored.flows.text["server_name"].tolist() == ["a\\udc80", None]


def test_names_that_come_afterwards_load_no_pandas() -> None:
    """It takes as long as a small capture."""
    program = (
        "import sys, numpy as np; from netad_pcap.report.spool import TEXT_COLUMNS, Spool\n"
        "with Spool() as spool:\n"
        "    spool.name(np.array([0]), {n: np.array(['a'], object) for n in TEXT_COLUMNS})\n"
        "sys.exit('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
