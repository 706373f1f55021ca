"""Each peer lives in a virtual environment of its own, made once and kept in ``.cache/peers``.

None of them is a dependency of the panel; what pip is set up with says where they come from.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
KEPT = HERE.parents[1] / ".cache" / "peers"


def programs(name: str, requirements: Path) -> Path:
    """The folder of the programs of the environment ``name``, with what ``requirements`` pins."""
    folder = KEPT / name
    # what was installed is told by a copy of the file, written when all of it is there
    installed, wanted = folder / "installed.txt", requirements.read_text()
    if not installed.exists() or installed.read_text() != wanted:
        print(f"Installing {name} …", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(folder / "bin" / "pip"), "install", "--quiet", "--requirement"]
        subprocess.run([*pip, str(requirements)], check=True)
        installed.write_text(wanted)
        dump(name).unlink(missing_ok=True)
    return folder / "bin"


def dump(name: str) -> Path:
    """Where the empty tables of the peer of that environment are kept."""
    return KEPT / f"{name}.dump"


def pinned(requirements: Path, package: str) -> str:
    """The version of ``package``."""
    lines = dict(line.split("==") for line in requirements.read_text().split() if "==" in line)
    return lines[package]
