"""What servers serve, made from a seed: pages, pictures, films; keys and an authority."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

__all__ = ["PAGES", "make_keys", "make_site"]

PAGES = 40
_PICTURES = 60
_SEGMENTS = 24
_WORDS = ("flow", "river", "mill", "stone", "garden", "office", "report", "north", "meadow", "lamp")


def make_site(folder: Path, seed: int) -> None:
    """Pages that link pages and show pictures; `big.bin` to download, `film/` in segments.

    Sizes are log-normal, as on the web: most pages are small, some pictures are not.
    """
    draw = random.Random(seed)
    for part in ("", "pictures", "film", "updates"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for number in range(_PICTURES):
        size = min(int(draw.lognormvariate(9.3, 1.3)), 600_000)
        (folder / "pictures" / f"{number}.jpg").write_bytes(draw.randbytes(size))
    for number in range(PAGES):
        words = " ".join(draw.choices(_WORDS, k=int(draw.lognormvariate(5.5, 1.0))))
        links = " ".join(f'<a href="/page{n}.html">{n}</a>' for n in draw.sample(range(PAGES), 6))
        shown = draw.sample(range(_PICTURES), draw.randrange(1, 9))
        images = " ".join(f'<img src="/pictures/{n}.jpg">' for n in shown)
        page = f"<html><body><p>{words}</p>{links}{images}</body></html>"
        (folder / f"page{number}.html").write_text(page)
    (folder / "index.html").write_text((folder / "page0.html").read_text())
    (folder / "big.bin").write_bytes(draw.randbytes(4_000_000))
    for number in range(_SEGMENTS):
        size = draw.randrange(250_000, 550_000)
        (folder / "film" / f"{number}.ts").write_bytes(draw.randbytes(size))
    for number in range(50):
        size = min(int(draw.lognormvariate(9, 1.4)), 900_000)
        (folder / "updates" / f"{number}.deb").write_bytes(draw.randbytes(size))


def make_keys(folder: Path) -> None:
    """An authority, a server's certificate of it, a host key for SSH."""
    folder.mkdir(parents=True)
    for command in (
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 "
        "-subj /CN=Lab",
        "openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr "
        "-subj /CN=corp.example",
        "openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 "
        "-out server.pem",
    ):
        subprocess.run(command.split(), cwd=folder, capture_output=True, check=True)


def make_host_key(folder: Path) -> None:
    """A host key for SSH."""
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "ssh_host"], check=True
    )
