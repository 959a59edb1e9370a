from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netad_pcap.flows import address_text
from netad_pcap.hosts import FindingBook, ScoredFlows, layout, recent
from tests.naive.hosts import NaiveBook
from tests.scored_flows import quiet, scan, scored_flows


def run(scored: ScoredFlows, cuts: tuple[int, ...] = (), **options: Any) -> Any:
    """Findings with their rows, the book, and the column as known row by row."""
    book = FindingBook(**options)
    column = np.full(len(scored), -1)
    live = []
    for begin, end in itertools.pairwise((0, *cuts, len(scored))):
        attribution = book.update(scored.take(slice(begin, end)))
        column[begin:end] = attribution.finding
        live.extend(attribution.finding.tolist())
        column[attribution.earlier_row] = attribution.earlier_finding
    return book, column, live


def ugly_rows(seed: int, count: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    hosts = [f"10.0.0.{i}" for i in range(6)] + ["2001:db8::5"]
    families = ["", "", "scan", "brute_force", "dos"]
    return [
        {
            "src": hosts[rng.integers(len(hosts))],
            "dst": hosts[rng.integers(len(hosts))],
            "port": int(rng.choice([22, 80, 445])),
            "at": float(rng.choice([0.0, 0.3, 5.0, 4000.0, 90_000.0]) + i * 0.4),
            "p": float(rng.choice([1e-5, 0.003, 0.02, 0.08, 0.1, 0.3, 1.0, np.nan])),
            "family": families[rng.integers(len(families))],
        }
        for i in range(count)
    ]


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10_000),
    st.integers(1, 300),
    st.lists(st.integers(0, 300), max_size=4),
    st.sampled_from([3, 5, 9, 40, 1 << 17]),
    st.sampled_from([1, 2, 4, layout.RETIRED_HOSTS]),
)
def test_kernel_and_naive_twin_agree_however_it_is_cut(
    seed: int, count: int, cuts: Any, entities: Any, retired: int
) -> None:
    scored = scored_flows(ugly_rows(seed, count))
    cuts = tuple(sorted(min(cut, count) for cut in cuts))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "RETIRED_HOSTS", retired)
        book, column, _ = run(scored, cuts, max_entities=entities)
    twin = NaiveBook(max_entities=entities, retired=retired)
    naive = twin.run(scored)
    assert {h.address: h.suspicion for h in book.hosts()} == twin.suspicions()
    assert [f.number for f in book.findings()] == [f.number for f in naive]
    for finding, expected in zip(book.findings(), naive, strict=True):
        assert np.flatnonzero(column == finding.number).tolist() == expected.members
        assert finding.kind == expected.kind
        assert finding.flows == len(expected.members)


@settings(max_examples=20, deadline=None)
@given(
    st.integers(0, 1000),
    st.lists(st.integers(0, 400), max_size=5),
    st.sampled_from([2, 15, recent.MAX_PEERS]),
    st.sampled_from([30, layout.MAX_RECENT]),
)
def test_cutting_batches_anywhere_changes_nothing(
    seed: int, cuts: Any, peers: int, remembered: int
) -> None:
    rows = [*quiet(150, seed=seed), *scan(at=80.0, hosts=20), *ugly_rows(seed, 190)]
    scored = scored_flows(rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recent, "MAX_PEERS", peers)
        patch.setattr(layout, "MAX_RECENT", remembered)
        whole, column, live = run(scored)
        pieces, column_of_pieces, live_of_pieces = run(scored, tuple(sorted(cuts)))
    assert [f.to_json() for f in pieces.findings()] == [f.to_json() for f in whole.findings()]
    assert [h.to_json() for h in pieces.hosts()] == [h.to_json() for h in whole.hosts()]
    assert column_of_pieces.tolist() == column.tolist()
    assert live_of_pieces == live


def test_scan_is_one_finding_about_a_host() -> None:
    book, column, _ = run(scored_flows([*quiet(200), *scan(at=150.0, hosts=60)]))
    [finding] = book.findings()
    assert (finding.id, finding.kind, finding.source) == ("f1", "host", "10.0.5.23")
    assert (finding.family, finding.flows, finding.peers) == ("scan", 180, 60)
    assert finding.reasons == (
        "180 flows to 60 hosts",
        "ports 22 445 3389",
        "100% unanswered",
    )
    assert (column == 1).sum() == 180
    assert book.hosts()[0].address == "10.0.5.23"
    assert book.hosts()[0].findings == ("f1",)


def test_weak_evidence_of_many_flows_adds_up() -> None:
    guesses = [{"dst": "10.0.5.4", "port": 22, "at": 4.0 * i, "p": 0.03} for i in range(60)]
    [finding] = run(scored_flows(guesses))[0].findings()
    assert (finding.kind, finding.family, finding.flows) == ("pair", "anomaly", 60)


