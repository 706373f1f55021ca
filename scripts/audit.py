"""Ask a database of vulnerabilities about what is installed beside this Python.

Ends with 1 when something is known to be vulnerable. Where no database answers, or it knows none of
the packages, it says so and ends with 0: who works offline can still run the checks.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PROGRAM = Path(sys.executable).with_name("pip-audit")
OPTIONS = ("--local", "--skip-editable", "--progress-spinner", "off", "--timeout", "10")
LONGEST_SECONDS = 180


def main() -> int:
    told, found = judge(answer())
    sys.stdout.write("".join(f"audit: {line}\n" for line in told))
    return found


def answer() -> str:
    """What pip-audit prints as JSON; empty when it has no answer."""
    if not PROGRAM.exists():
        return ""
    command = [str(PROGRAM), *OPTIONS, "--format", "json"]
    try:
        ran = subprocess.run(  # noqa: S603 (a fixed command)
            command, capture_output=True, text=True, check=False, timeout=LONGEST_SECONDS
        )
    except subprocess.TimeoutExpired:
        return ""
    return ran.stdout


def judge(printed: str) -> tuple[Sequence[str], int]:
    """Lines to tell, and the exit code.

    A mirror without the database answers for every package that it does not know it: then nothing
    was audited, though pip-audit says that nothing was found.
    """
    try:
        rows: list[dict[str, Any]] = json.loads(printed)["dependencies"]
    except (ValueError, KeyError, TypeError):
        rows = []
    audited = [row for row in rows if "skip_reason" not in row]
    if not audited:
        return ["no vulnerability database is reachable; nothing was audited"], 0
    bad = [
        f"{row['name']} {row['version']}: {wrong['id']}, fixed in "
        f"{', '.join(wrong.get('fix_versions') or ['no version yet'])}"
        for row in audited
        for wrong in row.get("vulns", ())
    ]
    told = f"{len(audited)} of {len(rows)} packages audited, {len(bad)} vulnerabilities known"
    return [*bad, told], 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
