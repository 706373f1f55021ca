"""My account: my password, my second factor, where I am signed in, my API tokens."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import providers, zone_of
from billing_panel.accounts.people.sign_in_models import Purpose
from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in import second_factor
from billing_panel.accounts.signing_in.api_tokens import make_token, revoke_token, tokens_of
from billing_panel.accounts.signing_in.browser_names import browser_name
from billing_panel.accounts.signing_in.check_and_change_password import change_password
from billing_panel.accounts.signing_in.openid_identities import identity_of, unbind
from billing_panel.accounts.signing_in.password_confirmation import (
    confirm,
    is_confirmed,
    use_confirmation,
)
from billing_panel.accounts.signing_in.second_factor import RecoveryCode
from billing_panel.accounts.signing_in.sessions import end_session_of, end_sessions, sessions_of
from billing_panel.accounts.signing_in.sign_in import note, renew_session
from billing_panel.administration.details.own_email import change_own_address
from billing_panel.kernel.database.row_locks import lock_row
from billing_panel.kernel.language.errors import (
    DomainError,
    Forbidden,
    Invalid,
    Refused,
    TooManyAttempts,
)
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.secret_fingerprints import fingerprint
from billing_panel.web.account.account_forms import (
    AddressForm,
    ConfirmForm,
    PasswordForm,
    TokenForm,
)
from billing_panel.web.account.own_rights import own_rights
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import SIGNED_IN, access
from billing_panel.web.sign_in.qr_picture import picture
from billing_panel.web.sign_in.second_factor_pages import shown_to
from billing_panel.web.sign_in.session_cookie import begin_session, browser, own_secret
from billing_panel.web.sign_in.sign_in_forms import CodeForm
from billing_panel.web.sign_in.sign_in_outcome import told, waits

account = Blueprint("account", __name__, url_prefix="/account")


REFUSALS = (Forbidden, Invalid, Refused, TooManyAttempts)


@account.get("")
@access(SIGNED_IN)
def index() -> ResponseReturnValue:
    """A person's own account: password, second factor, sessions, tokens, sign-in outside."""
    return _page()


@account.post("/password", endpoint="password")
@access(SIGNED_IN)
def new_password() -> ResponseReturnValue:
    """Change one’s own password; asks for the old one. Ends other sessions and every token."""
    form = PasswordForm(prefix="password-")
    if not form.validate_on_submit():
        return _page(password=form)
    try:
        opened = change_password(
            panel().signing_in, _user_id(), form.old.data, form.new.data, browser()
        )
    except REFUSALS as error:
        return _page("password", error, password=form)
    begin_session(opened)
    flash(
        gettext(
            "Your password has been changed; all other sessions and all your tokens have ended."
        ),
        "ok",
    )
    return redirect(url_for("account.index"), 303)


@account.post("/address", endpoint="address")
@access(SIGNED_IN)
def new_address() -> ResponseReturnValue:
    """Change where one is written to; asks for the password, for links to sign in go there."""
    running, form = panel(), AddressForm(prefix="address-")
    if not form.validate_on_submit():
        return _page(address=form)
    try:
        confirm(running.signing_in, own_secret(), Purpose.CHANGE_ADDRESS, form.given, browser())
        with running.database.writing() as db:
            at = running.clock.now()
            use_confirmation(db, own_secret(), Purpose.CHANGE_ADDRESS, at=at)
            user = db.get_one(User, _user_id())
            change_own_address(db, user, form.email.data or "", at=at, place=browser().place)
    except REFUSALS as error:
        return _page("address", error, address=form)
    flash(gettext("Your e-mail address is saved."), "ok")
    return redirect(url_for("account.index"), 303)


# --- the second factor --------------------------------------------------------------------------


@account.post("/second-factor")
@access(SIGNED_IN)
def begin_second_factor() -> ResponseReturnValue:
    """Begin to set up a second factor; asks for the password."""

    def begin() -> ResponseReturnValue:
        """The password is used up when the app has shown its first code."""
        running = panel()
        with running.database.writing() as db:
            lock_row(db, user := db.get_one(User, _user_id()))
            second_factor.begin(db, user, seal=running.signing_in.seal, at=running.clock.now())
        return redirect(url_for("account.set_up"), 303)

    return _confirmed("factor", Purpose.SET_FACTOR, begin)


