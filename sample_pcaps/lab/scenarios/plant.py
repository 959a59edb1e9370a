"""An industrial plant: most of it are questions to controllers, each the like of the last."""

from __future__ import annotations

from sample_pcaps.lab.networks import NETWORKS
from sample_pcaps.lab.scenario import Activity, Scenario

__all__ = ["RUNS"]

_POLLS = (
    Activity("poll_fins", "scada", "plc1", every=1, how={"times": 150, "wait": 0.4, "words": 10}),
    Activity(
        "poll_fins",
        "scada",
        "plc2|plc3|plc4",
        every=1,
        how={"times": 40, "wait": 1.0, "jitter": 0.2, "kept": True},
    ),
    Activity(
        "poll_modbus_udp", "hmi1", "plc*", every=2, how={"times": 30, "wait": 0.5, "jitter": 0.02}
    ),
    Activity(
        "poll_modbus_udp",
        "hmi2",
        "plc5",
        every=6,
        how={"times": 60, "wait": 0.15, "jitter": 0.3, "words": 60},
    ),
    Activity("poll_bacnet", "hall", "air*", every=2, how={"times": 12, "wait": 2, "jitter": 0.1}),
    # A controller that was switched off long ago.
    Activity("poll_fins", "hmi2", "meter3", every=20, how={"times": 10, "wait": 1}),
    Activity("poll_anew", "hmi1", "plc3|plc4", every=2, how={"times": 30, "wait": 0.8}),
    Activity("poll_anew", "past", "plc*", every=5, how={"times": 8, "wait": 2, "jitter": 0.3}),
    Activity("poll_anew", "eng1", "meter1", every=25, how={"times": 6, "wait": 2}),
    Activity("poll_registers", "scada", "plc2|plc5", every=2, how={"times": 40, "wait": 0.3}),
)
_REPORTS = (
    Activity("snmp_poll", "logs", "switch*|past|term|relay|eng*|mes", every=20),
    Activity(
        "snmp_poll", "scada", "switch*|logs|plc*|air*", every=35, how={"wait": 0.2, "retries": 2}
    ),
    Activity("snmp_walk", "eng1|logs", "switch*|past", every=25),
    Activity("send_logs", "switch*|scada", "logs", every=2),
    Activity("send_logs", "mes", "logs", every=5, how={"rate": 6, "seconds": 30}),
    Activity("send_logs", "voip", "past", every=10, how={"rate": 0.3, "seconds": 60}),
    Activity("log_line", "term|files|air*", "logs", every=12),
    Activity("send_flows", "switch1", "logs", every=2),
    Activity("send_flows", "switch2", "term", every=30, how={"rate": 0.5, "seconds": 25}),
    Activity("sensor", "meter*", "scada", every=5),
    Activity("sensor", "meter1|air*", "scada", every=12, how={"qos": 1}),
    Activity("listen", "past", "scada", every=1),
)
#: Sessions that end and are begun anew without harm, and those that never come about.
_RETRIED = (
    Activity("gather_phasors", "scada", "pmu1", every=3, how={"seconds": 200}),
    Activity("gather_phasors", "past", "pmu2", every=10, how={"seconds": 60}),
    Activity("gather_phasors", "hmi1", "pmu3", every=20, how={"seconds": 120}),
    Activity("gather_phasors", "hmi2", "meter2", every=15, how={"wait": 4, "seconds": 180}),
    Activity("keep_trying", "eng2", "mes", every=40, how={"port": 5007, "wait": 2.5, "rounds": 50}),
    Activity("seek_controller", "eng1", "press", start=15, how={"wait": 1.5}),
    Activity("seek_controller", "hmi1", "press", every=30, start=30, how={"seconds": 100}),
    Activity("seek_controller", "eng2", "meter1", every=60, how={"wait": 3, "seconds": 60}),
)
_LOOK_UPS = (
    Activity("ask_block_lists", "relay", "scada", every=25),
    Activity("ask_block_lists", "relay", "names", every=60, how={"mails": 5}),
    Activity("ask_reputation", "eng*|term", "scada", every=45),
    Activity("browse_cdn", "eng*|term", "vendor", every=80),
    Activity("look_up_addresses", "logs", "scada", every=120),
)
_USE = (
    *_POLLS,
    *_REPORTS,
    *_RETRIED,
    *_LOOK_UPS,
    Activity("load_ab", "term", "mes", start=100, how={"requests": 350, "many": 3, "ms": 180}),
    Activity("look_around", "air*", "scada", every=15, how={"way": "bacnet_who", "wait": 25}),
    Activity("look_around", "eng*", "scada", every=30, how={"way": "enip_list", "wait": 8}),
    Activity("look_around", "eng*", "scada", every=20, how={"way": "netbios_names", "wait": 12}),
    Activity(
        "look_around", "eng1|term", "scada", every=20, how={"way": "netbios_browse", "wait": 30}
    ),
    Activity("look_around", "eng2|files", "scada", every=20, how={"way": "llmnr", "wait": 14}),
    Activity(
        "look_around",
        "meter*|line*",
        "scada",
        every=90,
        how={"way": "dhcp", "wait": 60, "seconds": 20},
    ),
    Activity("register_phone", "line*", "voip", every=3, how={"wait": 12, "seconds": 100}),
    Activity("phone_call", "line1|line2", "voip", every=50, how={"most": 30}),
    Activity("look_up_many", "relay", "names", every=25),
    Activity("look_up_many", "relay", "scada", every=60, how={"mails": 3}),
    Activity("ask_pool", "scada|relay", "clock", every=70),
    Activity("ask_time", "plc*|air*|meter*", "scada", every=120),
    Activity("queue_work", "mes", "past", every=15, how={"messages": 30}),
    Activity("queue_work", "past", "mes", every=40, how={"messages": 20, "wait": 0.5}),
    Activity("balancer_checks", "hall", "mes", every=2, how={"wait": 2, "rounds": 15}),
    Activity("query", "scada|eng*|mes", "past", every=10),
    Activity("share_use", "eng*|term", "files", every=40),
    Activity("ftp_transfer", "past", "files", every=60),
    Activity("ssh_session", "eng2", "past|term|vendor", every=45),
    Activity("telnet_session", "eng1", "switch*", every=60),
    Activity("rdp_session", "eng2", "term", every=70),
    Activity("browse_tls", "eng*|term", "vendor|mes", every=25),
    Activity("web_login", "eng*", "mes", every=70),
    Activity("send_mail", "mes|eng*", "relay", every=50),
    Activity("upload", "past", "vendor", every=60),
    Activity("ping", "scada", "*", every=15),
    Activity("ping_all", "logs", "plc*|air*|switch*|meter*", every=60),
)
_PLANT = NETWORKS["plant"]

