"""Short names: through the resolver and straight, each way with the flows that it makes."""

from __future__ import annotations

import random
from pathlib import Path

from sample_pcaps.lab.activities import KINDS, Call
from sample_pcaps.lab.activities.kind import UDP
from sample_pcaps.lab.networks import NETWORKS

HOME = NETWORKS["home"]


def call(folder: Path, to: str) -> Call:
    host, other = HOME.matching("bulb1")[0], HOME.matching(to)[0]
    how = {"encoding": "hex", "bytes": (5, 9), "rate": 0.2}
    return Call(HOME, host, (other,), other, folder, folder, random.Random(3), how, 60)


def address(name: str) -> str:
    return HOME.address(HOME.matching(name)[0])


def test_resolver_asks_the_far_end_of_short_names_only(tmp_path: Path) -> None:
    touches = KINDS["tunnel_short"].touches(call(tmp_path, "gate"))
    assert [(t.src, t.dst, t.dst_port, t.protocol) for t in touches] == [
        (None, address("gate"), 53, UDP),
        (address("gate"), address("drop"), 53, UDP),
    ]


def test_far_end_is_asked_itself(tmp_path: Path) -> None:
    asked = call(tmp_path, "drop")
    (touch,) = KINDS["tunnel_short_straight"].touches(asked)
    assert (touch.dst, touch.dst_port, touch.protocol) == (address("drop"), 53, UDP)
    command = KINDS["tunnel_short_straight"].command(asked)
    assert command[3:6] == [address("drop"), "c.example", "0"]
    assert command[-5:] == ["--bytes", "5", "9", "--encoding", "hex"]
