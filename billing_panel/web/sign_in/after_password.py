"""The steps of signing in after the password, and the page for those who forgot theirs."""

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from billing_panel.accounts.people.users import Step, User
from billing_panel.accounts.signing_in.second_factor import NewSecret, being_set_up
from billing_panel.accounts.signing_in.sign_in import (
    Opened,
    finish_set_up,
    forget_password,
    give_code,
    waiting_user,
)
from billing_panel.kernel.language.errors import DomainError, Invalid, Refused, TooManyAttempts
from billing_panel.kernel.language.text import say
from billing_panel.kernel.process.mail_settings import mail_is_set_up
from billing_panel.web.shell.page_frame import issuer_name
from billing_panel.web.shell.request_context import language, panel
from billing_panel.web.shell.route_access import PUBLIC, access
from billing_panel.web.sign_in.password_forms import CodeForm, ForgottenForm
from billing_panel.web.sign_in.qr_picture import picture
from billing_panel.web.sign_in.session_cookie import NEXT, begin_session, comer, waiting_secret

door = Blueprint("door", __name__)


def inside(target: str | None) -> str:
    """``target`` when it is an address of this panel, else the first page."""
    path = (target or "").replace("\\", "/")
    is_inside = path.startswith("/") and not path.startswith("//") and path.isprintable()
    return path if is_inside else url_for("web.home")


def after_step(opened: Opened, target: str) -> str:
    """Where the next step is taken; with none left, ``target``."""
    match opened.awaits:
        case Step.CODE:
            return url_for("door.code")
        case Step.SET_UP:
            return url_for("door.set_up")
        case None:
            return target


@door.route("/second-factor", methods=["GET", "POST"])
@access(PUBLIC)
def code() -> ResponseReturnValue:
    """Ask for the second factor; too many wrong codes wait."""
    secret, form = waiting_secret(), CodeForm()
    if secret is None:
        return redirect(url_for("web.home"))
    waiting_user(panel().door, secret, Step.CODE)
    error: DomainError | None = None
    status = 422 if request.method == "POST" else 200
    if form.validate_on_submit():
        target = inside(session.get(NEXT))
        try:
            opened = give_code(panel().door, secret, form.code.data, comer())
        except (Invalid, Refused, TooManyAttempts) as refusal:
            error, status = refusal, refusal.status
        else:
            begin_session(opened)
            return redirect(target)
    page = render_template("auth/second_factor.html", form=form, refusal=told(error))
    return page, status, waits(error)


@door.route("/second-factor/set-up", methods=["GET", "POST"])
@access(PUBLIC)
def set_up() -> ResponseReturnValue:
    """Where a department asks for a second factor: nothing else is done before there is one."""
    secret, form, running = waiting_secret(), CodeForm(), panel()
    if secret is None:
        return redirect(url_for("web.home"))
    user = waiting_user(running.door, secret, Step.SET_UP)
    error: DomainError | None = None
    status = 422 if request.method == "POST" else 200
    if form.validate_on_submit():
        target = inside(session.get(NEXT))
        try:
            opened, codes = finish_set_up(running.door, secret, form.code.data, comer())
        except (Invalid, Refused) as refusal:
            error, status = refusal, refusal.status
        else:
            begin_session(opened)
            return render_template("auth/recovery_codes.html", codes=codes, target=target)
    shown = shown_to(user)
    if shown is None:
        return redirect(url_for("web.sign_in"))
    page = render_template(
        "auth/set_up.html",
        form=form,
        refusal=told(error),
        shown=shown,
        picture=picture(shown.uri),
        required=True,
        back=url_for("web.sign_in"),
    )
    return page, status


@door.route("/forgot-password", methods=["GET", "POST"])
@access(PUBLIC)
def forgot() -> ResponseReturnValue:
    """Answers the same whoever is named."""
    form = ForgottenForm()
    if not form.validate_on_submit():
        return _forgotten(form, status=422 if request.method == "POST" else 200)
    try:
        forget_password(panel().door, form.login.data, comer())
    except TooManyAttempts as error:
        return _forgotten(form, error, status=error.status)
    return _forgotten(form, sent=True)


def _forgotten(
    form: ForgottenForm,
    refusal: DomainError | None = None,
    *,
    sent: bool = False,
    status: int = 200,
) -> ResponseReturnValue:
    page = render_template(
        "auth/forgot.html",
        form=form,
        sent=sent,
        refusal=told(refusal),
        is_mailed=mail_is_set_up(panel().config),
    )
    return page, status, waits(refusal)


def shown_to(user: User) -> NewSecret | None:
    """What their app is given while they set up a second factor."""
    running = panel()
    with running.database.reading() as db:
        return being_set_up(
            db, user, seal=running.door.seal, issuer=issuer_name(), at=running.clock.now()
        )


def told(error: DomainError | None) -> str | None:
    """A refusal in the reader's language; of wrong fields, their sentences."""
    if error is None:
        return None
    sentences = [wrong.message for wrong in error.errors] or [error.message]
    return " ".join(say(sentence, language()) for sentence in sentences)


def waits(error: DomainError | None) -> dict[str, str]:
    """Make the header that says how many seconds to wait; empty: the refusal asks for none."""
    return {"Retry-After": str(error.seconds)} if isinstance(error, TooManyAttempts) else {}
