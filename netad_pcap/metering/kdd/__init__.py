"""Connections as KDD Cup 99 has them: another unit than CIC's flows (peers.md 6).

packets → fragments → kernel, by `life` → rows → windows
"""

__all__: list[str] = []
