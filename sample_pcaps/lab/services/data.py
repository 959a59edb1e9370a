"""Stores and queues: PostgreSQL, Redis, Mosquitto."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from sample_pcaps.lab.services.service import Place, Service

__all__ = ["CACHE_PASSWORD", "DATABASE_PASSWORD", "SERVICES"]

DATABASE_PASSWORD = "tall-Ships-55"  # noqa: S105
CACHE_PASSWORD = "sea-lion-70"  # noqa: S105
_POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
_HEAD = """
CREATE TABLE orders AS SELECT i AS id, md5(i::text) AS customer, (i * 37) % 1000 AS amount,
    repeat(md5((i * 7)::text), 1 + i % 9) AS note FROM generate_series(1, 4000) AS i;
CREATE INDEX ON orders (amount);
"""


def _postgresql(place: Place) -> list[str]:
    tools, data = _POSTGRES[-1], place.folder / "data"
    word = place.write("password", DATABASE_PASSWORD)
    shutil.chown(place.folder, "postgres", "postgres")
    as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    subprocess.run(
        [*as_postgres, tools / "initdb", "-D", data, "-A", "scram-sha-256", "-N",
         "--pwfile", word, "--locale=C", "-E", "UTF8"],
        capture_output=True, check=True, cwd="/",
    )  # fmt: skip
    with (data / "pg_hba.conf").open("a") as rules:
        rules.write("host all all 0.0.0.0/0 scram-sha-256\nhost all all ::/0 scram-sha-256\n")
    with (data / "postgresql.conf").open("a") as settings:
        settings.write(
            "listen_addresses = '*'\nfsync = off\nshared_buffers = 16MB\nlogging_collector = off\n"
            f"unix_socket_directories = '{place.folder}'\nmax_connections = 200\n"
        )
    # A server without network that reads what is to be in the tables.
    subprocess.run(
        [*as_postgres, tools / "postgres", "--single", "-j", "-D", data, "postgres"],
        input=_HEAD.replace(";\n", ";\n\n").encode(), capture_output=True, check=True, cwd="/",
    )  # fmt: skip
    return [*as_postgres, str(tools / "postgres"), "-D", str(data)]


def _redis(place: Place) -> list[str]:
    return [
        "redis-server", "--bind", "*", "-::*", "--port", "6379", "--save", "", "--protected-mode",
        "no", "--dir", str(place.folder), "--logfile", "/dev/null", "--requirepass", CACHE_PASSWORD,
    ]  # fmt: skip


def _mqtt(place: Place) -> list[str]:
    conf = place.write(
        "mosquitto.conf", "listener 1883", "allow_anonymous true", "user root", "log_type none"
    )
    return ["mosquitto", "-c", conf]


SERVICES = (
    Service("postgresql", 5432, _postgresql),
    Service("redis", 6379, _redis),
    Service("mqtt", 1883, _mqtt),
)
