"""A home: peers, pictures, telephones, and things that look for each other."""

from __future__ import annotations

from sample_pcaps.lab.networks import NETWORKS
from sample_pcaps.lab.scenario import Activity, Scenario

__all__ = ["RUNS"]

_PEERS = (
    Activity("gossip", "pc1", "crowd", every=4, how={"rate": 2.5}),
    Activity(
        "gossip",
        "pc2",
        "crowd",
        every=50,
        how={"flavour": "search", "port": 6346, "rate": 1.5, "seconds": 60},
    ),
    Activity(
        "gossip",
        "nas",
        "crowd",
        every=20,
        how={"flavour": "coins", "port": 8333, "rate": 0.7, "seconds": 100},
    ),
    Activity("gossip", "phone3", "crowd", every=60, how={"port": 51413, "rate": 6, "seconds": 30}),
    Activity("peer_calls", "crowd", "pc1", every=3, how={"rate": 0.8}),
    # It was a member yesterday.
    Activity(
        "peer_calls", "crowd", "pc3", every=10, how={"port": 51413, "rate": 0.5, "seconds": 60}
    ),
)
_LOOKING = (
    Activity("look_around", "pc1|phone1|tv", "gate", every=10, how={"way": "ssdp", "wait": 12}),
    Activity(
        "look_around", "tv|hub|gate|nas", "gate", every=10, how={"way": "ssdp_notify", "wait": 25}
    ),
    Activity(
        "look_around", "phone*|pc*|speaker", "gate", every=15, how={"way": "mdns", "wait": 18}
    ),
    Activity("look_around", "pc2|pc3", "gate", every=20, how={"way": "llmnr", "wait": 15}),
    Activity("look_around", "pc2", "gate", every=20, how={"way": "ws_discovery", "wait": 20}),
    Activity("look_around", "pc2|nas", "gate", every=15, how={"way": "netbios_names", "wait": 10}),
    Activity("look_around", "pc3", "gate", every=20, how={"way": "netbios_browse", "wait": 35}),
    Activity("look_around", "pc1|pc2", "gate", every=5, how={"way": "folders", "wait": 30}),
    Activity("look_around", "phone1|hub", "gate", every=30, how={"way": "plugs", "wait": 9}),
    Activity(
        "look_around",
        "bulb*|phone*|cam",
        "gate",
        every=90,
        how={"way": "dhcp", "wait": 60, "seconds": 15},
    ),
    Activity("ask_netbios", "pc2|pc3", "gate", every=45),
)
_USE = (
    *_PEERS,
    *_LOOKING,
    Activity("register_phone", "handset1", "exchange", every=2, how={"wait": 9}),
    Activity("register_phone", "handset2", "exchange", every=2, how={"wait": 30}),
    Activity("phone_call", "handset*", "exchange", every=45),
    Activity("browse_widely", "pc*|phone*", "edge", every=20),
    Activity("browse_widely", "tv", "edge", every=45, how={"parallel": 6, "parts": 20}),
    Activity("browse", "pc*|phone*", "site*", every=45),
    Activity("browse_http2", "pc*|phone*", "site*", every=30),
    Activity("watch", "tv|phone2", "site1", every=90, how={"segments": 8}),
    Activity("download", "pc3", "site2", every=120),
    Activity("look_up", "pc*|phone*|tv", "gate", every=12),
    Activity("look_up_many", "nas", "names", every=45, how={"mails": 5}),
    Activity("look_up_many", "pc1", "gate", every=80, how={"mails": 4}),
    Activity("heartbeat_names", "bulb*|plug*|cam", "gate", every=25),
    Activity("ask_pool", "pc*|tv|nas|gate", "clock", every=90),
    Activity("ask_time", "bulb*|plug*|cam", "gate", every=120),
    Activity("sensor", "bulb*", "hub", every=8),
    Activity("sensor", "plug*", "cloud", every=10, how={"qos": 1}),
    Activity("listen", "hub|phone1", "hub|cloud", every=1),
    Activity("poll", "phone*|speaker", "cloud", every=15),
    Activity("balancer_asks", "hub", "cloud", every=10, how={"rate": 20, "times": 20}),
    Activity("upload", "phone*|cam", "cloud", every=45),
    Activity("read_site", "phone1", "print|hub", every=40),
    Activity("share_use", "pc2|pc3", "nas", every=40),
    Activity("ssh_session", "pc1", "nas", every=60),
    Activity("snmp_poll", "pc2", "print|nas|gate", every=30, how={"rounds": 2}),
    Activity("send_logs", "gate", "nas", every=20, how={"rate": 0.5}),
    Activity("dead_service", "speaker", "cloud", every=20, how={"port": 8883}),
    Activity("ping", "hub", "*", every=25),
    Activity("ask_reputation", "pc*", "gate", every=45),
    Activity("ask_block_lists", "nas", "gate", every=60, how={"mails": 3}),
    Activity("browse_cdn", "pc*|phone*|tv", "site*", every=50),
    Activity("look_up_addresses", "hub", "gate", every=150, how={"addresses": 60}),
    Activity("keep_trying", "print", "cloud", every=30, how={"port": 5222, "wait": 5}),
    Activity("load_ab", "pc1", "hub", start=90, how={"requests": 250, "many": 1, "ms": 120}),
)  # fmt: skip
_HOME = NETWORKS["home"]

