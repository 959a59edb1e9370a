"""A branch that works on servers elsewhere."""

from __future__ import annotations

from sample_pcaps.lab.networks import NETWORKS
from sample_pcaps.lab.scenario import Activity, Scenario

__all__ = ["RUNS"]

_USE = (
    Activity("query", "till*|clerk*", "erp", every=5),
    Activity("poll", "till*", "app", every=7),
    Activity("browse_http2", "clerk*", "app", every=12),
    Activity("browse_tls", "clerk*|till*", "app", every=20),
    Activity("rdp_session", "clerk*", "erp", every=45),
    Activity("read_mail", "clerk*", "post", every=12),
    Activity("send_mail", "clerk*", "post", every=30),
    Activity("share_use", "clerk*", "box", every=25),
    Activity("look_up", "till*|clerk*", "box", every=9),
    Activity("ask_time", "till*", "box", every=45),
    Activity("web_login", "till*|clerk*", "app", every=50),
    Activity("upload", "clerk1", "app", every=40),
    Activity("ssh_session", "clerk4", "vault|app", every=35),
    Activity("ftp_transfer", "till1", "vault", every=45),
    Activity("ping", "clerk4", "*", every=15),
    # hard
    Activity("dead_service", "till3", "app", every=12, how={"port": 9100}),
    Activity("share_mistyped", "clerk2", "box", every=60),
    Activity("port_check", "clerk4", "box|vault", every=70),
    Activity("nightly_backup", "vault", "app", start=120),
    Activity("update", "clerk3", "app", start=60, how={"parallel": 120}),
    Activity("health_check", "box", "app", every=5),
    Activity("monitoring_sweep", "clerk4", "till*|box|vault", every=90),
)
_BRANCH = NETWORKS["branch"]

RUNS = (
    Scenario("branch-quiet", _BRANCH, 360, _USE, seed=60),
    Scenario(
        "branch-intruder", _BRANCH, 280, seed=61,
        activities=(
            *_USE,
            Activity("scan_stealth", "bad", "box|vault", start=10, how={"flags": "X", "rate": 60}),
            Activity("scan_slow", "bot1", "box|vault", start=20, how={"ports": 50, "wait": 0.6}),
            Activity("medusa_ssh", "bad", "vault", start=40, how={"passwords": 40, "seconds": 40}),
            Activity("medusa_ftp", "bot2", "vault", start=60, how={"passwords": 20, "seconds": 50}),
            Activity("guess_smb", "bad", "box", start=95,
                     how={"passwords": 25, "wait": 1, "seconds": 60}),
            Activity("hop_ssh", "bad", "vault|app", start=160,
                     how={"rounds": 5, "seconds": 42, "wait": 0.5}),
            Activity("probe_web", "bad", "app", start=100, how={"requests": 120, "seconds": 40}),
            Activity("discover_gobuster", "bad", "app", start=150, how={"seconds": 20}),
            Activity("slow_post", "bad", "app", start=230, how={"many": 40, "seconds": 35}),
            Activity("steal_scp", "bad", "drop", start=205, how={"megabytes": 5}),
            Activity("overflow", "bot1", "vault", start=210, how={"port": 21, "times": 25}),
            Activity("tunnel_queries", "clerk2", "box", start=100, how={"rate": 4, "seconds": 50}),
            Activity("steal_pieces", "till2", "drop", start=170,
                     how={"kilobytes": 80, "pieces": 40, "wait": 1.5, "seconds": 100}),
        ),
    ),
    Scenario(
        "branch-quiet-theft", _BRANCH, 280, seed=62,
        activities=(
            *_USE,
            Activity("beacon_tls", "clerk1", "drop", start=5, how={"wait": 7, "jitter": 0.3}),
            Activity("beacon_udp", "till4", "drop", start=10, how={"wait": 4, "jitter": 0.1}),
            Activity("tunnel_dns", "clerk2", "tunnel", start=40,
                     how={"record": "TXT", "wait": 0.5, "bytes": 200, "seconds": 60}),
            Activity("tunnel_resolver", "till4", "box", start=110, how={"rate": 4, "seconds": 50}),
            Activity("steal_dns", "clerk3", "box", start=165, how={"rate": 8, "seconds": 60}),
            Activity("spread", "till1", "box", start=230, how={"port": 22, "rate": 20,
                                                               "seconds": 35}),
        ),
    ),
)  # fmt: skip
