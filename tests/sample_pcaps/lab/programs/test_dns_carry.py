"""Short names as long as they are said to be, by each encoding; answers that resolvers can read."""

from __future__ import annotations

import random
import socket

import pytest

from sample_pcaps.lab.programs import dns_carry
from sample_pcaps.lab.programs.asking import question


@pytest.mark.parametrize(
    ("encoding", "sizes", "letters"),
    [
        ("base32", (6, 12), "abcdefghijklmnopqrstuvwxyz234567"),
        ("hex", (5, 10), "0123456789abcdef"),
        ("digits", (4, 8), "0123456789"),
    ],
)
def test_few_bytes_make_names_of_ten_to_twenty_letters(
    encoding: str, sizes: tuple[int, int], letters: str
) -> None:
    encode, draw = dns_carry.ENCODINGS[encoding], random.Random(1)
    names = [encode(draw.randbytes(draw.randint(*sizes))) for _ in range(500)]
    assert {min(map(len, names)), max(map(len, names))} == {10, 20}
    assert set("".join(names)) <= set(letters)
    assert len(set(names)) > 490


def test_smallest_and_largest_bytes_make_digits_of_one_length() -> None:
    encode = dns_carry.ENCODINGS["digits"]
    for size in range(1, 40):
        assert len(encode(bytes(size))) == len(encode(b"\xff" * size))


def test_carried_names_have_the_sizes_that_were_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    class Resolver(socket.socket):
        def sendto(self, data: bytes, to: tuple[str, int]) -> int:  # type: ignore[override]
            asked.append(data)
            return len(data)

        def recv(self, *_: int) -> bytes:
            raise TimeoutError

    monkeypatch.setattr(socket, "socket", Resolver)
    dns_carry.carry("198.18.1.2", "c.example", 0, 1000.0, 0.5, "A", (5, 10), "hex")
    assert len(asked) > 3
    assert all(10 <= data[12] <= 20 for data in asked)
    assert all(data[13 + data[12] :].startswith(b"\1c\7example\0") for data in asked)


@pytest.mark.parametrize("kind", ["A", "AAAA", "TXT"])
def test_far_end_answers_every_name_and_rarely_says_much(kind: str) -> None:
    dns = pytest.importorskip("scapy.layers.dns")
    asked = dns_carry.query("c.example", bytes(8), kind)
    sizes = []
    for _ in range(200):
        said = dns.DNS(dns_carry.answer(asked))
        assert (said.id, said.qr, said.rcode, said.ancount) == (dns.DNS(asked).id, 1, 0, 1)
        assert said.an[0].rrname == said.qd[0].qname == dns.DNS(asked).qd[0].qname
        assert said.an[0].ttl == 0
        sizes.append(len(bytes(said)))
    long = sum(size > min(sizes) for size in sizes) / len(sizes)
    assert 0.02 < long < 0.3 if kind == "TXT" else long == 0


def test_what_is_no_question_is_told_from_one() -> None:
    with pytest.raises(ValueError, match="not found"):
        dns_carry.answer(b"\1" * 20)
    assert dns_carry.answer(question("a.c.example", "A"))
