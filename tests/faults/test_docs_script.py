"""The script that ends docs/api.md, by bash and curl against the real server; and our client."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from threading import Thread

from billing_panel.client import Client
from tests.cli.shell import Shell
from tests.faults.server import PATIENCE, free_port, served
from tests.http.engines import ON_SQLITE
from tests.http.shop import WEB_START
from tests.world import World

DOCS = Path(__file__).parents[2] / "docs" / "api.md"
SCRIPT = re.compile(r"```bash\n(.*?)```", re.DOTALL)


def test_the_script_of_the_docs_places_an_order_and_downloads_its_invoice(
    world: World, home_of: Callable[..., Shell], demo_url: str, tmp_path: Path
) -> None:
    (script,) = SCRIPT.findall(DOCS.read_text(encoding="utf-8"))
    token, client_id = world.token("owner"), world.client_id("stoyanova")
    world.database.close()
    port, hook = free_port(), free_port()
    shell = home_of(demo_url, WEBHOOKS_ALLOW="127.0.0.0/8")
    with served(shell, port, "--with-worker"):
        run = subprocess.run(
            ["bash", "-c", script],
            cwd=tmp_path,
            env={
                "PATH": os.environ["PATH"],
                "PANEL": f"http://127.0.0.1:{port}",
                "TOKEN": token,
                "CLIENT": str(client_id),
                "HOOK": f"http://127.0.0.1:{hook}",
            },
            capture_output=True,
            text=True,
            timeout=4 * PATIENCE,
            check=False,
        )
    assert run.returncode == 0, run.stdout + run.stderr
    (file,) = tmp_path.glob("invoice-*.pdf")
    assert file.read_bytes().startswith(b"%PDF")
    placed, is_paid, downloaded = run.stdout.splitlines()
    assert re.fullmatch(r"order \d+ placed", placed)
    assert re.fullmatch(r"order \d+ is \w+", is_paid)
    assert downloaded == f"{file.name} downloaded"


@ON_SQLITE
def test_a_stream_tells_a_client_what_happens_while_it_listens(
    world: World, home_of: Callable[..., Shell], demo_url: str
) -> None:
    token, client_id = world.token("owner"), world.client_id("stoyanova")
    world.database.close()
    port = free_port()
    with served(home_of(demo_url), port):
        panel = Client(f"http://127.0.0.1:{port}", token)
        start = panel.get("/events", limit=200)["cursor"]
        body = {"lines": [WEB_START], "payment_method": "bank_transfer", "provider": "nordvik"}
        path = f"/clients/{client_id}/orders"
        placing = Thread(target=panel.post, args=(path, body))
        heard = panel.events(after=start)
        placing.start()
        told = next(event for event in heard if event["kind"] == "order.placed")
        placing.join()
        assert told["client"] == {"id": client_id}
        assert told["by_me"]
        newest = panel.get(path)["items"][0]
        assert told["subject"] == {"kind": "order", "id": newest["id"]}
