"""The API's contract: its description now, beside the one of the last release in docs/openapi.

scripts/keep_contract.py           say what breaks callers of the last release; then exit 1
scripts/keep_contract.py keep      at a release: keep the description as it is now
scripts/keep_contract.py print     print the description as it is now
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import Any

from contract_breaks import breaks

from billing_panel.api.description.openapi import describe_api
from billing_panel.api.endpoint_declaration import endpoints
from billing_panel.api.endpoint_dispatch import PREFIX
from billing_panel.kernel.process.config import Config
from billing_panel.runtime.app import create_app

KEPT = Path(__file__).parent.parent / "docs" / "openapi" / "v1.json"


def described() -> Any:
    """The description as a panel gives it, with every plugin that is installed."""
    with TemporaryDirectory() as home:
        config = Config(home=Path(home), database_url="sqlite://", secret_key=token_hex())
        declared = endpoints(create_app(config))
    return describe_api(declared, prefix=PREFIX, version=version("billing-panel"))


def written(description: Any) -> str:
    """As it is kept: what changes shows line by line."""
    return json.dumps(description, ensure_ascii=False, indent=1) + "\n"


def main(asked: str) -> int:
    now = described()
    if asked == "keep":
        KEPT.write_text(written(now), encoding="utf-8")
        return 0
    if asked == "print":
        sys.stdout.write(written(now))
        return 0
    found = breaks(json.loads(KEPT.read_text(encoding="utf-8")), now)
    sys.stdout.writelines(f"{one}\n" for one in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
