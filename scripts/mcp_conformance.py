"""Run the public conformance suite of MCP against the assistant's door of a demo panel; needs npx.

``python scripts/mcp_conformance.py``; exits with 1 where a scenario fails.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

PANEL = [str(Path(sys.executable).with_name("billing-panel"))]
# the newest that runs on Node 20
SUITE = "@modelcontextprotocol/conformance@0.1.13"
SCENARIOS = (
    "server-initialize",
    "ping",
    "tools-list",
    "tools-call-error",
    "resources-list",
    "dns-rebinding-protection",
)
PORT, DOOR = 8391, 8392
PATIENCE = 180.0


@contextmanager
def running(arguments: list[str], environ: dict[str, str], address: str) -> Iterator[None]:
    """A process of the panel's, once something answers at ``address``."""
    process = subprocess.Popen(  # noqa: S603 (a fixed command)
        [*PANEL, *arguments], env=environ, stdout=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + PATIENCE
        while not _answers(address):
            if process.poll() is not None or time.monotonic() > until:
                sys.exit(f"{arguments} did not start")
            time.sleep(0.5)
        yield
    finally:
        process.terminate()
        process.wait()


def _answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=5):  # noqa: S310 (our own)
            return True
    except URLError as error:
        # an answer of HTTP, whatever it says
        return hasattr(error, "code")


def _token(environ: dict[str, str]) -> str:
    for command in (["init"], ["demo"]):
        subprocess.run(  # noqa: S603 (a fixed command)
            [*PANEL, *command], env=environ, check=True, stdout=subprocess.DEVNULL
        )
    made = [*PANEL, "token", "create", "owner", "--name", "conformance"]
    told = subprocess.run(  # noqa: S603 (a fixed command)
        made, env=environ, check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    found = re.search(r"bp_[\w-]+", told)
    if found is None:
        sys.exit("no token was made")
    return found.group()


def main() -> int:
    """How many scenarios failed."""
    with tempfile.TemporaryDirectory() as home:
        own = {name: value for name, value in os.environ.items() if "BILLING_PANEL" not in name}
        panel = f"http://127.0.0.1:{PORT}"
        environ = {**own, "BILLING_PANEL_HOME": home, "BILLING_PANEL_PUBLIC_URL": panel}
        environ["BILLING_PANEL_TOKEN"] = _token(environ)
        door = f"http://127.0.0.1:{DOOR}/mcp"
        with (
            running(["serve", "--port", str(PORT)], environ, panel),
            running(["mcp", "--port", str(DOOR)], environ, door),
        ):
            failed = [one for one in SCENARIOS if not _passes(one, door, Path(home))]
    return len(failed)


def _passes(scenario: str, door: str, folder: Path) -> bool:
    command = ["npx", "--yes", SUITE, "server", "--url", door, "--scenario", scenario]
    ended = subprocess.run(  # noqa: S603 (a fixed command)
        command, cwd=folder, capture_output=True, text=True, check=False
    )
    outcome = "passed" if ended.returncode == 0 else "FAILED"
    sys.stdout.write(f"{scenario}: {outcome}\n")
    if ended.returncode:
        sys.stdout.write(f"{ended.stdout}{ended.stderr}")
    return ended.returncode == 0


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
