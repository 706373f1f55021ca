"""What was measured on, in general words."""

import os
import platform
import sqlite3
from contextlib import closing
from importlib.metadata import version

from sqlalchemy import make_url

from benchmarks.measuring.plain_sql import Plain
from tests.postgres import SHARED_MEMORY, Cluster


def described(cluster: Cluster) -> str:
    """One sentence."""
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    place = "in memory" if cluster.folder.parent == SHARED_MEMORY else "on disk"
    parts = [
        f"{os.cpu_count()} cores",
        system,
        f"Python {platform.python_version()}",
        f"SQLAlchemy {version('SQLAlchemy')}",
        f"SQLite {sqlite3.sqlite_version}",
        f"PostgreSQL {_postgresql(cluster)}",
        f"WeasyPrint {version('weasyprint')}",
        f"both databases {place}",
    ]
    return ", ".join(parts) + "."


def _postgresql(cluster: Cluster) -> str:
    with closing(Plain(make_url(cluster.url("postgres")))) as plain:
        return str(plain.value("SHOW server_version")).split()[0]
