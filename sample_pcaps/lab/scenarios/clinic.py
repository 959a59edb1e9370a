"""A clinic."""

from __future__ import annotations

from sample_pcaps.lab.networks import NETWORKS
from sample_pcaps.lab.scenario import Activity, Scenario

__all__ = ["RUNS"]

_USE = (
    Activity("query", "ward*|portal", "records", every=6),
    Activity("share_use", "ward*", "images", every=15),
    Activity("ftp_transfer", "device1|device2", "images", every=25),
    Activity("sensor", "device*", "bus", every=3, how={"qos": 1}),
    Activity("listen", "portal", "bus", every=1),
    Activity("rdp_session", "ward*", "room*", every=50),
    Activity("browse_tls", "ward*", "portal|lab", every=15),
    Activity("web_login", "ward*", "portal", every=40),
    Activity("upload", "ward1|ward2", "lab", every=30),
    Activity("send_mail", "ward*", "core", every=40),
    Activity("look_up", "ward*|device*", "core", every=10),
    Activity("ask_time", "device*|records", "core", every=40),
    Activity("scp_copy", "images", "lab", every=40),
    Activity("ping", "portal", "*", every=12),
    # hard
    Activity("health_check", "core", "portal", every=4),
    Activity("monitoring_sweep", "core", "records|images|portal|bus", every=70),
    Activity("share_mistyped", "ward4", "images", every=60),
    Activity("nightly_backup", "records", "images", start=90),
    Activity("dead_service", "device3", "images", every=8, how={"port": 104}),
    Activity("crawl", "lab", "portal", every=90),
    Activity("update", "ward5", "lab", start=140, how={"parallel": 150}),
    Activity("keep_trying", "device2", "images", every=20,
             how={"port": 11112, "wait": 3, "rounds": 40}),
    Activity("ask_reputation", "ward*|room*", "core", every=60),
    Activity("ask_block_lists", "portal", "core", every=30, how={"mails": 3}),
    Activity("look_up_addresses", "portal", "core", every=120),
    Activity("browse_cdn", "ward*", "lab", every=90),
    Activity("load_ab", "lab", "portal", start=60, how={"requests": 400, "many": 2, "ms": 150}),
)  # fmt: skip
_CLINIC = NETWORKS["clinic"]

RUNS = (
    Scenario("clinic-quiet", _CLINIC, 360, _USE, seed=50),
    Scenario(
        "clinic-extorted", _CLINIC, 280, seed=51,
        activities=(
            *_USE,
            Activity("guess_rdp", "bot1", "room1", start=10,
                     how={"passwords": 60, "wait": 0.2, "seconds": 45}),
            Activity("guess_rdp", "bot2|bot3", "room2", start=15,
                     how={"passwords": 30, "wait": 3, "seconds": 100}),
            Activity("beacon_kept", "ward3", "drop", start=60, how={"wait": 4}),
            Activity("scan_connect", "ward3", "records|images|portal", start=120,
                     how={"rate": 60, "ports": 60}),
            Activity("hop_rdp", "ward3", "room*", start=150, how={"session": 8, "seconds": 30}),
            Activity("hop_smb", "ward3", "images", start=185, how={"rounds": 7, "seconds": 32}),
            Activity("steal_scp", "ward3", "drop", start=220, how={"megabytes": 6}),
            Activity("steal_http", "ward3", "drop", start=240,
                     how={"megabytes": 3, "rate": "300k"}),
        ),
    ),
    Scenario(
        "clinic-worm", _CLINIC, 260, seed=52,
        activities=(
            *_USE,
            Activity("spread", "bad", "images", start=15, how={"rate": 15, "seconds": 40}),
            Activity("spread", "ward1", "images", start=60, how={"rate": 6, "seconds": 40}),
            Activity("spread", "ward2", "images", start=75, how={"rate": 3, "seconds": 60}),
            Activity("hydra_postgres", "bad", "records", start=145,
                     how={"passwords": 60, "seconds": 20}),
            Activity("tunnel_resolver", "bad", "core", start=170, how={"rate": 8, "seconds": 40}),
            Activity("steal_dns", "ward1", "core", start=215, how={"rate": 20, "seconds": 30}),
            Activity("beacon_tcp", "ward2", "drop", start=140, how={"wait": 2, "jitter": 0.5}),
        ),
    ),
)  # fmt: skip
