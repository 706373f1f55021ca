"""R15: a traceback says where and of what kind, and quotes nobody."""

import logging
import sqlite3

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from billing_panel.kernel.database.engines.safe_settings import UnsafeSettings
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.process.tracebacks_without_data import QuietFormatter, told

CANARY = "Ивановъ-BG123456789"
REFUSED = sqlite3.IntegrityError("UNIQUE constraint failed: client.login")


def caught(error: Exception, cause: Exception | None = None) -> Exception:
    """``error`` as it is when somebody catches it."""
    if cause is not None:
        caught(cause)
    with pytest.raises(type(error)) as info:
        raise error from cause
    return info.value


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError(f"invalid literal: {CANARY}"), "builtins.ValueError"),
        (KeyError(CANARY), "builtins.KeyError"),
        (
            IntegrityError("INSERT INTO client (login) VALUES (?)", {"login": CANARY}, REFUSED),
            "UNIQUE constraint failed: client.login [INSERT INTO client (login) VALUES (?)]",
        ),
        (
            IntegrityError("INSERT", {}, sqlite3.IntegrityError(f"{CANARY}: no")),
            "sqlalchemy.exc.IntegrityError: IntegrityError [INSERT]",
        ),
        (Refused(text("No: %(words)s.", words=CANARY), code="no"), ".Refused: no"),
        (OSError(28, "No space left on device", CANARY), "OSError: No space left on device"),
        (
            OperationalError("SELECT", {"a": CANARY}, sqlite3.OperationalError("disk is full")),
            "OperationalError: disk is full",
        ),
        (UnsafeSettings("fsync = off: set it to on"), "UnsafeSettings: fsync = off: set it to on"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_r15_a_traceback_quotes_nobody(error: Exception, said: str) -> None:
    whole = told(caught(error, LookupError(CANARY)))
    assert CANARY not in whole
    assert whole.endswith(said)
    # where it happened, and what led to it
    assert f'File "{__file__}"' in whole
    assert "builtins.LookupError\n" in whole


def test_r15_so_does_what_a_library_logs() -> None:
    error = caught(ValueError(CANARY))
    with_it = (type(error), error, error.__traceback__)
    where = logging.LogRecord("huey", 40, __file__, 1, "broke off", (), with_it)
    said = QuietFormatter().format(where)
    assert said.startswith("broke off\nTraceback")
    assert said.endswith("builtins.ValueError")
