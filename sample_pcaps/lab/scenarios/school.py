"""A school: many who browse and watch."""

from __future__ import annotations

from sample_pcaps.lab.networks import NETWORKS
from sample_pcaps.lab.scenario import Activity, Scenario

__all__ = ["RUNS"]

_USE = (
    Activity("browse", "pupil*|tab*", "site*", every=20),
    Activity("browse_chromium", "pupil1", "site*|learn", every=30),
    Activity("browse_tls", "pupil*|tab*", "site*", every=20),
    Activity("browse_http2", "pupil*|tab*", "site*|learn", every=25),
    Activity("watch", "tab*", "site1|site2", every=80, how={"segments": 6}),
    Activity("look_up", "pupil*|tab*", "names", every=15),
    Activity("ask_time", "pupil*|tab*", "names", every=100),
    Activity("web_login", "pupil*", "learn", every=60),
    Activity("poll", "pupil*", "learn", every=12),
    Activity("upload", "pupil*", "learn", every=90),
    Activity("share_use", "pupil*|desk", "share", every=60),
    Activity("read_site", "desk", "print", every=30),
    Activity("ping", "desk", "*", every=12),
    # hard
    Activity("share_mistyped", "pupil3", "share", every=70),
    Activity("telnet_session", "desk", "print", every=60),
    Activity("port_check", "desk", "print|share", every=80),
    Activity("ping_all", "desk", "pupil*|tab*", every=70),
    Activity("update", "pupil1|pupil2|pupil3", "site3", start=100, how={"parallel": 100}),
    Activity("dead_service", "tab1", "site3", every=25, how={"port": 5223}),
    Activity("crawl", "desk", "learn", every=100),
    Activity("scp_copy", "desk", "share", every=60),
    Activity("browse_cdn", "pupil*|tab*", "site*", every=70),
    Activity("ask_reputation", "desk|pupil1|pupil6", "names", every=50),
    Activity("ask_block_lists", "learn", "names", every=60, how={"mails": 2}),
    Activity("look_up_addresses", "desk", "names", every=140, start=30),
    Activity("load_wrk", "desk", "learn", start=45, how={"many": 2, "wait": 0.25, "for": 30}),
)
_SCHOOL = NETWORKS["school"]

RUNS = (
    Scenario(
        "school-quiet", _SCHOOL, 360, seed=40,
        activities=(
            *_USE,
            Activity("load_siege", "desk", "learn", start=95, how={"many": 5, "for": 70}),
            Activity("load_ab", "site1", "learn", start=220,
                     how={"requests": 900, "many": 3, "ms": 240}),
        ),
    ),
    Scenario(
        "school-curious-pupil", _SCHOOL, 260, seed=41,
        activities=(
            *_USE,
            Activity("sweep_port", "pupil7", "learn", start=10, how={"port": 445, "rate": 100,
                                                                     "seconds": 20}),
            Activity("scan_system", "bad", "learn|share|print", start=35, how={"seconds": 25}),
            Activity("guess_smb", "bad", "share", start=65,
                     how={"passwords": 30, "wait": 0.3, "seconds": 40}),
            Activity("spray_ssh", "bad", "share", start=110, how={"wait": 0.5, "seconds": 50}),
            Activity("hydra_http", "pupil7", "learn", start=165,
                     how={"wait": 1, "passwords": 30, "seconds": 40}),
            Activity("sql_injection", "pupil9", "learn", start=210, how={"seconds": 20}),
            Activity("flood_siege", "pupil9", "learn", start=235, how={"many": 20, "for": 10}),
        ),
    ),
    Scenario(
        "school-hidden-ways", _SCHOOL, 260, seed=42,
        activities=(
            *_USE,
            Activity("tunnel_dns", "pupil2", "tunnel", start=10,
                     how={"wait": 0.1, "bytes": 900, "seconds": 60}),
            Activity("tunnel_icmp", "pupil5", "tunnel", start=30, how={"wait": 2, "seconds": 60}),
            Activity("tunnel_resolver", "pupil4", "names", start=60, how={"seconds": 40}),
            Activity("tunnel_short", "tab4", "names", start=120,
                     how={"rate": 2, "bytes": (5, 10), "encoding": "hex", "record": "AAAA",
                          "seconds": 80}),
            Activity("beacon_tls", "tab2", "drop", start=5, how={"wait": 8, "jitter": 0.4}),
            Activity("beacon_http", "tab3", "drop", start=9, how={"wait": 12, "jitter": 0.1}),
            Activity("steal_pieces", "pupil8", "drop", start=100,
                     how={"kilobytes": 300, "wait": 0.5, "pieces": 40, "seconds": 50}),
            Activity("steal_ftp", "bad", "drop", start=160,
                     how={"files": 8, "megabytes": 1, "seconds": 30}),
            Activity("hop_smb", "bad", "share", start=195, how={"rounds": 6, "seconds": 26}),
            Activity("hulk", "bad", "learn", start=225, how={"rate": 40, "seconds": 15}),
        ),
    ),
)  # fmt: skip
