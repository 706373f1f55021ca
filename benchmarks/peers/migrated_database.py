"""The empty tables of a peer. Its migrations take minutes, so what they make is kept as a dump."""

import subprocess
from collections.abc import Callable

import benchmarks.peers.virtual_environments as environments
from tests.postgres import Cluster, bundled, installed


def migrated_database(cluster: Cluster, name: str, migrate: Callable[[], None]) -> None:
    """Makes the database ``name``; ``migrate`` fills it the first time."""
    kept = environments.dump(name)
    cluster.create_database(name)
    if kept.exists():
        _run(cluster, "pg_restore", "--dbname", name, str(kept))
        return
    migrate()
    unfinished = kept.with_suffix(".part")
    _run(cluster, "pg_dump", "--format", "custom", "--file", str(unfinished), name)
    unfinished.rename(kept)


def _run(cluster: Cluster, program: str, *arguments: str) -> None:
    binaries = installed() or bundled()
    assert binaries
    where = ("--host", str(cluster.folder), "--port", "5432", "--username", "postgres")
    subprocess.run([str(binaries / program), *where, *arguments], check=True)
