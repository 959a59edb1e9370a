"""A small site of things."""

from __future__ import annotations

from sample_pcaps.lab.networks import NETWORKS
from sample_pcaps.lab.scenario import Activity, Scenario

__all__ = ["RUNS"]

_USE = (
    Activity("sensor", "sensor*", "hub", every=6),
    Activity("sensor", "sensor*", "cloud", every=20, how={"qos": 1}),
    Activity("listen", "hub|phone", "hub|cloud", every=1),
    Activity("camera", "cam*", "hub", every=5, how={"kilobytes": 5}),
    Activity("poll_registers", "hub|panel", "plc", every=3),
    Activity("heartbeat_names", "sensor*|cam*", "hub", every=15),
    Activity("ask_time", "sensor*|cam*|plc", "hub", every=60),
    Activity("poll", "phone|hub", "cloud", every=6),
    Activity("read_site", "phone", "panel", every=30),
    Activity("health_check", "hub", "panel", every=5),
    Activity("upload", "cam1", "cloud", every=25),
    Activity("telnet_session", "phone", "plc|panel", every=50),
    Activity("ping", "hub", "*", every=10),
    Activity("dead_service", "sensor6", "hub", every=10, how={"port": 8883}),
    Activity("port_check", "phone", "panel", every=120),
    Activity("ping_all", "hub", "sensor*|cam*|plc|panel", every=60),
    Activity("update", "panel", "cloud", start=80, how={"parallel": 60}),
)
#: In training only: the run that detectors are tried on stays as it was.
_LOOK_UPS = (
    Activity("ask_reputation", "phone|panel", "hub", every=35),
    Activity("ask_block_lists", "panel", "hub", every=80, how={"mails": 2}),
    Activity("browse_cdn", "phone", "cloud", every=40),
    Activity("look_up_addresses", "panel", "hub", every=150, how={"addresses": 50}),
    Activity("keep_trying", "cam2", "hub", every=30, how={"port": 8554, "rounds": 20}),
    Activity("load_ab", "phone", "panel", start=120,
             how={"requests": 250, "many": 2, "ms": 150}),
)  # fmt: skip
_THINGS = NETWORKS["things"]

RUNS = (
    Scenario("things-quiet", _THINGS, 360, (*_USE, *_LOOK_UPS), seed=20),
    Scenario(
        "things-recruited", _THINGS, 280, seed=21,
        activities=(
            *_USE,
            *_LOOK_UPS,
            Activity("sweep_port", "bad", "hub", start=10, how={"port": 23, "rate": 60}),
            Activity("hydra_telnet", "bad", "panel", start=25,
                     how={"passwords": 25, "seconds": 45}),
            Activity("guess_telnet", "bad", "plc", start=75, how={"passwords": 24, "seconds": 40}),
            Activity("beacon_kept", "cam1", "drop", start=60, how={"wait": 5}),
            Activity("beacon_udp", "sensor*", "drop", start=70, how={"wait": 9, "jitter": 0.3}),
            Activity("spread", "cam1", "hub", start=130,
                     how={"port": 23, "rate": 15, "seconds": 40}),
            Activity("flood_udp", "cam2", "cloud", start=180, how={"rate": 150, "packets": 1500}),
            Activity("flood_syn_together", "sensor*", "cloud", start=200,
                     how={"rate": 40, "packets": 300}),
            Activity("flood_icmp", "cam1", "cloud", start=225, how={"rate": 100, "packets": 900}),
            Activity("tunnel_short_straight", "cam2", "drop", start=15,
                     how={"rate": 0.2, "encoding": "hex", "bytes": (5, 10), "seconds": 250}),
            Activity("tunnel_short", "sensor3", "hub", start=40,
                     how={"rate": 3, "encoding": "digits", "bytes": (4, 8), "seconds": 60}),
            Activity("tunnel_short", "sensor5", "hub", start=120,
                     how={"rate": 5.5, "record": "TXT", "seconds": 45}),
            Activity("flood_ack", "cam2", "cloud", start=245, how={"rate": 90, "packets": 800}),
        ),
    ),
    Scenario(
        "things-probed", _THINGS, 250, seed=22,
        activities=(
            *_USE,
            Activity("scan_slow", "bad", "hub|plc|panel", start=10, how={"ports": 40, "wait": 0.8}),
            Activity("scan_udp", "bot1", "hub", start=20, how={"ports": 30, "rate": 50}),
            Activity("patator_ssh", "bot2", "panel", start=60,
                     how={"passwords": 20, "seconds": 60}),
            Activity("steal_http", "cam2", "drop", start=120, how={"rate": "200k", "megabytes": 4}),
            Activity("slowloris", "bot3", "panel", start=150, how={"many": 40, "seconds": 40}),
            Activity("probe_web", "bot1", "panel", start=195, how={"requests": 150, "seconds": 25}),
            Activity("scan_stealth", "bad", "hub|panel", start=225, how={"flags": "F"}),
        ),
    ),
)  # fmt: skip
