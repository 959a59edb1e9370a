"""Columns 23 to 41 of KDD from their definitions (peers.md 6.5, 6.6): lists, and no counts kept."""

from __future__ import annotations

from dataclasses import dataclass

S_ERRORS = ("S0", "S1", "S2", "S3", "SH")
R_ERRORS = ("REJ", "RSTR", "RSTO", "RSTOS0")


@dataclass(frozen=True)
class Connection:
    """What the windows read of a connection; `end` in µs."""

    end: int
    host: int
    service: int
    flag: str
    source_port: int


def _share(part: list[Connection], whole: list[Connection]) -> float:
    return float(f"{len(part) / len(whole):.2f}")


def _several(values: set[int], whole: list[Connection]) -> float:
    return float(f"{len(values) / len(whole):.2f}") if len(values) >= 2 else 0.0


def _of(rows: list[Connection], flags: tuple[str, ...]) -> list[Connection]:
    return [row for row in rows if row.flag in flags]


def columns(before: list[Connection], this: Connection, last: int) -> dict[str, float]:
    """The columns of a connection behind those that ended before it; ends never run back."""
    seen = [*before, this]
    lately = [c for c in seen if c.end > this.end - 2_000_000][-511:]
    host = [c for c in lately if c.host == this.host]
    service = [c for c in lately if c.service == this.service]
    window = seen[-last:]
    host2 = [c for c in window if c.host == this.host]
    service2 = [c for c in window if c.service == this.service]
    return {
        "count": len(host),
        "srv_count": len(service),
        "serror_rate": _share(_of(host, S_ERRORS), host),
        "srv_serror_rate": _share(_of(service, S_ERRORS), service),
        "rerror_rate": _share(_of(host, R_ERRORS), host),
        "srv_rerror_rate": _share(_of(service, R_ERRORS), service),
        "same_srv_rate": _share([c for c in host if c.service == this.service], host),
        "diff_srv_rate": _several({c.service for c in host}, host),
        "srv_diff_host_rate": _several({c.host for c in service}, service),
        "dst_host_count": len(host2),
        "dst_host_srv_count": len(service2),
        "dst_host_same_srv_rate": _share([c for c in host2 if c.service == this.service], host2),
        "dst_host_diff_srv_rate": _several({c.service for c in host2}, host2),
        "dst_host_same_src_port_rate": _share(
            [c for c in host2 if c.source_port == this.source_port], host2
        ),
        "dst_host_srv_diff_host_rate": _several({c.host for c in service2}, service2),
        "dst_host_serror_rate": _share(_of(host2, S_ERRORS), host2),
        "dst_host_srv_serror_rate": _share(_of(service2, S_ERRORS), service2),
        "dst_host_rerror_rate": _share(_of(host2, R_ERRORS), host2),
        "dst_host_srv_rerror_rate": _share(_of(service2, R_ERRORS), service2),
    }
