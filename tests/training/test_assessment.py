"""`evaluate`: splits, traffic seen twice, figures per capture and per source before any pooling."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from netad_pcap.errors import ModelError, UsageError
from netad_pcap.training.assessment import evaluate
from netad_pcap.training.figures_text import figures_text
from tests.training.tables import BARE, write_table

NAMES = ("browsing_dns.pcap", "port_scan.pcap", "syn_flood.pcap")


@pytest.fixture(scope="module")
def truth(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    lines = ["capture,src,dst,src_port,dst_port,protocol,start,end,family,tool,source"]
    for name in NAMES:
        file = samples / Path(name).with_suffix(".truth.csv").name
        lines += file.read_text(encoding="utf-8").splitlines()[1:]
    path = tmp_path_factory.mktemp("truth") / "truth.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def _evaluate(samples: Path, truth: str, model: Path, **choices: Any) -> dict[str, Any]:
    captures = [str(samples / name) for name in NAMES]
    return evaluate(captures, truth, models=[str(model)], fpr=0.05, **choices)


def test_captures_of_one_source_are_held_against_each_other_on_request(
    samples: Path, truth: str, model: Path
) -> None:
    by_source = _evaluate(samples, truth, model)
    assert "auc" not in by_source["figures"]["fused"]["scan"]
    by_capture = _evaluate(samples, truth, model, split="capture")
    scan = by_capture["figures"]["fused"]["scan"]
    assert {"auc", "pr_auc", "recall_0.1", "recall", "recall_5"} < set(scan)
    rows = by_capture["per_capture"]["fused"]
    assert {Path(row["capture"]).name for row in rows} == set(NAMES)
    (source,) = by_capture["per_source"]["fused"]
    told = next(row for row in rows if row["family"] == "scan")
    assert by_capture["per_source"]["fused"][source]["scan"]["auc"] == told["auc"]
    assert by_capture["confusion"]["scan"]
    assert by_capture["alarms_per_hour"]["hours"] > 0
    json.dumps(by_capture, allow_nan=False)


def test_rows_at_random_flatter_and_that_is_said(samples: Path, truth: str, model: Path) -> None:
    told = _evaluate(samples, truth, model, split="rows")
    assert any(remark.startswith("rows split at random") for remark in told["remarks"])
    assert "rows split at random" in figures_text(told)
    assert told["captures"] == len(NAMES)


def test_a_copy_counts_once(samples: Path, truth: str, model: Path, tmp_path: Path) -> None:
    copy = tmp_path / NAMES[1]
    shutil.copy(samples / NAMES[1], copy)
    captures = [str(samples / name) for name in NAMES] + [str(copy)]
    told = evaluate(captures, truth, models=[str(model)], fpr=0.05)
    assert told["captures"] == len(NAMES)
    assert told["duplicates"]["captures"] == {str(copy): captures[1]}
    assert told["duplicates"]["flows"] > 400
    assert told["left_out"] == []
    assert "seen before and left out" in figures_text(told)


def test_detectors_are_fitted_in_turns_on_tables(tmp_path: Path) -> None:
    labels = ["Benign"] * 60 + ["DDoS"] * 30
    clean = [write_table(tmp_path / f"c{i}.csv", ["Benign"] * 80, without=BARE, seed=i + 50)
             for i in range(5)]  # fmt: skip
    mixed = [write_table(tmp_path / f"m{i}.csv", labels, without=BARE, seed=i) for i in range(5)]
    told = evaluate(
        [str(path) for path in (*clean, *mixed)], None, tables=True,
        detectors=["autoencoder"], fpr=0.1,
    )  # fmt: skip
    assert told["fitted_in_turns"] == ["autoencoder"]
    assert told["figures"]["autoencoder"]["ddos"]["auc"]["captures"] == 5
    assert list(told["pooled"]) == ["autoencoder", "fused"]  # p-values, whatever the turn
    assert "autoencoder fitted in turns" in figures_text(told)


def test_what_is_asked_must_fit_together(samples: Path, truth: str) -> None:
    with pytest.raises(UsageError, match="no split 'day'"):
        evaluate([], truth, split="day")
    with pytest.raises(UsageError, match="not both"):
        evaluate([], truth, models=["a"], detectors=["lstm"])
    with pytest.raises(UsageError, match="--profile cic-2018: a model has a profile already"):
        evaluate([], truth, models=["a"], profile="cic-2018")
    with pytest.raises(UsageError, match="--profile cic-2018: flow tables have a profile"):
        evaluate([], None, tables=True, detectors=["lstm"], profile="cic-2018")


def test_thresholds_by_rules_are_told_with_what_they_reached(
    samples: Path, truth: str, model: Path
) -> None:
    told = _evaluate(samples, truth, model, split="capture", thresholds=["quantile", "youden"])
    assert "recall_quantile" in told["figures"]["fused"]["scan"]
    how = told["thresholds"]["fused"]["youden"]
    assert {Path(group).name for group in how} == set(NAMES)
    text = figures_text(told)
    assert "threshold by a rule" in text
    # No other capture is clean: nothing to hold the quiet one against.
    assert "no clean capture of another group" in text
    with pytest.raises(UsageError, match="--threshold magic: no such rule"):
        _evaluate(samples, truth, model, thresholds=["magic"])


def test_a_rule_whose_condition_is_met_nowhere_is_an_error(
    samples: Path, truth: str, model: Path
) -> None:
    with pytest.raises(ModelError, match=r"--threshold spot: .*0\.002 at most"):
        _evaluate(samples, truth, model, split="capture", thresholds=["spot"])