@account.route("/second-factor/set-up", methods=["GET", "POST"])
@access(SIGNED_IN)
def set_up() -> ResponseReturnValue:
    """Shows the secret to the session that began to set it up; then the recovery codes, once."""
    running, form = panel(), CodeForm()
    with running.database.reading() as db:
        user, now = db.get_one(User, _user_id()), running.clock.now()
        may_set_up = is_confirmed(db, own_secret(), Purpose.SET_FACTOR, at=now)
    if not may_set_up:
        return redirect(url_for("account.index"))
    error: DomainError | None = None
    if form.validate_on_submit():
        try:
            with running.database.writing() as db:
                at = running.clock.now()
                use_confirmation(db, own_secret(), Purpose.SET_FACTOR, at=at)
                codes = second_factor.confirm(
                    db, user, form.code.data, seal=running.signing_in.seal, at=at
                )
                note(db, "second_factor.set", user, at=at, place=browser().place)
                opened = renew_session(db, running.signing_in, user, browser())
        except (Invalid, Refused) as refusal:
            error = refusal
        else:
            begin_session(opened)
            return _codes(codes)
    if (shown := shown_to(user)) is None:
        return redirect(url_for("account.index"))
    return render_template(
        "auth/set_up.html",
        form=form,
        refusal=told(error),
        shown=shown,
        picture=picture(shown.uri),
        required=False,
        back=url_for("account.index"),
    ), (422 if error or form.errors else 200)


@account.post("/second-factor/remove")
@access(SIGNED_IN)
def remove_second_factor() -> ResponseReturnValue:
    """Remove one's own second factor; asks for the password."""

    def remove() -> ResponseReturnValue:
        running = panel()
        with running.database.writing() as db:
            user, at = db.get_one(User, _user_id()), running.clock.now()
            use_confirmation(db, own_secret(), Purpose.REMOVE_FACTOR, at=at)
            _refuse_required(db, user)
            second_factor.remove(db, user.id)
            note(db, "second_factor.removed", user, at=at, place=browser().place)
            opened = renew_session(db, running.signing_in, user, browser())
        begin_session(opened)
        flash(gettext("The second factor is removed."), "ok")
        return redirect(url_for("account.index"), 303)

    return _confirmed("factor", Purpose.REMOVE_FACTOR, remove)


@account.post("/recovery-codes")
@access(SIGNED_IN)
def recovery_codes() -> ResponseReturnValue:
    """Make new recovery codes, shown once; previous codes no longer work."""

    def renew() -> ResponseReturnValue:
        running = panel()
        with running.database.writing() as db:
            user, at = db.get_one(User, _user_id()), running.clock.now()
            use_confirmation(db, own_secret(), Purpose.RECOVERY_CODES, at=at)
            codes = second_factor.new_recovery_codes(db, user.id)
            note(db, "recovery_codes.made", user, at=at, place=browser().place)
        return _codes(codes)

    return _confirmed("codes", Purpose.RECOVERY_CODES, renew)


# --- sessions -----------------------------------------------------------------------------------


@account.post("/sessions/<bigid:session_id>/end")
@access(SIGNED_IN)
def end_one_session(session_id: int) -> ResponseReturnValue:
    """Sign out of one browser."""
    with panel().database.writing() as db:
        end_session_of(db, _user_id(), session_id)
        _note_ended(db)
    flash(gettext("That session has ended."), "ok")
    return redirect(url_for("account.index"), 303)


@account.post("/sessions/end-others")
@access(SIGNED_IN)
def end_other_sessions() -> ResponseReturnValue:
    """Sign out of every other browser."""
    with panel().database.writing() as db:
        end_sessions(db, [_user_id()], but=own_secret())
        _note_ended(db)
    flash(gettext("You are signed out everywhere else."), "ok")
    return redirect(url_for("account.index"), 303)


# --- API tokens ---------------------------------------------------------------------------------


@account.post("/tokens")
@access(SIGNED_IN)
def new_token() -> ResponseReturnValue:
    """The secret is shown once, on the page that answers; it is stored nowhere."""
    running, actor = panel(), current_actor()
    form = TokenForm(actor)
    if not form.validate_on_submit():
        return _page(token=form)
    try:
        confirm(running.signing_in, own_secret(), Purpose.NEW_TOKEN, form.given, browser())
        with running.database.writing() as db:
            at = running.clock.now()
            use_confirmation(db, own_secret(), Purpose.NEW_TOKEN, at=at)
            secret = make_token(
                db,
                db.get_one(User, actor.user_id),
                form.name.data,
                functions=form.functions.data,
                days=int(form.days.data) if form.days.data else None,
                actor=actor,
                known=running.known,
                at=at,
            )
    except REFUSALS as error:
        return _page("token", error, token=form)
    return _page(secret=secret)


@account.post("/tokens/<bigid:token_id>/revoke", endpoint="revoke_token")
@access(SIGNED_IN)
def end_token(token_id: int) -> ResponseReturnValue:
    """Revoke an API token of one's own."""
    actor, now = current_actor(), panel().clock.now()
    with panel().database.writing() as db:
        revoke_token(db, token_id, user_id=_user_id(), actor=actor, at=now)
    flash(gettext("The token is revoked."), "ok")
    return redirect(url_for("account.index"), 303)


