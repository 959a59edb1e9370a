"""Several baselines: the first judges, the nearest is named and tells what is usual; or one that is
asked for judges alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.synthetic import write_capture
from netad_pcap.engine import analyze, drift
from netad_pcap.errors import UsageError
from netad_pcap.report import Report
from netad_pcap.report.summary import summary_lines
from tests.engine.bundles import write_two_baselines


@pytest.fixture(scope="module")
def two(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_two_baselines(tmp_path_factory.mktemp("two") / "two.netad", model)


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Traffic that the small bundle's own baseline is made of."""
    path = tmp_path_factory.mktemp("ordinary") / "ordinary.pcap"
    write_capture(path, 12_000, flows_open=100)
    return path


def _p_values(report: Report) -> list[float]:
    return [float(p) for rows in report.flows() for p in rows.scored.p_value]


def _text(report: Report) -> str:
    return "\n".join(line.plain for line in summary_lines(report))


def test_the_nearest_is_named_and_p_values_stay_those_of_the_first(
    model: Path, two: Path, ordinary: Path
) -> None:
    with analyze(ordinary, models=[model], apps="none") as report:
        alone = _p_values(report)
    with analyze(ordinary, models=[two], apps="none") as report:
        assert _p_values(report) == alone
        told = report.models[0].to_json()
        assert (told["baseline"], told["nearest"]) == ("far", "near")
        assert told["drift_is_high"]
        assert told["nearest_drift"] < 0.2 < told["drift"]
        text = _text(report)
        assert "baseline: far, nearest: near" in text
        assert "unlike the baseline far (drift" in text
        assert "It is like the baseline near (drift" in text
        assert "baseline" not in report.settings


def test_a_named_baseline_judges_alone_and_that_is_said(two: Path, ordinary: Path) -> None:
    with analyze(ordinary, models=[two], apps="none") as report:
        general = np.array(_p_values(report))
    with analyze(ordinary, models=[two], baseline="near", apps="none") as report:
        special = np.array(_p_values(report))
        model = report.models[0]
        assert (model.baseline, model.nearest, model.drift_is_high) == ("near", "near", False)
        assert model.drift == model.nearest_drift
        assert report.settings["baseline"] == "near"
        assert "judged by the baseline near, as asked" in _text(report)
        assert "read beforehand" not in report.seconds
    assert not np.array_equal(general, special)


def test_the_first_may_be_named_too(two: Path, samples: Path) -> None:
    with analyze(samples / "browsing_dns.pcap", models=[two], baseline="far") as report:
        assert (report.models[0].baseline, report.models[0].nearest) == ("far", "far")
        assert "nearest:" not in _text(report)


def test_where_traffic_is_like_none_the_first_is_used_for_all(two: Path, samples: Path) -> None:
    with analyze(samples / "port_scan.pcap", models=[two], apps="none") as report:
        assert (report.models[0].baseline, report.models[0].nearest) == ("far", "far")
        assert "It is like" not in _text(report)


def test_a_name_that_no_model_has_is_refused_with_those_there_are(two: Path, samples: Path) -> None:
    with pytest.raises(UsageError, match="'plant'; use one of nearest, own-bulk, far, near"):
        analyze(samples / "browsing_dns.pcap", models=[two], baseline="plant")


def test_of_several_models_one_with_the_name_is_enough(
    model: Path, two: Path, samples: Path
) -> None:
    with analyze(
        samples / "browsing_dns.pcap", models=[two, model], baseline="near", fpr=0.05
    ) as report:
        assert [record.baseline for record in report.models] == ["near", "tests"]


def test_drift_tells_which_judges_and_which_is_nearest(two: Path, ordinary: Path) -> None:
    (told,) = drift(ordinary, models=[two]).models
    assert (told.baseline, told.nearest) == ("far", "near")
    assert [baseline.name for baseline in told.baselines] == ["near", "far"]
    by_name = {baseline.name: baseline.drift for baseline in told.baselines}
    # p-values are qualified by the one that they are by; features stand beside the nearest.
    assert told.drift == by_name["far"]
    assert not told.population_holds
    assert np.mean([c.distance for c in told.columns]) == pytest.approx(by_name["near"])
