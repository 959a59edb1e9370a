from __future__ import annotations

from pathlib import Path

import pytest

from netad_pcap.detection import write_bundle
from netad_pcap.errors import ModelError, UsageError
from netad_pcap.training.assessment import evaluate
from netad_pcap.training.figures_text import figures_text
from netad_pcap.training.own import train


def _truth(folder: Path, samples: Path) -> str:
    """The truth files of all samples as one."""
    lines: list[str] = []
    for file in sorted(samples.glob("*.truth.csv")):
        head, *rest = file.read_text(encoding="utf-8").splitlines()
        lines += rest if lines else [head, *rest]
    target = folder / "truth.csv"
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(target)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Path:
    """A model of the ordinary samples."""
    captures = [str(samples / name) for name in ("browsing_dns.pcap", "ipv6_vlan.pcap")]
    made = train(captures, "own", meter="native", fpr=0.1, seed=1)
    path = tmp_path_factory.mktemp("own") / "own.netad"
    write_bundle(made.bundle, path)
    return path


def test_own_captures_give_a_detector_and_baselines_for_the_shipped_ones(own: Path) -> None:
    from netad_pcap.detection import read_bundle

    bundle = read_bundle(own)
    assert [d.name for d in bundle.detectors] == ["own-autoencoder"]
    (baseline,) = bundle.baselines
    assert set(baseline.calibration) == {
        "own-autoencoder",
        "autoencoder",
        "lstm",
        "mlp",
        "behaviour",
        "names",
    }


def test_a_model_is_measured_on_other_captures(own: Path, samples: Path, tmp_path: Path) -> None:
    captures = [str(samples / name) for name in ("port_scan.pcap", "syn_flood.pcap")]
    found = evaluate(
        captures, _truth(tmp_path, samples), models=[str(own)], fpr=0.1, meter="native"
    )
    assert found["captures"] == 2
    assert 0 <= found["figures"]["fused"]["scan"]["flagged"]["mean"] <= 1
    text = figures_text(found)
    assert "scan" in text
    assert "ddos" in text


def test_captures_that_a_model_was_fitted_to_are_refused(
    own: Path, samples: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="was fitted to this capture"):
        evaluate(
            [str(samples / "browsing_dns.pcap")], _truth(tmp_path, samples), models=[str(own)],
            fpr=0.1, meter="native",
        )  # fmt: skip


def test_too_few_flows_to_calibrate_are_told(samples: Path) -> None:
    with pytest.raises(ModelError, match="benign flows to calibrate on"):
        train([str(samples / "browsing_dns.pcap")], "own", meter="native", fpr=1e-5)


def test_too_few_sources_are_told(samples: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="of 1 source; 5 are needed"):
        train([str(samples / "port_scan.pcap")], "own", truth=_truth(tmp_path, samples),
              meter="native")  # fmt: skip