# --- signing in at a provider outside -----------------------------------------------------------


@account.post("/connection")
@access(SIGNED_IN)
def connection() -> ResponseReturnValue:
    """Lets them continue to the provider by a link: a form must not lead outside (form-action)."""
    return _confirmed("connection", Purpose.CONNECT, _page)


@account.post("/connection/remove")
@access(SIGNED_IN)
def disconnect() -> ResponseReturnValue:
    """Forget who one is at the sign-in provider outside."""

    def cut() -> ResponseReturnValue:
        running = panel()
        with running.database.writing() as db:
            user, at = db.get_one(User, _user_id()), running.clock.now()
            use_confirmation(db, own_secret(), Purpose.DISCONNECT, at=at)
            if unbind(db, user.id):
                note(db, "identity.unbound", user, at=at, place=browser().place)
        flash(gettext("Disconnected."), "ok")
        return redirect(url_for("account.index"), 303)

    return _confirmed("connection", Purpose.DISCONNECT, cut)


# --- the page -----------------------------------------------------------------------------------


def _confirmed(
    card: str, purpose: Purpose, act: Callable[[], ResponseReturnValue]
) -> ResponseReturnValue:
    """``act`` once the password was given on the form of ``card``; a refusal is told beside it."""
    form = ConfirmForm(prefix=f"{card}-")
    if not form.validate_on_submit():
        return _page(**{card: form})
    try:
        confirm(panel().signing_in, own_secret(), purpose, form.given, browser())
        return act()
    except REFUSALS as error:
        return _page(card, error, **{card: form})


def _page(
    place: str = "", error: DomainError | None = None, *, secret: str = "", **forms: FlaskForm
) -> ResponseReturnValue:
    """The whole page; ``place``: the card beside which ``error`` is told. ``forms``: as sent."""
    with panel().database.reading() as db:
        values = _values(db, current_actor())
    empty: Mapping[str, FlaskForm] = {
        "password": PasswordForm(prefix="password-", formdata=None),
        "address": AddressForm(prefix="address-", formdata=None, email=values["email"]),
        "factor": ConfirmForm(prefix="factor-", formdata=None),
        "codes": ConfirmForm(prefix="codes-", formdata=None),
        "connection": ConfirmForm(prefix="connection-", formdata=None),
    }
    page = render_template(
        "account/index.html",
        **values,
        function_titles={str(info.name): info.title for info in panel().functions},
        forms={**empty, "token": TokenForm(current_actor(), formdata=None), **forms},
        refusals={place: told(error)},
        secret=secret,
    )
    status = error.status if error else 422 if forms else 200
    return page, status, waits(error)


def _values(db: Session, actor: Actor) -> dict[str, Any]:
    running, user_id = panel(), _user_id()
    now = running.clock.now()
    here = fingerprint(own_secret())
    codes = select(func.count()).select_from(RecoveryCode).filter_by(user_id=user_id)
    may_connect = running.config.openid is not None and actor.staff_id is not None
    return {
        "login": actor.login,
        **own_rights(db, actor),
        "email": db.get_one(User, user_id).email,
        "zone": zone_of(providers(db, actor)),
        "has_password": db.get_one(User, user_id).password_hash is not None,
        "factor": second_factor.second_factor(db, user_id),
        "required": second_factor.is_required(db, user_id),
        "codes_left": db.scalar(codes),
        "sessions": [
            {
                "id": row.id,
                "browser": browser_name(row.agent),
                "address": row.address,
                "since": row.created_at,
                "seen": int((row.seen_at - now).total_seconds()),
                "here": row.secret == here,
            }
            for row in sessions_of(db, user_id, at=now, idle=running.signing_in.life.idle)
        ],
        "tokens": tokens_of(db, user_id),
        "now": now,
        "openid": running.config.openid if may_connect else None,
        "identity": identity_of(db, user_id),
        "may_go_on": is_confirmed(db, own_secret(), Purpose.CONNECT, at=now),
    }


def _codes(codes: Any) -> ResponseReturnValue:
    target = url_for("account.index")
    return render_template("auth/recovery_codes.html", codes=codes, target=target)


def _note_ended(db: Session) -> None:
    user = db.get_one(User, _user_id())
    note(db, "sessions.ended", user, at=panel().clock.now(), place=browser().place)


def _refuse_required(db: Session, user: User) -> None:
    if second_factor.is_required(db, user.id):
        raise Refused(
            text("Your department requires a second factor; whoever manages staff can reset it."),
            code="second_factor_required",
        )


def _user_id() -> int:
    """Whoever is signed in on a page is a user."""
    return current_actor().user_id or 0
