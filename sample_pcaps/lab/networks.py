"""The networks of the lab: addressing, hosts and what they serve."""

from __future__ import annotations

from sample_pcaps.lab.scenario import Host, Network, hosts

__all__ = ["IOT", "OFFICE", "SMOKE"]

#: For the smoke test: nothing but the standard library and iproute2.
SMOKE = Network(
    "smoke", "198.18.1.0/24", "198.19.1.0/24", "fd1a:1::/64", "fd1a:1:1::/64",
    hosts=(*hosts("pc", 2), Host("web", ("small-web",)), Host("old", ("telnet",)), Host("bad")),
)  # fmt: skip

#: A small office: desks, a server for files, one for names and time, mail, a database, the web.
OFFICE = Network(
    "office", "198.18.10.0/24", "198.19.10.0/24", "fd1a:10::/64", "fd1a:10:1::/64",
    hosts=(
        *hosts("pc", 6),
        Host("gate", ("dns", "ntp")),
        Host("files", ("ssh", "smb", "ftp")),
        Host("mail", ("smtp", "imap")),
        Host("base", ("postgresql", "redis", "ssh")),
        Host("intra", ("web", "app")),
        Host("term", ("rdp", "ssh")),
        Host("watch"),
        Host("bad"),
        *hosts("site", 2, "web", "app", outside=True),
        *hosts("bot", 4, outside=True),
        Host("drop", ("web", "app", "ftp", "ssh"), outside=True),
        Host("tunnel", ("iodine", "ptunnel"), outside=True),
    ),
)  # fmt: skip

#: A small site of things: sensors, cameras, a controller, a broker.
IOT = Network(
    "iot", "198.18.64.0/25", "198.19.64.0/25", "fd1a:64::/64", "fd1a:64:1::/64", first=20,
    hosts=(
        *hosts("sensor", 6),
        *hosts("cam", 2),
        Host("hub", ("mqtt", "dns", "ntp", "iperf", "app")),
        Host("plc", ("modbus", "telnet")),
        Host("panel", ("small-web", "telnet", "ssh")),
        Host("phone"),
        Host("bad"),
        Host("cloud", ("web", "app", "mqtt"), outside=True),
        *hosts("bot", 3, outside=True),
        Host("drop", ("web", "app"), outside=True),
    ),
)  # fmt: skip
