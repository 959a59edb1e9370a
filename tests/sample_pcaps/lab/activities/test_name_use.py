"""Many names, none twice, under the zones of the lab; servers that ask others are told."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from sample_pcaps.lab.activities import KINDS, Call
from sample_pcaps.lab.networks import NETWORKS
from sample_pcaps.lab.services.basics import BLOCK_LISTS, FILES_ZONE, SENDERS_LIST


def call(folder: Path, network: str, host: str, to: str, **how: object) -> Call:
    found = NETWORKS[network]
    (one,), (other,) = found.matching(host), found.matching(to)
    return Call(found, one, (other,), other, folder, folder, random.Random(3), how, 60)


def names(command: Sequence[str]) -> list[str]:
    return [line.split()[1] for line in Path(command[-1]).read_text().splitlines()]


def test_each_mail_is_looked_for_in_four_to_six_lists(tmp_path: Path) -> None:
    asked = call(tmp_path, "hosting", "mx", "ns", mails=30)
    found = names(KINDS["ask_block_lists"].command(asked))
    senders = Counter(".".join(name.split(".")[:4]) for name in found if ".uri." not in name)
    assert len(senders) == 30
    assert set(senders.values()) == {4, 5, 6}
    assert len(found) == len(set(found))
    assert all(name.endswith((*BLOCK_LISTS, SENDERS_LIST)) for name in found)


def test_hashes_come_by_few_or_twenty_at_once(tmp_path: Path) -> None:
    made = [
        names(KINDS["ask_reputation"].command(call(tmp_path, "office", "pc1", "gate", bursts=many)))
        for many in (0, 1)
    ]
    assert 1 <= len(made[0]) <= 3
    assert len(made[1]) == 20
    hashes = [name.removesuffix(f".{FILES_ZONE}") for name in made[0] + made[1]]
    assert len(set(hashes)) == len(hashes)
    assert all(16 <= len(text) <= 32 and int(text, 16) for text in hashes)


def test_addresses_are_asked_for_backwards(tmp_path: Path) -> None:
    found = names(
        KINDS["look_up_addresses"].command(call(tmp_path, "plant", "logs", "scada", addresses=40))
    )
    assert len(found) == 40
    assert all(name.endswith((".198.in-addr.arpa",)) for name in found)


@pytest.mark.parametrize(
    ("network", "to", "beyond"),
    [("plant", "scada", {"names"}), ("plant", "names", set()), ("hosting", "ns", set())],
)
def test_servers_that_ask_others_are_told(
    tmp_path: Path, network: str, to: str, beyond: set[str]
) -> None:
    host = {"plant": "relay", "hosting": "mx"}[network]
    asked = call(tmp_path, network, host, to)
    others = [touch for touch in KINDS["ask_block_lists"].touches(asked) if touch.src]
    found = NETWORKS[network]
    assert {touch.src for touch in others} <= {found.address(found.matching(to)[0])}
    assert {touch.dst for touch in others} == {
        found.address(host) for host in found.hosts if host.name in beyond
    }
