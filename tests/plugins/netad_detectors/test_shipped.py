"""The bundle in the package: it loads like anybody's, and its card says what it is worth."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import netad_pcap
from netad_pcap.detection import Bundle, Scorer, default_bundles, read_bundle
from netad_pcap.families import ATTACKS, FAMILIES
from netad_pcap.training.cards import above_chance, card_text
from netad_pcap.training.kinds import KINDS
from netad_pcap.training.shipped import CHOSEN_BY, VERSION
from sample_pcaps.lab.dataset import TEST_NETWORKS
from sample_pcaps.lab.networks import NETWORKS

README = Path(__file__).parents[3] / "sample_pcaps" / "README.md"
#: Sample, and what its README's table expects; "(today: …)" where the model is not yet there.
VERDICTS = [
    (row[1].strip(" `"), row[3])
    for row in (line.split("|") for line in README.read_text(encoding="utf-8").splitlines())
    if len(row) == 5 and ".pcap" in row[1]
]


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    (found,) = default_bundles()
    return read_bundle(found)


def test_it_is_small_enough_to_ship() -> None:
    (found,) = default_bundles()
    assert len(found.resource.read_bytes()) <= 4_000_000


def test_its_detectors_are_restored_from_it(bundle: Bundle) -> None:
    scorer = Scorer([bundle], "cpu")
    assert scorer.detectors == ("autoencoder", "lstm", "mlp", "behaviour", "names")
    assert scorer.profile == "cic-fixed"
    assert scorer.needs.history == 10
    assert scorer.needs.context


def test_every_baseline_resolves_the_default_budget(bundle: Bundle) -> None:
    assert all(b.fused.smallest_p <= 0.01 for b in bundle.baselines)


def test_the_general_baseline_comes_first_and_kinds_behind_it(bundle: Bundle) -> None:
    general, *kinds = bundle.baselines
    assert general.name == "mixed"
    assert all(kind.fused.flows < general.fused.flows for kind in kinds)
    assert [kind.name for kind in kinds] == [kind.name for kind in KINDS]


def test_kinds_are_of_sources_that_were_fitted_on(bundle: Bundle) -> None:
    sources = {source.source for source in bundle.training}
    assert frozenset().union(*(kind.sources for kind in KINDS)) <= sources


def test_each_source_is_in_one_fold_and_was_fitted_on(bundle: Bundle) -> None:
    dealt = [source for fold in bundle.metrics["folds"] for source in fold]
    assert len(bundle.metrics["folds"]) == 5
    assert len(dealt) == len(set(dealt))
    assert {source.source for source in bundle.training} == set(dealt)
    assert all(len(file.sha256) == 64 for source in bundle.training for file in source.files)
    assert all(source.licence for source in bundle.training)


def test_the_card_says_what_was_chosen_on_the_sources_that_it_measures(bundle: Bundle) -> None:
    assert bundle.metrics["chosen_by"] in bundle.card
    assert bundle.version == VERSION
    assert bundle.metrics["chosen_by"] == CHOSEN_BY
    assert "how evidence is tempered" in CHOSEN_BY


def test_no_capture_of_the_labs_test_networks_was_fitted_on(bundle: Bundle) -> None:
    lab = {s.source.rsplit("/", 1)[-1] for s in bundle.training if "/lab/" in s.source}
    assert lab == NETWORKS.keys() - {"smoke", *TEST_NETWORKS}


def test_each_family_has_an_auc_with_its_interval(bundle: Bundle) -> None:
    for families in bundle.metrics["held_out"].values():
        for family in ATTACKS:
            auc = families[family]["auc"]
            assert 0 <= auc["low"] <= auc["mean"] <= auc["high"] <= 1


def test_the_card_says_where_the_interval_is_not_above_one_half(bundle: Bundle) -> None:
    assert bundle.card == card_text(bundle)
    for name, families in bundle.metrics["held_out"].items():
        weak = [f for f in ATTACKS if not above_chance(families[f]["auc"])]
        said = next((ln for ln in bundle.card.splitlines() if ln.startswith(f"- {name}: on")), "")
        assert all(family in said for family in weak)


@pytest.mark.parametrize(("name", "verdict"), VERDICTS, ids=[name for name, _ in VERDICTS])
def test_a_sample_is_judged_as_its_readme_says(name: str, verdict: str, samples: Path) -> None:
    """No finding, or one, of a family that the table names, about hosts that it names."""
    today = re.search(r"today: ([^)]*)", verdict)
    families = set(re.findall(r"`(\w+)`", today[1] if today else verdict)) & set(FAMILIES)
    hosts = set(re.findall(r"\d+(?:\.\d+){3}", verdict))
    with netad_pcap.analyze(samples / name, apps="none") as report:
        findings = [(f.family, {f.source, f.destination} - {None}) for f in report.findings]
    if not families:
        assert "no finding" in verdict
        assert not findings
        return
    ((family, named),) = findings
    assert family in families
    assert named
    assert named <= hosts


def test_every_sample_has_a_verdict(samples: Path) -> None:
    assert {name for name, _ in VERDICTS} == {path.name for path in samples.glob("*.pcap*")}
