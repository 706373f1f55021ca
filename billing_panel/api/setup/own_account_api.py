"""The API of one's own account: where one is signed in, and one's tokens.

What asks for a password is on the page *My account* alone: the password itself, the address, the
second factor, a new token.
"""

from collections.abc import Sequence

from pydantic import Field

from billing_panel.accounts.people.sign_in_models import ApiToken, SignInSession
from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in.api_tokens import refuse_narrowed, revoke_token, tokens_of
from billing_panel.accounts.signing_in.browser_names import browser_name
from billing_panel.accounts.signing_in.second_factor import is_required, second_factor
from billing_panel.accounts.signing_in.sessions import (
    Place,
    end_session_of,
    end_sessions,
    sessions_of,
)
from billing_panel.accounts.signing_in.sign_in import note
from billing_panel.api.answer_models import Answer, Moment, PageAnswer
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.query_parameters import PageQuery, page_by_place
from billing_panel.api.request_bodies import NoBody

ROOT = "/account"
NARROWED = {403: ("token_narrowed",)}

api = Api("panel_own_account_api", "Own account")


class AccountAnswer(Answer):
    """Whose token it is, and how they sign in."""

    login: str = Field(examples=["maria"])
    name: str
    email: str
    language: str = Field(examples=["bg"])
    has_password: bool
    has_second_factor: bool
    second_factor_required: bool


class SessionAnswer(Answer):
    """A browser in which they are signed in; ``browser`` is empty where it doesn’t say."""

    id: int
    browser: str = Field(examples=["Firefox, Linux"])
    address: str = Field(examples=["192.0.2.7"])
    since: Moment
    seen_at: Moment


class TokenAnswer(Answer):
    """A token, without its secret. ``functions`` null: all that its owner holds.

    ``expires_at`` null: it does not expire.
    """

    id: int
    name: str = Field(examples=["CRM"])
    functions: list[str] | None = Field(examples=[["orders:order:read"]])
    created_at: Moment
    expires_at: Moment | None
    last_used_at: Moment | None


class EndedAnswer(Answer):
    """How many browsers were signed out."""

    ended: int


class RevokedAnswer(Answer):
    """The token that works no longer."""

    id: int


@api.get(ROOT, errors=NARROWED)
def show_account(call: Call) -> AccountAnswer:
    """Shows the account of the token’s owner.

    This and what is below ``/account`` needs a token with all the functions of its owner.
    """
    user = _owner(call)
    return AccountAnswer(
        login=user.login,
        name=call.actor.name,
        email=user.email,
        language=user.language,
        has_password=user.password_hash is not None,
        has_second_factor=second_factor(call.session, user.id) is not None,
        second_factor_required=is_required(call.session, user.id),
    )


@api.get(f"{ROOT}/sessions", errors=NARROWED)
def list_sessions(call: Call[NoBody, PageQuery]) -> PageAnswer[SessionAnswer]:
    """Lists the browsers in which the token’s owner is signed in, the one seen last first."""
    page, cursor = page_by_place(call.query, _sessions(call, _owner(call)))
    items = [
        SessionAnswer(
            id=row.id,
            browser=browser_name(row.agent),
            address=row.address,
            since=row.created_at,
            seen_at=row.seen_at,
        )
        for row in page
    ]
    return PageAnswer(items=items, next_cursor=cursor)


@api.delete(f"{ROOT}/sessions/<bigid:session_id>", errors=NARROWED)
def end_one_session(call: Call, session_id: int) -> EndedAnswer:
    """Signs the token’s owner out of one browser."""
    user = _owner(call)
    end_session_of(call.session, user.id, session_id)
    return _ended(call, user, 1)


@api.delete(f"{ROOT}/sessions", errors=NARROWED)
def end_all_sessions(call: Call) -> EndedAnswer:
    """Signs the token’s owner out of every browser; tokens go on."""
    user = _owner(call)
    number = len(_sessions(call, user))
    end_sessions(call.session, [user.id])
    return _ended(call, user, number)


@api.get(f"{ROOT}/tokens", errors=NARROWED)
def list_tokens(call: Call[NoBody, PageQuery]) -> PageAnswer[TokenAnswer]:
    """Lists the tokens of the token’s owner, newest first; expired ones too."""
    page, cursor = page_by_place(call.query, tokens_of(call.session, _owner(call).id))
    return PageAnswer(items=[_token(row) for row in page], next_cursor=cursor)


@api.delete(f"{ROOT}/tokens/<bigid:token_id>", errors=NARROWED)
def revoke_own_token(call: Call, token_id: int) -> RevokedAnswer:
    """Revokes a token of the token’s owner, or this one itself."""
    user, at = _owner(call), call.panel.clock.now()
    revoke_token(call.session, token_id, user_id=user.id, actor=call.actor, at=at)
    return RevokedAnswer(id=token_id)


def _owner(call: AnyCall) -> User:
    """Raises Forbidden ``token_narrowed``: an errand boy neither reads nor ends what is theirs."""
    refuse_narrowed(call.actor)
    return call.session.get_one(User, call.actor.user_id)


def _sessions(call: AnyCall, user: User) -> Sequence[SignInSession]:
    now, idle = call.panel.clock.now(), call.panel.signing_in.life.idle
    return sessions_of(call.session, user.id, at=now, idle=idle)


def _ended(call: AnyCall, user: User, number: int) -> EndedAnswer:
    place = Place(call.actor.address or "", "")
    note(call.session, "sessions.ended", user, at=call.panel.clock.now(), place=place)
    return EndedAnswer(ended=number)


def _token(row: ApiToken) -> TokenAnswer:
    return TokenAnswer(
        id=row.id,
        name=row.name,
        functions=row.functions,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
    )
