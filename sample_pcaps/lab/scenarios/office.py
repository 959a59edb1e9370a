"""A small office: a quiet morning, and mornings on which something happens."""

from __future__ import annotations

from sample_pcaps.lab.networks import NETWORKS
from sample_pcaps.lab.scenario import Activity, Scenario

__all__ = ["RUNS"]

_DESKS = (
    Activity("browse", "pc*", "site*|intra", every=14),
    Activity("browse_chromium", "pc3", "site*|intra", every=30),
    Activity("browse_tls", "pc*", "site*", every=14),
    Activity("browse_http2", "pc*", "site*|intra", every=20),
    Activity("look_up", "pc*|watch", "gate", every=10),
    Activity("ask_time", "pc*|base", "gate", every=60),
    Activity("read_mail", "pc*", "mail", every=15),
    Activity("send_mail", "pc*", "mail", every=40),
    Activity("share_use", "pc*", "files", every=25),
    Activity("query", "intra|pc1|pc2", "base", every=8),
    Activity("cache_use", "intra", "base", every=5),
    Activity("poll", "pc3|pc4", "intra", every=4),
    Activity("web_login", "pc*", "intra", every=60),
    Activity("ssh_session", "pc1|pc2", "base|term|files", every=30),
    Activity("scp_copy", "pc1|pc2", "files", every=50),
    Activity("ftp_transfer", "pc5|pc6", "files", every=60),
    Activity("rdp_session", "pc3|pc4", "term", every=60),
    Activity("upload", "pc*", "site1", every=80),
    Activity("ping", "watch|pc1", "*", every=15),
)
#: What makes detectors cry wolf.
_HARD = (
    Activity("health_check", "watch", "intra", every=3),
    Activity("monitoring_sweep", "watch", "files|mail|base|intra|term|gate", every=90),
    Activity("port_check", "pc1", "files|base", every=100),
    Activity("dead_service", "pc6", "base", every=45),
    Activity("share_mistyped", "pc2", "files", every=100),
    Activity("nightly_backup", "base", "files", start=100),
    Activity("crawl", "site1", "intra", every=120),
    Activity("update", "pc5", "site1", start=150),
    Activity("download", "pc*", "site2", every=120),
    Activity("watch", "pc6", "site2", every=100),
    Activity("ask_block_lists", "mail", "gate", every=20, how={"mails": 3}),
    Activity("ask_reputation", "pc1|pc5|term", "gate", every=40),
    Activity("browse_cdn", "pc*", "site*", every=60),
    Activity("look_up_addresses", "watch", "gate", every=110, start=40, how={"addresses": 80}),
    Activity("load_siege", "pc2", "intra", start=70, how={"many": 3, "for": 30, "think": 0.6}),
)
_USE = _DESKS + _HARD
_OFFICE = NETWORKS["office"]

RUNS = (
    Scenario("office-quiet", _OFFICE, 360, _USE, seed=10),
    Scenario(
        "office-break-in", _OFFICE, 250, seed=11,
        activities=(
            *_USE,
            Activity("scan_syn", "bad", "files|base|mail", start=15, how={"rate": 200}),
            Activity("scan_versions", "bad", "files|base", start=30, how={"seconds": 25}),
            Activity("hydra_ssh", "bad", "files", start=60, how={"passwords": 60, "seconds": 40}),
            Activity("hydra_ftp", "bad", "files", start=102, how={"passwords": 30, "seconds": 30}),
            Activity("hop_ssh", "bad", "files|base|term", start=135,
                     how={"rounds": 4, "wait": 0.5, "seconds": 40}),
            Activity("steal_ftp", "bad", "drop", start=180,
                     how={"files": 8, "megabytes": 1, "seconds": 30}),
            Activity("steal_http", "bad", "drop", start=215, how={"megabytes": 5, "seconds": 30}),
        ),
    ),
    Scenario(
        "office-taken-over", _OFFICE, 280, seed=12,
        activities=(
            *_USE,
            Activity("beacon_http", "pc4", "drop", start=5, how={"wait": 6, "jitter": 0.2}),
            Activity("beacon_tcp", "pc5", "drop", start=8, how={"wait": 3, "jitter": 0.05}),
            Activity("sweep_ping", "pc4", "gate", start=40, how={"rate": 30, "seconds": 20}),
            Activity("tunnel_dns", "pc5", "tunnel", start=60, how={"seconds": 60}),
            Activity("tunnel_icmp", "pc4", "tunnel", start=70, how={"seconds": 50}),
            Activity("tunnel_resolver", "pc6", "gate", start=125, how={"rate": 10, "seconds": 30}),
            Activity("steal_dns", "pc4", "gate", start=150, how={"rate": 12, "seconds": 50}),
            Activity("tunnel_short", "watch", "gate", start=10,
                     how={"rate": 0.2, "encoding": "hex", "bytes": (5, 9), "seconds": 240}),
            Activity("tunnel_short", "pc2", "gate", start=35,
                     how={"rate": 4, "encoding": "digits", "bytes": (4, 8), "seconds": 60}),
            Activity("tunnel_short_straight", "pc3", "drop", start=110,
                     how={"rate": 2.5, "record": "TXT", "seconds": 60}),
            Activity("spread", "pc5", "files", start=205, how={"rate": 15, "seconds": 40}),
        ),
    ),
    Scenario(
        "office-website-attacked", _OFFICE, 250, seed=13,
        activities=(
            *_USE,
            Activity("discover_ffuf", "bot1", "intra", start=15, how={"seconds": 25}),
            Activity("probe_web", "bot1", "intra", start=45, how={"requests": 200, "seconds": 30}),
            Activity("sql_injection", "bot2", "intra", start=80, how={"seconds": 25}),
            Activity("hydra_http", "bot3", "intra", start=110,
                     how={"passwords": 60, "seconds": 15}),
            Activity("slow_headers", "bot1", "intra", start=135, how={"seconds": 40}),
            Activity("flood_ab", "bot2", "intra", start=180, how={"requests": 1200}),
            Activity("flood_together", "bot*", "intra", start=190, how={"rate": 8, "seconds": 15}),
            Activity("flood_forged", "bot4", "intra", start=215, how={"packets": 1200}),
        ),
    ),
)  # fmt: skip