RUNS = (
    Scenario("home-quiet", _HOME, 300, _USE, seed=100),
    Scenario(
        "home-enlisted", _HOME, 280, seed=101,
        activities=(
            *_USE,
            Activity("sweep_port", "bad", "gate", start=10,
                     how={"port": 23, "rate": 40, "seconds": 25}),
            Activity("guess_telnet", "bad", "cam", start=45,
                     how={"passwords": 36, "wait": 0.3, "seconds": 40}),
            Activity("hydra_http", "bot1", "hub", start=60,
                     how={"passwords": 30, "tasks": 2, "seconds": 25}),
            Activity("beacon_kept", "bulb*", "drop", start=70, how={"wait": 7}),
            Activity("beacon_udp", "cam|plug2", "drop", start=80,
                     how={"wait": 6, "jitter": 0.4}),
            Activity("spread", "cam", "gate", start=115,
                     how={"port": 23, "rate": 8, "seconds": 35}),
            Activity("flood_syn_together", "bulb*", "cloud", start=160,
                     how={"rate": 25, "packets": 250}),
            Activity("flood_ack", "plug1", "site1", start=180, how={"rate": 120, "packets": 700}),
            Activity("flood_icmp", "cam", "site2", start=195, how={"rate": 60, "packets": 600}),
            Activity("flood_forged", "bot2", "hub", start=210, how={"rate": 75, "packets": 800}),
            Activity("tunnel_short", "bulb2", "gate", start=20,
                     how={"rate": 0.2, "encoding": "digits", "bytes": (4, 8), "seconds": 240}),
            Activity("slow_headers", "bot3", "hub", start=228,
                     how={"many": 40, "rate": 10, "seconds": 30}),
            Activity("probe_web", "bot4", "print", start=235,
                     how={"requests": 100, "wait": 0.25, "seconds": 30}),
        ),
    ),
    Scenario(
        "home-spied", _HOME, 280, seed=102,
        activities=(
            *_USE,
            Activity("scan_versions", "bad", "nas|hub|print", start=10, how={"seconds": 25}),
            Activity("scan_connect", "bulb4", "nas|print|cam", start=45,
                     how={"rate": 15, "ports": 70, "seconds": 20}),
            Activity("hydra_ssh", "bad", "nas", start=50,
                     how={"wait": 2, "passwords": 20, "seconds": 60}),
            Activity("guess_smb", "bad", "nas", start=75,
                     how={"passwords": 15, "wait": 0.8, "seconds": 35}),
            Activity("beacon_http", "phone2", "drop", start=30, how={"wait": 9, "jitter": 0.25}),
            Activity("beacon_tcp", "tv", "drop", start=35, how={"wait": 5, "jitter": 0.3}),
            Activity("tunnel_dns", "pc3", "tunnel", start=85,
                     how={"record": "TXT", "wait": 0.4, "bytes": 300, "seconds": 50}),
            Activity("tunnel_short", "bulb1", "gate", start=20,
                     how={"rate": 5, "seconds": 60}),
            Activity("tunnel_short_straight", "phone2", "drop", start=60,
                     how={"rate": 3, "encoding": "hex", "bytes": (5, 10), "record": "TXT",
                          "seconds": 80}),
            Activity("tunnel_icmp", "phone1", "tunnel", start=100,
                     how={"wait": 1.5, "seconds": 40}),
            Activity("hop_smb", "pc2", "nas", start=145,
                     how={"rounds": 6, "wait": 0.6, "kilobytes": 120, "seconds": 30}),
            Activity("hop_ssh", "pc3", "nas", start=150,
                     how={"rounds": 5, "kilobytes": 50, "seconds": 35}),
            Activity("steal_scp", "nas", "drop", start=190, how={"megabytes": 4, "seconds": 25}),
            Activity("steal_ftp", "pc2", "drop", start=200,
                     how={"files": 10, "megabytes": 0.3, "rate": "400k", "seconds": 35}),
            Activity("steal_dns", "phone3", "gate", start=225, how={"rate": 9, "seconds": 40}),
            Activity("hulk", "bot1", "hub", start=240, how={"rate": 25, "seconds": 15}),
        ),
    ),
)  # fmt: skip
