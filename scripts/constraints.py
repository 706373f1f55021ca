"""Write constraints.txt: the newest versions that setup.cfg allows, one a line, sorted by name.

Nothing is installed. Ends with pip's own code where pip finds no answer; the file stays as it was.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "constraints.txt"
HEAD = "# Exact versions of what is installed. `make update` writes this file.\n"
# the project itself, and the installer that every .venv brings
LEFT_OUT = frozenset({"billing-panel", "pip"})


def main() -> int:
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet"]
    asked = subprocess.run(  # noqa: S603 (a fixed command)
        [*command, "--report", "-", ".[test]"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if asked.returncode == 0:
        FILE.write_text(HEAD + "".join(f"{line}\n" for line in lines(json.loads(asked.stdout))))
    return asked.returncode


def lines(report: Mapping[str, Any]) -> Iterable[str]:
    """``name==version`` of each package in an installation report of pip."""
    found = (row["metadata"] for row in report["install"])
    versions = {row["name"].lower().replace("_", "-"): row["version"] for row in found}
    return [f"{name}=={versions[name]}" for name in sorted(versions.keys() - LEFT_OUT)]


if __name__ == "__main__":
    sys.exit(main())
