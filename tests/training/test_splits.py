from __future__ import annotations

from netad_pcap.training.splits import PARTS, deal_sources, part_sources, rotate, sources_by_part
from tests.training.captures import network


def test_no_source_is_in_two_parts_and_none_is_lost() -> None:
    by_part = sources_by_part(part_sources(network(), seed=1))
    dealt = [source for part in PARTS for source in by_part[part]]
    assert sorted(dealt) == sorted(f"source/{i}" for i in range(10))


def test_over_all_turns_each_source_is_left_out_once() -> None:
    captures = network()
    folds = deal_sources(captures, seed=1)
    left_out = [
        source
        for turn in range(len(folds))
        for source in sources_by_part(rotate(captures, folds, turn))["hold_out"]
    ]
    assert sorted(left_out) == sorted(f"source/{i}" for i in range(10))


def test_the_deal_depends_on_the_seed_and_on_nothing_else() -> None:
    captures = network()
    assert deal_sources(captures, 5) == deal_sources(captures[::-1], 5)
    assert deal_sources(captures, 5) != deal_sources(captures, 6)


def test_families_are_spread_over_the_folds() -> None:
    captures = network()
    folds = deal_sources(captures, seed=1)
    scans = {c.source for c in captures if c.name.endswith("x.pcap") and "scan" in c.families}
    assert sum(bool(scans & set(fold)) for fold in folds) == 3
