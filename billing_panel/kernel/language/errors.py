"""Refusals. Each is a sentence for people and a code for programs, mapped to HTTP in one place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from billing_panel.kernel.language.text import Text, text


@dataclass(frozen=True)
class Reason:
    """Why something is refused, and ``remedy``: what would change it. ``place`` names the line."""

    code: str
    message: Text
    remedy: Text
    place: str = ""


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field of a form, a body or a command line."""

    field: str
    code: str
    message: Text


class InstallationError(RuntimeError):
    """Something of the installation is not right; the message names it and the cure."""


class ConfigError(InstallationError):
    """A setting that cannot be used; the message names it and the cure."""


class DomainError(Exception):
    """A refusal. Whoever catches it at the edge shows ``message``; nothing was written."""

    status: ClassVar[int] = 422
    code: str = "refused"
    # nobody fixes more at once, and an answer is no larger than what was asked
    MOST_TOLD: ClassVar[int] = 100

    def __init__(
        self,
        message: Text,
        *,
        code: str | None = None,
        errors: Sequence[FieldError] = (),
        reasons: Sequence[Reason] = (),
        facts: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(str(message))
        self.message = message
        self.code = code or type(self).code
        self.errors = tuple(errors[: self.MOST_TOLD])
        self.reasons = tuple(reasons)
        self.facts = dict(facts or {})


class Refused(DomainError):
    """A rule says no (422)."""


class Invalid(DomainError):
    """The input is wrong; every wrong field is named (422)."""

    code = "invalid"

    def __init__(self, errors: Sequence[FieldError], *, code: str | None = None) -> None:
        super().__init__(
            text("Some fields need fixing."),
            code=code,
            errors=errors,
        )


class NotFound(DomainError):
    """It does not exist, or not for this person; the two answer alike (404)."""

    status = 404
    code = "not_found"

    def __init__(self, message: Text | None = None) -> None:
        super().__init__(message or text("There is nothing here, or you don’t have access to it."))


class Unauthenticated(DomainError):
    """Nobody is signed in, or the token is not known (401)."""

    status = 401
    code = "unauthenticated"


class Forbidden(DomainError):
    """The person may not do this, whatever they send (403)."""

    status = 403
    code = "forbidden"


class FunctionNotHeld(Forbidden):
    """The person does not hold the function this needs (403)."""

    code = "function_not_held"

    def __init__(self, function: str) -> None:
        super().__init__(
            text(
                "You don’t hold the function %(function)s; ask whoever manages rights.",
                function=function,
            ),
            facts={"function": function},
        )
        self.function = function


class Conflict(DomainError):
    """The state has moved on since it was looked at (409)."""

    status = 409
    code = "conflict"


class TooManyAttempts(DomainError):
    """Too many failures; ``seconds`` until the next attempt is looked at (429)."""

    status = 429
    code = "too_many_attempts"

    def __init__(self, seconds: int) -> None:
        super().__init__(
            text("Too many attempts. Try again in %(seconds)s s.", seconds=seconds),
            facts={"retry_after": seconds},
        )
        self.seconds = seconds


class TooManyAtOnce(DomainError):
    """One person has too many files being made; ``seconds``: when to try again (429)."""

    status = 429
    code = "too_many_at_once"

    def __init__(self, number: int, seconds: int) -> None:
        super().__init__(
            text(
                "You already have %(number)s files being created, which is the"
                " maximum. Try again when one of them is ready.",
                number=number,
            ),
            facts={"retry_after": seconds},
        )
        self.seconds = seconds


class Busy(DomainError):
    """As much is being made as the server takes; ``seconds``: when to try again (503)."""

    status = 503
    code = "busy"

    def __init__(self, seconds: int) -> None:
        super().__init__(
            text(
                "The server is creating as many files as it can. Try again in %(seconds)s s.",
                seconds=seconds,
            ),
            facts={"retry_after": seconds},
        )
        self.seconds = seconds
