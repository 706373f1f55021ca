"""The steps of signing in after the password: a code, or a second factor to be set up."""

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from billing_panel.accounts.people.sign_in_models import Step
from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in.second_factor import NewSecret, being_set_up
from billing_panel.accounts.signing_in.sign_in import (
    finish_set_up,
    give_code,
    waiting_user,
)
from billing_panel.kernel.language.errors import DomainError, Invalid, Refused, TooManyAttempts
from billing_panel.web.shell.page_frame import issuer_name
from billing_panel.web.shell.request_context import panel
from billing_panel.web.shell.route_access import PUBLIC, access
from billing_panel.web.sign_in.qr_picture import picture
from billing_panel.web.sign_in.session_cookie import NEXT, begin_session, browser, waiting_secret
from billing_panel.web.sign_in.sign_in_forms import CodeForm
from billing_panel.web.sign_in.sign_in_outcome import inside, told, waits

second_factor = Blueprint("second_factor", __name__)


@second_factor.route("/second-factor", methods=["GET", "POST"])
@access(PUBLIC)
def code() -> ResponseReturnValue:
    """Ask for the second factor; too many wrong codes wait."""
    secret, form = waiting_secret(), CodeForm()
    if secret is None:
        return redirect(url_for("web.home"))
    waiting_user(panel().signing_in, secret, Step.CODE)
    error: DomainError | None = None
    status = 422 if request.method == "POST" else 200
    if form.validate_on_submit():
        target = inside(session.get(NEXT))
        try:
            opened = give_code(panel().signing_in, secret, form.code.data, browser())
        except (Invalid, Refused, TooManyAttempts) as refusal:
            error, status = refusal, refusal.status
        else:
            begin_session(opened)
            return redirect(target)
    page = render_template("auth/second_factor.html", form=form, refusal=told(error))
    return page, status, waits(error)


@second_factor.route("/second-factor/set-up", methods=["GET", "POST"])
@access(PUBLIC)
def set_up() -> ResponseReturnValue:
    """Where a department asks for a second factor: nothing else is done before there is one."""
    secret, form, running = waiting_secret(), CodeForm(), panel()
    if secret is None:
        return redirect(url_for("web.home"))
    user = waiting_user(running.signing_in, secret, Step.SET_UP)
    error: DomainError | None = None
    status = 422 if request.method == "POST" else 200
    if form.validate_on_submit():
        target = inside(session.get(NEXT))
        try:
            opened, codes = finish_set_up(running.signing_in, secret, form.code.data, browser())
        except (Invalid, Refused) as refusal:
            error, status = refusal, refusal.status
        else:
            begin_session(opened)
            return render_template("auth/recovery_codes.html", codes=codes, target=target)
    shown = shown_to(user)
    if shown is None:
        return redirect(url_for("sign_in.page"))
    page = render_template(
        "auth/set_up.html",
        form=form,
        refusal=told(error),
        shown=shown,
        picture=picture(shown.uri),
        required=True,
        back=url_for("sign_in.page"),
    )
    return page, status


def shown_to(user: User) -> NewSecret | None:
    """What their app is given while they set up a second factor."""
    running = panel()
    with running.database.reading() as db:
        return being_set_up(
            db, user, seal=running.signing_in.seal, issuer=issuer_name(), at=running.clock.now()
        )
