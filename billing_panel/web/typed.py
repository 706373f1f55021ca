"""What somebody typed into a form that could not be taken, to be sent again as it was."""

from dataclasses import dataclass

from flask import request
from flask_wtf.csrf import generate_csrf

from billing_panel.kernel.text import Text, text

# never shown again: they are typed again
SECRETS = {
    "password": text("Password"),
    "old": text("Current password"),
    "new": text("New password"),
    "again": text("Password again"),
    "code": text("Code"),
}
OWN = "csrf_token"


@dataclass(frozen=True)
class Typed:
    """``hidden``: names and values as they came; ``secrets``: names and what to call them.

    ``has_files``: those are not kept either.
    """

    address: str
    token: str
    hidden: tuple[tuple[str, str], ...]
    secrets: tuple[tuple[str, Text], ...]
    has_files: bool


def typed_again() -> Typed | None:
    """None: nothing was sent that is worth keeping."""
    if request.method != "POST" or not request.form:
        return None
    fields = [field for field in request.form.items(multi=True) if field[0] != OWN]
    return Typed(
        address=request.full_path.rstrip("?"),
        token=generate_csrf(),
        hidden=tuple(field for field in fields if field[0] not in SECRETS),
        secrets=tuple((name, SECRETS[name]) for name, _ in fields if name in SECRETS),
        has_files=any(file.filename for file in request.files.values()),
    )
