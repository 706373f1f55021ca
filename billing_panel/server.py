"""gunicorn with threads: many idle connections cost little, and SQLite likes few processes."""

import gc
from ipaddress import ip_address
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from typing_extensions import override

from billing_panel.app import create_app
from billing_panel.kernel.tracebacks import QuietFormatter


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def run_server(*, host: str, port: int, workers: int, threads: int) -> None:
    """Serve until told to stop."""
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    _Server(
        {
            "bind": address,
            "workers": workers,
            "threads": threads,
            "worker_class": "gthread",
            "timeout": 60,
            "post_worker_init": _settle,
            "control_socket_disable": True,
            "logger_class": _Log,
            # which proxies are believed is a setting of the panel (web/security.py)
            "forwarded_allow_ips": "",
        }
    ).run()


def _settle(_worker: object) -> None:
    # what is there after start-up stays; the collector need not look at it again
    gc.collect()
    gc.freeze()


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
    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        super().__init__()

    @override
    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    @override
    def load(self) -> Flask:
        return create_app()
