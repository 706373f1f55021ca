"""Signing in by login and password, signing out, and a password chosen by a one-time link."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing_panel.accounts.signing_in.check_and_change_password import forget_password, use_link
from billing_panel.accounts.signing_in.password_links import OneTimeLinks
from billing_panel.accounts.signing_in.sign_in import sign_in
from billing_panel.administration.staff.see_as import Ended
from billing_panel.kernel.language.errors import DomainError, Refused, TooManyAttempts
from billing_panel.kernel.process.mail_settings import mail_is_set_up
from billing_panel.web.requests.late_form_pages import WHY
from billing_panel.web.requests.seeing_as import end_impersonation
from billing_panel.web.shell.request_context import panel, signed_in_actor
from billing_panel.web.shell.route_access import PUBLIC, SIGNED_IN, access
from billing_panel.web.sign_in.session_cookie import (
    begin_session,
    browser,
    forget_own_session,
    leave,
)
from billing_panel.web.sign_in.sign_in_forms import ChoosePasswordForm, ForgottenForm, SignInForm
from billing_panel.web.sign_in.sign_in_outcome import after_step, inside, told, waits

by_password = Blueprint("sign_in", __name__)


@by_password.route("/sign-in", methods=["GET", "POST"], endpoint="page")
@access(PUBLIC)
def sign_in_page() -> ResponseReturnValue:
    """Sign in by login and password; a second factor may be asked next."""
    form = SignInForm(next=request.args.get("next", ""))
    if request.method != "POST":
        if signed_in_actor() is not None:
            return redirect(inside(form.next.data))
        return _sign_in_form(form)
    if not form.validate_on_submit():
        return _sign_in_form(form, status=422)
    running, target = panel(), inside(form.next.data)
    try:
        opened = sign_in(running.signing_in, form.login.data, form.password.data, browser())
    except (Refused, TooManyAttempts) as error:
        return _sign_in_form(form, error, status=error.status)
    with running.database.writing() as db:
        forget_own_session(db)
    begin_session(opened, target=target)
    return redirect(after_step(opened, target))


def _sign_in_form(
    form: SignInForm, error: DomainError | None = None, *, status: int = 200
) -> ResponseReturnValue:
    page = render_template(
        "auth/sign_in.html",
        form=form,
        refusal=told(error),
        why=WHY.get(request.args.get("why", "")),
        by_openid=panel().config.openid is not None,
    )
    return page, status, waits(error)


@by_password.post("/sign-out")
@access(SIGNED_IN)
def sign_out() -> ResponseReturnValue:
    """End one's session."""
    end_impersonation(Ended.SIGNED_OUT)
    leave()
    return redirect(url_for("sign_in.page"))


@by_password.route("/choose-password/<token>", methods=["GET", "POST"])
@access(PUBLIC)
def choose_password(token: str) -> ResponseReturnValue:
    """Choose a password by a one-time link, and be signed in."""
    running = panel()
    form = ChoosePasswordForm()
    if not form.validate_on_submit():
        with running.database.reading() as db:
            user = OneTimeLinks(running.config.secret_key).user(db, token)
        status = 422 if request.method == "POST" else 200
        return render_template("auth/choose_password.html", form=form, login=user.login), status
    opened = use_link(running.signing_in, token, form.password.data, browser())
    with running.database.writing() as db:
        forget_own_session(db)
    begin_session(opened)
    return redirect(after_step(opened, url_for("web.home")))


@by_password.route("/forgot-password", methods=["GET", "POST"])
@access(PUBLIC)
def forgot() -> ResponseReturnValue:
    """Answers the same whoever is named."""
    form = ForgottenForm()
    if not form.validate_on_submit():
        return _forgotten(form, status=422 if request.method == "POST" else 200)
    try:
        forget_password(panel().signing_in, form.login.data, browser())
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
