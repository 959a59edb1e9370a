"""What is said to be normal and is not: told, and left out on request."""

from __future__ import annotations

from pathlib import Path

from netad_pcap.detection import default_bundles, read_bundle
from netad_pcap.training.contamination import look_for_contamination
from netad_pcap.training.labelled import label_captures


def test_an_attack_among_normal_captures_is_told_and_left_out(samples: Path) -> None:
    names = [str(samples / "browsing_dns.pcap"), str(samples / "port_scan.pcap")]
    shipped = [read_bundle(bundle) for bundle in default_bundles()]
    found = look_for_contamination(names, shipped, tables={}, meter_name="native")
    assert list(found.findings) == [names[1]]
    assert "10.20.0.66: " in found.lines(trimmed=False)[0]
    assert "--trim" in found.lines(trimmed=False)[-1]
    kept = list(
        label_captures(
            names, found.truth(), profile="cic-fixed", history=0, columns=("Flow Duration",),
            most_rows=1_000, seed=0, meter_name="native",
        )
    )  # fmt: skip
    whole = list(
        label_captures(
            names, None, profile="cic-fixed", history=0, columns=("Flow Duration",),
            most_rows=1_000, seed=0, meter_name="native",
        )
    )  # fmt: skip
    assert len(kept[0].families) == len(whole[0].families)
    assert len(whole[1].families) - len(kept[1].families) >= 400
    assert set(kept[1].families) == {"benign"}


def test_without_a_model_nothing_is_found(samples: Path) -> None:
    found = look_for_contamination(
        [str(samples / "port_scan.pcap")], [], tables={}, meter_name="native"
    )
    assert not found
    assert found.lines(trimmed=True) == []