def test_flood_from_many_sources_is_a_finding_about_the_target() -> None:
    flood = [
        {"src": f"198.51.{i // 200}.{i % 200 + 1}", "dst": "10.0.5.4", "at": 0.01 * i, "p": 1e-3}
        for i in range(400)
    ]
    book = run(scored_flows(flood))[0]
    assert book.findings()[0].kind == "target"
    assert book.findings()[0].destination == "10.0.5.4"
    assert book.findings()[0].peers == 400
    assert len(book.findings()) == 1


def test_of_a_targets_many_sources_those_are_named_that_make_most_of_it() -> None:
    """A flood, and clients of the same server whose flows look strange too."""
    flood: list[dict[str, Any]] = [
        {"src": "203.0.113.7", "port": 1024 + i, "dst": "10.0.5.4", "at": 0.01 * i, "p": 1e-3}
        for i in range(600)
    ]
    clients: list[dict[str, Any]] = [
        {"src": f"198.51.100.{i + 1}", "dst": "10.0.5.4", "at": 0.1 * i, "p": 0.05}
        for i in range(60)
    ]
    rows = sorted([*flood, *clients], key=lambda row: row["at"])
    first, *others = run(scored_flows(rows))[0].hosts()
    assert first.address == "203.0.113.7"
    assert first.findings
    assert len(others) == 60
    assert not any(host.findings for host in others)


def test_a_source_is_named_though_more_than_are_remembered_follow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recent, "MAX_PEERS", 20)
    flood: list[dict[str, Any]] = [
        {"src": "203.0.113.7", "port": 1024 + i, "dst": "10.0.5.4", "at": 0.01 * i, "p": 1e-3}
        for i in range(30)
    ]
    spoofed: list[dict[str, Any]] = [
        {
            "src": f"198.51.{i // 200}.{i % 200 + 1}",
            "dst": "10.0.5.4",
            "at": 1 + 0.01 * i,
            "p": 1e-3,
        }
        for i in range(600)
    ]
    book = run(scored_flows([*flood, *spoofed]), (30, 55))[0]
    assert any(f.kind == "target" and f.counts_are_minimum for f in book.findings())
    [heavy] = [host for host in book.hosts() if host.address == "203.0.113.7"]
    told = [f.id for f in book.findings() if f.kind == "target"]
    assert set(told) & set(heavy.findings)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 300), st.sampled_from([5, 9, 1 << 10]))
def test_suspicion_adds_up_over_what_was_forgotten_however_few_are_told(
    seed: int, count: int, entities: int
) -> None:
    scored = scored_flows(ugly_rows(seed, count))
    book = run(scored, max_entities=entities)[0]
    expected: dict[str, float] = {}
    sources = address_text(scored.flows.identity["src_ip"])
    for source, p in zip(sources.tolist(), scored.p_value.tolist(), strict=True):
        decades = max(0.0, -np.log10(max(p, 1e-3)) - 1 / np.log(10)) if p <= 1 else 0.0
        expected[source] = expected.get(source, 0.0) + decades
    hosts = book.hosts()
    for host in hosts:
        assert host.suspicion == pytest.approx(expected[host.address])
    assert {h for h, s in expected.items() if s} <= {host.address for host in hosts}
    assert book.hosts(limit=1) == hosts[:1]


