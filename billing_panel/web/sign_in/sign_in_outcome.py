"""What each step of signing in answers: where it leads, or what was refused and for how long."""

from flask import url_for

from billing_panel.accounts.people.sign_in_models import Step
from billing_panel.accounts.signing_in.sign_in import Opened
from billing_panel.kernel.language.errors import DomainError, TooManyAttempts
from billing_panel.kernel.language.text import say
from billing_panel.web.shell.request_context import language


def inside(target: str | None) -> str:
    """``target`` when it is an address of this panel, else the first page."""
    path = (target or "").replace("\\", "/")
    is_inside = path.startswith("/") and not path.startswith("//") and path.isprintable()
    return path if is_inside else url_for("web.home")


def after_step(opened: Opened, target: str) -> str:
    """Where the next step is taken; with none left, ``target``."""
    match opened.awaits:
        case Step.CODE:
            return url_for("second_factor.code")
        case Step.SET_UP:
            return url_for("second_factor.set_up")
        case None:
            return target


def told(error: DomainError | None) -> str | None:
    """A refusal in the reader's language; of wrong fields, their sentences."""
    if error is None:
        return None
    sentences = [wrong.message for wrong in error.errors] or [error.message]
    return " ".join(say(sentence, language()) for sentence in sentences)


def waits(error: DomainError | None) -> dict[str, str]:
    """Make the header that says how many seconds to wait; empty: the refusal asks for none."""
    return {"Retry-After": str(error.seconds)} if isinstance(error, TooManyAttempts) else {}
