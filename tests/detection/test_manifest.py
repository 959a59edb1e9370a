"""manifest.json in one form, and the digest of a profile's columns."""

import json

import pytest

from netad_pcap.detection.manifest import dump_manifest, load_manifest, schema_digest
from netad_pcap.errors import ModelError
from netad_pcap.schema import PROFILES

GOOD = {
    "format": 1, "name": "x", "version": "1", "profile": "cic-fixed", "schema": "0" * 64,
    "clock": "us", "seed": 0, "fusion": "fisher", "detectors": [], "uses": [],
    "baselines": [], "preprocessing": {}, "training": [], "metrics": {"auc": {"dos": None}},
    "made_with": {}, "members": {"weights.safetensors": "0" * 64, "card.md": "0" * 64},
}  # fmt: skip


def test_written_and_read_are_equal_whatever_the_order_of_keys() -> None:
    data = dump_manifest(GOOD)
    assert load_manifest(data, "x") == GOOD
    assert dump_manifest(dict(reversed(GOOD.items()))) == data


@pytest.mark.parametrize("change", [{"format": 2}, {"clock": "ns"}, {"name": "a b"}, {"more": 1}])
def test_unfit_manifest_is_not_written(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="manifest: "):
        dump_manifest({**GOOD, **change})


def test_nan_is_not_written() -> None:
    with pytest.raises(ValueError, match="JSON"):
        dump_manifest({**GOOD, "metrics": {"auc": float("nan")}})


@pytest.mark.parametrize("depth", [2_000, 50_000])
def test_nesting_without_end_is_refused(depth: int) -> None:
    text = json.dumps({**GOOD, "metrics": {"x": 0}}).replace(
        '{"x": 0}', '{"x":' * depth + "0" + "}" * depth
    )
    try:
        load_manifest(text.encode(), "x")
    except ModelError as error:
        assert "x: its manifest" in str(error)  # noqa: PT017 - deep nesting that fits is fine, too


def test_words_of_the_file_are_escaped() -> None:
    with pytest.raises(ModelError, match=r"\\x1b\[2J") as caught:
        load_manifest(json.dumps({**GOOD, "clock": "\x1b[2J\n"}).encode(), "x")
    assert str(caught.value).isprintable()


def test_digest_is_of_the_profile() -> None:
    assert len({schema_digest(profile) for profile in PROFILES}) >= 2
    with pytest.raises(ModelError, match="no profile named 'cic-99'; there are: cic-2018"):
        schema_digest("cic-99")
