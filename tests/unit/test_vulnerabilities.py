"""scripts/audit.py: what is made of the answer of the database."""

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPT = Path(__file__).parent.parent.parent / "scripts" / "audit.py"
GOOD = {"name": "flask", "version": "3.1.3", "vulns": []}
BAD = {"name": "x", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]}
UNKNOWN = {"name": "y", "skip_reason": "Dependency not found on PyPI"}


@pytest.fixture
def audit() -> ModuleType:
    spec = spec_from_file_location("audit", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def printed(*rows: dict[str, Any]) -> str:
    return json.dumps({"dependencies": rows, "fixes": []})


def test_a_vulnerability_fails(audit: ModuleType) -> None:
    told, code = audit.judge(printed(GOOD, BAD, UNKNOWN))
    assert code == 1
    assert told == [
        "x 1: PYSEC-1, fixed in 1.1",
        "2 of 3 packages audited, 1 vulnerabilities known",
    ]


def test_nothing_known_is_well(audit: ModuleType) -> None:
    assert audit.judge(printed(GOOD)) == (["1 of 1 packages audited, 0 vulnerabilities known"], 0)


@pytest.mark.parametrize("answer", ["", "no JSON", "{}", "[]", printed(UNKNOWN), printed()])
def test_without_a_database_it_says_so_and_does_not_fail(audit: ModuleType, answer: str) -> None:
    told, code = audit.judge(answer)
    assert code == 0
    assert "nothing was audited" in told[0]