RUNS = (
    Scenario("plant-quiet", _PLANT, 300, _USE, seed=90),
    Scenario(
        "plant-mapped", _PLANT, 270, seed=91,
        activities=(
            *_USE,
            Activity("sweep_ping", "bad", "scada", start=10, how={"rate": 60, "seconds": 20}),
            Activity("scan_syn", "bad", "past|mes|files", start=40,
                     how={"rate": 25, "ports": 50, "seconds": 20}),
            Activity("scan_connect", "eng2", "mes|term", start=65,
                     how={"rate": 120, "ports": 80, "seconds": 15}),
            Activity("hydra_telnet", "bad", "switch1", start=85,
                     how={"passwords": 20, "tasks": 2, "seconds": 40}),
            Activity("hydra_postgres", "bot1", "past", start=90,
                     how={"passwords": 30, "wait": 1, "seconds": 45}),
            Activity("guess_rdp", "bot2", "term", start=100,
                     how={"passwords": 40, "wait": 0.6, "seconds": 45}),
            Activity("hop_ssh", "bad", "past|logs|term", start=150,
                     how={"rounds": 3, "wait": 1, "kilobytes": 80, "seconds": 35}),
            Activity("spread", "eng2", "files", start=190,
                     how={"port": 22, "rate": 5, "seconds": 35}),
            Activity("flood_udp", "bad", "hall", start=195,
                     how={"rate": 250, "packets": 1200, "port": 502}),
            Activity("flood_syn", "bot3", "mes", start=215, how={"rate": 60, "packets": 800}),
            Activity("discover_ffuf", "bot4", "mes", start=232, how={"wait": 0.2, "seconds": 25}),
        ),
    ),
    Scenario(
        "plant-held", _PLANT, 280, seed=92,
        activities=(
            *_USE,
            Activity("beacon_tls", "eng1", "drop", start=5, how={"wait": 7, "jitter": 0.3}),
            Activity("beacon_udp", "meter2|meter3", "drop", start=12,
                     how={"wait": 4, "jitter": 0.1}),
            Activity("tunnel_icmp", "hmi2", "tunnel", start=20,
                     how={"wait": 0.5, "pages": 40, "seconds": 45}),
            Activity("tunnel_resolver", "hmi1", "scada", start=45, how={"rate": 4, "seconds": 40}),
            Activity("hop_rdp", "bad", "term", start=70,
                     how={"rounds": 3, "session": 7, "seconds": 35}),
            Activity("hop_smb", "bad", "files", start=110,
                     how={"rounds": 5, "kilobytes": 200, "seconds": 30}),
            Activity("steal_dns", "meter1", "scada", start=120, how={"rate": 7, "seconds": 40}),
            Activity("steal_pieces", "past", "drop", start=140,
                     how={"kilobytes": 90, "pieces": 30, "wait": 0.8, "seconds": 45}),
            Activity("steal_http", "files", "drop", start=165,
                     how={"megabytes": 5, "rate": "900k", "seconds": 30}),
            Activity("sql_injection", "bot1", "mes", start=190,
                     how={"wait": 0.1, "seconds": 20}),
            Activity("flood_together", "bot*", "mes", start=215, how={"rate": 6, "seconds": 20}),
            Activity("flood_forged", "bot1", "mes", start=240, how={"rate": 90, "packets": 900}),
            Activity("amplified", "bot2", "mes", start=255, how={"rate": 60, "packets": 700}),
        ),
    ),
)  # fmt: skip