def test_all_of_a_host_counts_where_there_is_no_place_for_everyone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One that comes again and again, and others who are stranger once than it is each time."""
    monkeypatch.setattr(layout, "RETIRED_HOSTS", 2)
    rows = []
    for i in range(12):
        rows.append({"src": "10.0.5.1", "dst": f"10.0.6.{i}", "at": 20.0 * i, "p": 0.02})
        rows.append({"src": f"10.0.7.{i}", "dst": "10.0.6.1", "at": 20.0 * i + 10, "p": 0.01})
    first, *_ = run(scored_flows(rows), max_entities=3)[0].hosts()
    assert (first.address, first.flows) == ("10.0.5.1", 12)
    assert first.suspicion == pytest.approx(12 * (-np.log10(0.02) - 1 / np.log(10)))
    assert first.end_us - first.start_us == 220_100_000


@pytest.mark.parametrize("cuts", [(), (3,), (40, 90), tuple(range(1, 200))])
def test_of_more_peers_than_are_counted_the_first_to_join_are(
    monkeypatch: pytest.MonkeyPatch, cuts: tuple[int, ...]
) -> None:
    """Those of flows before the finding; not the lowest addresses, nor the first of a batch."""
    monkeypatch.setattr(recent, "MAX_PEERS", 2)
    rows = [
        {"src": f"10.0.9.{200 - i % 7}", "dst": "10.0.1.1", "port": 1000 + i, "at": 2.0 * i,
         "p": 0.004}
        for i in range(200)
    ]  # fmt: skip
    book, column, live = run(scored_flows(rows), cuts)
    (finding,) = book.findings()
    assert (finding.kind, finding.peers, finding.counts_are_minimum) == ("target", 2, True)
    assert column[0] == 1
    assert live[0] != 1
    named = {host.address for host in book.hosts() if host.findings}
    assert named == {"10.0.9.200", "10.0.9.199"}


def test_hosts_are_ordered_by_how_strange_all_of_their_flows_are() -> None:
    """Neither the host with the strangest flow is first, nor the one with most of them."""
    busy: list[dict[str, Any]] = [
        {"src": "10.0.5.1", "port": 1024 + i, "at": 0.5 * i, "p": 0.5} for i in range(400)
    ]
    loud: list[dict[str, Any]] = [{"src": "10.0.5.2", "at": 30.0, "p": 1e-3}]
    steady: list[dict[str, Any]] = [{"src": "10.0.5.3", "at": 3.0 * i, "p": 0.1} for i in range(40)]
    rows = sorted([*busy, *loud, *steady], key=lambda row: row["at"])
    hosts = run(scored_flows(rows))[0].hosts()
    assert [h.address for h in hosts] == ["10.0.5.3", "10.0.5.2", "10.0.5.1"]
    decades = 1 / np.log(10)
    assert hosts[0].suspicion == pytest.approx(40 * (1 - decades))
    assert hosts[1].suspicion == pytest.approx(3 - decades)
    assert hosts[2].suspicion == 0.0


def test_two_families_of_one_host_are_two_findings() -> None:
    guesses = [
        {"src": "10.0.5.23", "dst": "10.0.5.4", "port": 22, "at": 60 + 4.0 * i, "p": 0.02,
         "family": "brute_force"}
        for i in range(50)
    ]  # fmt: skip
    found = run(scored_flows([*scan(), *guesses]))[0].findings()
    assert [f.family for f in found] == ["scan", "brute_force"]


def test_flows_of_one_pair_and_port_count_once_a_second() -> None:
    burst = [{"at": 0.001 * i, "lasts": 0.0, "p": 1e-3} for i in range(500)]
    assert run(scored_flows(burst))[0].findings() == []


def test_errors_that_answer_others_speak_for_nobody() -> None:
    rows = [
        {"dst": f"10.0.7.{i}", "protocol": 1, "port": 0, "at": 1.0 * i, "p": 1e-3}
        for i in range(100)
    ]
    unreachable = {"ICMP Type": np.full(100, 3), "ICMP Code": np.full(100, 3)}
    echo = {"ICMP Type": np.full(100, 8), "ICMP Code": np.full(100, 0)}
    assert run(scored_flows(rows, features=unreachable))[0].findings() == []
    assert len(run(scored_flows(rows, features=echo))[0].findings()) == 1


def test_flows_without_addresses_give_no_findings() -> None:
    scored = scored_flows(scan())
    del scored.flows.identity["src_ip"]  # type: ignore[attr-defined]
    book, column, _ = run(scored)
    assert book.findings() == []
    assert (column == -1).all()


def test_harmless_flows_pass_the_budget_as_rarely_as_promised() -> None:
    rng = np.random.default_rng(7)
    days = 300
    budget = 0.5
    found = 0
    for _ in range(days):
        n = 300
        scored = scored_flows(
            [
                {"src": f"10.0.1.{s}", "dst": f"192.0.2.{d}", "at": 2.0 * i, "p": p}
                for i, (s, d, p) in enumerate(
                    zip(rng.integers(1, 6, n), rng.integers(1, 9, n), rng.random(n), strict=True)
                )
            ]
        )
        book = FindingBook(alerts_per_day=budget, max_entities=64)
        book.update(scored)
        found += len(book.findings())
    assert found / days <= budget


def test_a_stamp_far_ahead_buys_one_day_of_budget_only() -> None:
    book = run(scored_flows([{"at": 0.0}, {"at": 3e9, "p": 0.5}]))[0]
    assert book._book["days"][0] == 2


def test_too_few_entities_are_refused() -> None:
    with pytest.raises(ValueError, match="max_entities"):
        FindingBook(max_entities=2)


@pytest.mark.parametrize("alerts", [0.0])
def test_no_budget_no_finding(alerts: Any) -> None:
    assert run(scored_flows(scan()), alerts_per_day=alerts)[0].findings() == []
