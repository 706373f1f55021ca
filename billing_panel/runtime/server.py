"""gunicorn keeps the processes; in each, uvicorn reads whole requests before threads take them."""

import ctypes
import gc
import resource
from contextlib import suppress
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

import pluggy
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from typing_extensions import override
from uvicorn_worker import UvicornWorker

from billing_panel.core.panel import EXTENSION, Panel
from billing_panel.kernel.process.collecting import without_collecting
from billing_panel.kernel.process.config import Patience, from_environment
from billing_panel.kernel.process.tracebacks_without_data import QuietFormatter
from billing_panel.runtime.app import create_app
from billing_panel.runtime.front.connection import Connection
from billing_panel.runtime.front.whole_requests import MAX_HEAD, WholeRequests

# of mallopt(3), where the C library is glibc
M_ARENA_MAX = -8
# so many objects more than at the last look
WASTE = 5_000
# to finish what was begun, when a process is to stop; gunicorn kills it a little later
FINISHING_SECONDS = 25
# sockets, files and connections to the database
MOST_FILES = 65_536


def is_loopback(host: str) -> bool:
    """Tell whether ``host`` is this machine alone; of names only ``localhost`` is."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def run_server(
    plugins: pluggy.PluginManager, *, host: str, port: int, workers: int, threads: int
) -> None:
    """Serve until told to stop. ``plugins``: those of this process."""
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    _Server(
        {
            "bind": address,
            "workers": workers,
            "threads": threads,
            "worker_class": _Worker,
            "timeout": 60,
            "graceful_timeout": FINISHING_SECONDS + 5,
            "post_worker_init": _begin,
            "control_socket_disable": True,
            "logger_class": _Log,
            # which proxies are trusted is a setting of the panel (requests/headers_cookies_csrf.py)
            "forwarded_allow_ips": "",
        },
        plugins,
    ).run()


def _begin(worker: Any) -> None:
    """The process is about to answer."""
    _settle()
    panel: Panel = worker.app.panel
    panel.brought.plugins.hook.panel_serves(config=panel.config)
    panel.feed.start()


def _settle() -> None:
    """What is there after start-up stays; the collector need not look at it again.

    Nor does it write into the pages of memory that processes share. It looks for waste more often
    than in commands, which takes a page no longer, and leaves less of it. The C library keeps free
    memory for each thread by itself, up to eight times for a core; with two such stores a process
    of 32 threads grows by a third less.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(WASTE)
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)


class _Worker(UvicornWorker):  # type: ignore[misc]
    CONFIG_KWARGS = {  # noqa: RUF012 (as uvicorn-worker spells it)
        "loop": "asyncio",
        "http": Connection,
        "ws": "none",
        "lifespan": "off",
        "interface": "asgi3",
        "h11_max_incomplete_event_size": MAX_HEAD,
        "proxy_headers": False,
        "server_header": False,
        "access_log": False,
        "timeout_graceful_shutdown": FINISHING_SECONDS,
    }


class _Log(Logger):  # type: ignore[misc]
    """Says where something broke, and not what was asked for there."""

    @override
    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(QuietFormatter(self.error_fmt, self.datefmt))

    @override
    def exception(self, msg: object, *_args: object, **_more: object) -> None:
        super().exception(str(msg).partition("%")[0].strip())


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, options: dict[str, Any], plugins: pluggy.PluginManager) -> None:
        self.options = options
        self.config = from_environment()
        self.patience = _within_files(self.config.patience)
        # made before the processes part: what it is made of lies in memory once for all of them
        with without_collecting():
            self.flask = create_app(self.config, plugins=plugins)
            self.panel: Panel = self.flask.extensions[EXTENSION]
            # of connections each process has its own
            self.panel.database.close()
            # not collected before: the little waste there is would take a seventh of the start
            gc.freeze()
        super().__init__()

    @override
    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)
        self.cfg.set("keepalive", self.patience.idle_seconds)

    @override
    def load(self) -> WholeRequests:
        """In each process: its threads are its own."""
        return WholeRequests(
            self.flask,
            self.patience,
            threads=self.cfg.threads,
            trusted_proxies=self.config.trusted_proxies,
            max_body=self.config.max_upload_bytes,
        )


def _within_files(patience: Patience) -> Patience:
    """As many files may be open as the system lets us; half of them are connections at most."""
    _, allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if allowed == resource.RLIM_INFINITY else min(allowed, MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, allowed))
    return replace(patience, connections=min(patience.connections, most // 2))
