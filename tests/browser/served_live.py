"""The panel served as in production: by uvicorn's loop, which alone has places for the feed."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from flask import Flask

from billing_panel.core.panel import EXTENSION
from billing_panel.kernel.process.config import Config
from billing_panel.runtime.front.connection import Connection
from billing_panel.runtime.front.whole_requests import MAX_HEAD, WholeRequests


@contextmanager
def served(app: Flask, config: Config) -> Iterator[str]:
    """The address; the server is gone afterwards, and so are its connections."""
    requests = WholeRequests(
        app, config.patience, threads=8, trusted_proxies=0, max_body=config.max_body_bytes
    )
    server = uvicorn.Server(
        uvicorn.Config(
            requests,
            loop="asyncio",
            http=Connection,
            ws="none",
            lifespan="off",
            interface="asgi3",
            h11_max_incomplete_event_size=MAX_HEAD,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
    )
    feed = app.extensions[EXTENSION].feed
    feed.start()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()
        feed.stop()
        requests.threads.shutdown()
