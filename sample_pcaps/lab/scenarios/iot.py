"""A small site of things."""

from __future__ import annotations

from sample_pcaps.lab.networks import IOT
from sample_pcaps.lab.scenario import Activity, Scenario

__all__ = ["IOT_RUNS"]

_THINGS = (
    Activity("sensor", "sensor*", "hub", every=6),
    Activity("sensor", "sensor*", "cloud", every=20, how={"qos": 1}),
    Activity("listen", "hub|phone", "hub|cloud", every=1),
    Activity("camera", "cam*", "hub", every=5, how={"rate": "600K"}),
    Activity("poll_registers", "hub|panel", "plc", every=3),
    Activity("heartbeat_names", "sensor*|cam*", "hub", every=15),
    Activity("ask_time", "sensor*|cam*|plc", "hub", every=60),
    Activity("poll", "phone|hub", "cloud", every=6),
    Activity("read_site", "phone", "panel", every=30),
    Activity("health_check", "hub", "panel", every=5),
    Activity("upload", "cam1", "cloud", every=25),
    Activity("telnet_session", "phone", "plc|panel", every=70),
    Activity("ping", "hub", "*", every=10),
    Activity("dead_service", "sensor6", "hub", every=10, how={"port": 8883}),
    Activity("port_check", "phone", "panel", every=120),
    Activity("ping_all", "hub", "sensor*|cam*|plc|panel", every=60),
)

IOT_RUNS = (Scenario("iot-quiet", IOT, 240, _THINGS, seed=20),)
