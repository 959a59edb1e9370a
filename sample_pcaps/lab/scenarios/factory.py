"""A factory: controllers that are asked without pause."""

from __future__ import annotations

from sample_pcaps.lab.networks import NETWORKS
from sample_pcaps.lab.scenario import Activity, Scenario

__all__ = ["RUNS"]

_USE = (
    Activity("poll_registers", "scada", "plc*", every=1, how={"times": 30, "wait": 0.2}),
    Activity("poll_registers", "panel", "plc*", every=5, how={"times": 5, "wait": 0.5}),
    Activity("sensor", "gauge*", "scada", every=4),
    Activity("listen", "past", "scada", every=1),
    Activity("query", "scada|eng*", "past", every=6),
    Activity("cache_use", "scada", "past", every=5),
    Activity("heartbeat_names", "gauge*|plc*", "scada", every=20),
    Activity("ask_time", "plc*|gauge*", "scada", every=60),
    Activity("read_site", "eng*", "panel", every=20),
    Activity("rdp_session", "eng*", "scada", every=50),
    Activity("telnet_session", "eng1", "plc*", every=40),
    Activity("ssh_session", "eng2", "panel|vendor", every=40),
    Activity("share_use", "eng*", "shop", every=30),
    Activity("ftp_transfer", "past", "shop", every=40),
    Activity("browse_tls", "eng*", "vendor", every=20),
    Activity("ping", "scada", "*", every=6),
    # hard
    Activity("ping_all", "scada", "plc*|gauge*|panel", every=50),
    Activity("dead_service", "gauge4", "past", every=9, how={"port": 8086}),
    Activity("port_check", "eng1", "panel|shop", every=60),
    Activity("health_check", "scada", "panel", every=4),
    Activity("upload", "past", "vendor", every=30),
    Activity("monitoring_sweep", "scada", "past|panel|shop", every=70),
    Activity("share_mistyped", "eng2", "shop", every=90),
)
_FACTORY = NETWORKS["factory"]

RUNS = (
    Scenario("factory-quiet", _FACTORY, 360, _USE, seed=70),
    Scenario(
        "factory-reconnoitred", _FACTORY, 270, seed=71,
        activities=(
            *_USE,
            Activity("sweep_port", "bad", "scada", start=10, how={"port": 502, "rate": 40}),
            Activity("scan_udp", "bad", "scada|past", start=40, how={"ports": 30, "rate": 30}),
            Activity("scan_syn", "eng2", "past|shop", start=75, how={"rate": 10, "ports": 100,
                                                                     "seconds": 30}),
            Activity("guess_telnet", "bad", "plc*", start=115,
                     how={"passwords": 21, "seconds": 40}),
            Activity("guess_rdp", "bot1", "scada", start=120, how={"passwords": 50, "seconds": 30}),
            Activity("hydra_redis", "bad", "past", start=160, how={"passwords": 60}),
            Activity("probe_web", "bot2", "panel", start=170, how={"requests": 120, "seconds": 30}),
            Activity("scan_holes", "bot1", "panel", start=205, how={"seconds": 25}),
            Activity("discover_gobuster", "bot2", "panel", start=232, how={"seconds": 20}),
        ),
    ),
    Scenario(
        "factory-stopped", _FACTORY, 280, seed=72,
        activities=(
            *_USE,
            Activity("beacon_http", "eng1", "drop", start=5, how={"wait": 5, "jitter": 0.5}),
            Activity("tunnel_icmp", "eng1", "tunnel", start=20, how={"wait": 1, "seconds": 40}),
            Activity("tunnel_resolver", "eng1", "scada", start=65, how={"rate": 6, "seconds": 30}),
            Activity("hop_smb", "eng1", "shop", start=75, how={"rounds": 8, "seconds": 45}),
            Activity("spread", "eng1", "scada", start=125, how={"port": 23, "rate": 12,
                                                                "seconds": 40}),
            Activity("slow_post", "bad", "panel", start=125, how={"many": 50, "seconds": 40}),
            Activity("hulk", "bad", "panel", start=175, how={"rate": 50, "seconds": 15}),
            Activity("flood_syn", "bad", "panel", start=200, how={"rate": 100, "packets": 1200}),
            Activity("flood_forged", "bot1", "panel", start=225, how={"rate": 60, "packets": 1000}),
            Activity("steal_pieces", "eng1", "drop", start=215,
                     how={"kilobytes": 120, "pieces": 40, "wait": 0.5, "seconds": 60}),
        ),
    ),
)  # fmt: skip
