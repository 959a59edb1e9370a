"""Servers that the world uses."""

from __future__ import annotations

from sample_pcaps.lab.networks import NETWORKS
from sample_pcaps.lab.scenario import Activity, Scenario

__all__ = ["RUNS"]

_USE = (
    Activity("browse", "guest*", "www*", every=12),
    Activity("browse_tls", "guest*", "www*", every=15),
    Activity("browse_http2", "guest*", "www*", every=25),
    Activity("wget_page", "guest*", "www*", every=40),
    Activity("web_login", "guest*", "www*", every=45),
    Activity("upload", "guest*", "www*", every=70),
    Activity("look_up", "guest*|www*", "ns", every=10),
    Activity("ask_time", "guest1|guest2|db", "ns", every=50),
    Activity("send_mail", "guest*|www1", "mx", every=25),
    Activity("read_mail", "guest*", "mx", every=20),
    Activity("ftp_transfer", "guest6|guest7", "ftp", every=40),
    Activity("query", "www*", "db", every=3),
    Activity("cache_use", "www*", "db", every=3),
    Activity("ssh_session", "admin", "www*|ftp", every=25),
    Activity("scp_copy", "admin", "www*", every=50),
    # hard
    Activity("health_check", "watch", "www*", every=2),
    Activity("monitoring_sweep", "watch", "www*|ftp|mx|ns|db", every=60),
    Activity("crawl", "robot", "www*", every=30),
    Activity("update", "guest5", "www1", start=130, how={"parallel": 200}),
    Activity("dead_service", "www2", "db", every=20, how={"port": 11211}),
    Activity("nightly_backup", "www1", "ftp", start=60),
    Activity("download", "guest*", "www2", every=100),
    Activity("ask_block_lists", "mx", "ns", every=8, how={"wait": 1.2}),
    Activity("look_up_addresses", "watch|www2", "ns", every=100),
    Activity("ask_reputation", "mx|db", "ns", every=60),
    Activity("load_siege", "admin", "www2", start=20, how={"many": 5, "for": 40}),
)
_HOSTING = NETWORKS["hosting"]

RUNS = (
    Scenario(
        "hosting-quiet", _HOSTING, 360, seed=30,
        activities=(
            *_USE,
            Activity("load_ab", "admin", "www1", start=75,
                     how={"requests": 1300, "many": 4, "ms": 220}),
            Activity("load_wrk", "watch", "www2", start=160,
                     how={"many": 3, "wait": 0.2, "close": True, "for": 70}),
            Activity("load_siege", "admin", "www1", start=265, how={"many": 7, "for": 75}),
        ),
    ),
    Scenario(
        "hosting-flooded", _HOSTING, 270, seed=31,
        activities=(
            *_USE,
            Activity("slow_body", "bad", "www1", start=15, how={"seconds": 40, "many": 120}),
            Activity("flood_wrk", "bad", "www1", start=65),
            Activity("flood_syn", "bad", "www2", start=80, how={"rate": 150, "packets": 1500}),
            Activity("flood_together", "bot*", "www1", start=105, how={"rate": 10, "seconds": 20}),
            Activity("flood_forged", "bad", "www2", start=140, how={"rate": 120, "packets": 1500}),
            Activity("amplified", "bad", "www1", start=165, how={"rate": 80, "packets": 1000}),
            Activity("slowloris", "bot1", "www2", start=185, how={"many": 50, "seconds": 40}),
            Activity("slow_headers", "bot*", "www1", start=228,
                     how={"many": 20, "rate": 5, "seconds": 30}),
        ),
    ),
    Scenario(
        "hosting-guessed", _HOSTING, 270, seed=32,
        activities=(
            *_USE,
            Activity("scan_connect", "bad", "www*|ftp|mx", start=10, how={"rate": 80}),
            Activity("scan_masscan", "bot6", "ns", start=20, how={"rate": 150, "seconds": 15}),
            Activity("hydra_ssh", "bot*", "www1", start=40,
                     how={"wait": 3, "passwords": 20, "seconds": 100}),
            Activity("patator_ftp", "bad", "ftp", start=50, how={"passwords": 20, "seconds": 50}),
            Activity("hydra_smtp", "bot1", "mx", start=145, how={"passwords": 60, "seconds": 30}),
            Activity("hydra_imap", "bot2", "mx", start=150, how={"passwords": 30, "seconds": 40}),
            Activity("hydra_http", "bot3", "www2", start=195, how={"passwords": 50, "seconds": 15}),
            Activity("sql_injection", "bot4", "www2", start=215, how={"seconds": 20}),
            Activity("discover_ffuf", "bot5", "www1", start=235, how={"seconds": 25}),
        ),
    ),
)  # fmt: skip
