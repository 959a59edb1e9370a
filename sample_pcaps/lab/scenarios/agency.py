"""An agency of designers."""

from __future__ import annotations

from sample_pcaps.lab.networks import NETWORKS
from sample_pcaps.lab.scenario import Activity, Scenario

__all__ = ["RUNS"]

_USE = (
    Activity("browse_http2", "mac*", "net*|wiki", every=10),
    Activity("browse_chromium", "mac7", "net*|wiki", every=30),
    Activity("browse_tls", "mac*", "net*", every=12),
    Activity("browse", "mac*", "wiki", every=18),
    Activity("share_use", "mac*", "nas", every=12),
    Activity("scp_copy", "mac*", "render", every=40),
    Activity("bulk_transfer", "mac1|mac2", "render", every=120),
    Activity("download", "mac*", "net*", every=150),
    Activity("watch", "mac7", "net1", every=70, how={"segments": 8}),
    Activity("read_mail", "mac*", "mail", every=15),
    Activity("send_mail", "mac*", "mail", every=35),
    Activity("look_up", "mac*|nas", "door", every=9),
    Activity("ask_time", "mac*", "door", every=80),
    Activity("web_login", "mac*", "wiki", every=60),
    Activity("ftp_transfer", "mac3", "nas", every=50),
    Activity("cache_use", "mac4", "wiki", every=10),
    Activity("ping", "mac4", "*", every=15),
    # hard
    Activity("nightly_backup", "wiki", "nas", start=60),
    Activity("crawl", "net3", "wiki", every=60),
    Activity("update", "mac5", "net2", start=100, how={"parallel": 200}),
    Activity("dead_service", "mac6", "nas", every=15, how={"port": 548}),
    Activity("share_mistyped", "mac2", "nas", every=70),
    Activity("telnet_session", "mac4", "door", every=80),
    Activity("port_check", "mac4", "nas|wiki", every=80),
    Activity("health_check", "nas", "wiki", every=5),
)
_AGENCY = NETWORKS["agency"]

RUNS = (
    Scenario("agency-quiet", _AGENCY, 360, _USE, seed=80),
    Scenario(
        "agency-wiki-attacked", _AGENCY, 290, seed=81,
        activities=(
            *_USE,
            Activity("scan_masscan", "bad", "door", start=8, how={"rate": 100, "seconds": 15}),
            Activity("sql_injection", "bot1", "wiki", start=20, how={"wait": 0.2, "seconds": 40}),
            Activity("scan_holes", "bot2", "wiki", start=65, how={"seconds": 30}),
            Activity("discover_gobuster", "bot3", "wiki", start=100, how={"seconds": 25}),
            Activity("probe_web", "bot2", "wiki", start=105, how={"requests": 150, "seconds": 30}),
            Activity("slow_read", "bot1", "wiki", start=140, how={"many": 60, "seconds": 40}),
            Activity("flood_siege", "bot2", "wiki", start=185, how={"many": 15, "for": 10}),
            Activity("flood_together", "bot*", "wiki", start=205, how={"rate": 6, "seconds": 20}),
            Activity("amplified", "bot4", "wiki", start=235, how={"rate": 60, "packets": 900}),
            Activity("flood_syn_together", "bot*", "wiki", start=260,
                     how={"rate": 30, "packets": 250}),
            Activity("overflow", "bot3", "wiki", start=245, how={"port": 80, "times": 40}),
        ),
    ),
    Scenario(
        "agency-insider", _AGENCY, 280, seed=82,
        activities=(
            *_USE,
            Activity("scan_connect", "mac6", "wiki|nas|door", start=10, how={"rate": 30}),
            Activity("spray_ssh", "mac6", "nas", start=30, how={"wait": 1, "seconds": 60}),
            Activity("medusa_ssh", "bot1|bot2|bot3", "nas", start=60,
                     how={"tasks": 1, "passwords": 15, "seconds": 60}),
            Activity("hop_ssh", "mac6", "nas|render", start=125,
                     how={"rounds": 5, "wait": 0.5, "seconds": 45}),
            Activity("hop_smb", "mac3", "nas", start=130, how={"rounds": 6, "seconds": 40}),
            Activity("tunnel_resolver", "mac5", "door", start=55, how={"rate": 5, "seconds": 40}),
            Activity("beacon_tcp", "mac5", "drop", start=20, how={"wait": 5, "jitter": 0.3}),
            Activity("tunnel_dns", "mac5", "tunnel", start=100, how={"record": "TXT",
                                                                     "seconds": 50}),
            Activity("steal_ftp", "mac6", "drop", start=175,
                     how={"files": 10, "megabytes": 1.5, "seconds": 40}),
            Activity("steal_pieces", "mac5", "drop", start=220,
                     how={"kilobytes": 150, "wait": 0.7, "pieces": 40,
                                                                     "seconds": 45}),
        ),
    ),
)  # fmt: skip
