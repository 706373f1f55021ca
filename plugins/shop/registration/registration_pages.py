"""Registering with a provider: the form, and the page that the mailed link leads to.

There is no API for it: a program that made clients would accept terms and choose passwords in the
name of people. Staff's programs have ``POST /clients``.
"""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing_panel.accounts.signing_in.sign_in import sign_in
from billing_panel.kernel.language.errors import DomainError, Invalid, NotFound, TooManyAttempts
from billing_panel.web.forms.form_pages import FormPage, refused, show
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.post_in_transaction import TOLD_ON_THE_PAGE
from billing_panel.web.shell.request_context import panel, signed_in_actor
from billing_panel.web.shell.route_access import PUBLIC, access
from billing_panel.web.sign_in.session_cookie import begin_session, browser, forget_own_session
from billing_panel.web.sign_in.sign_in_outcome import after_step, inside, told, waits
from plugins.shop.registration.register_client import (
    ConfirmRegistration,
    Register,
    ask_to_register,
    confirm_registration,
    registering_at,
)
from plugins.shop.registration.registration import MAX_BACK, Registration, find_registration
from plugins.shop.registration.registration_form import ConfirmForm, RegistrationForm

registration = Blueprint("registration", "plugins.shop")
TOLD = TOLD_ON_THE_PAGE | {429}


@registration.route("/shop/<key>/register", methods=["GET", "POST"])
@access(PUBLIC)
def register(key: str) -> ResponseReturnValue:
    """The form; answers the same whether or not the address is known. Refuses wrong fields."""
    back = inside(request.args.get("back") or url_for("shop.of_provider", key=key))[:MAX_BACK]
    page = _page(key, back)
    if signed_in_actor() is not None:
        return redirect(back)
    form: RegistrationForm = page.form
    if not form.sent:
        return show(page)
    valid = form.validate()
    if different := form.differing():
        return refused(page, Invalid(different))
    if not valid:
        return show(page, sent=True, status=422)
    command = Register(
        key,
        form.details(),
        form.password.data or "",
        form.accepted_terms,
        inside(form.back.data)[:MAX_BACK],
    )
    try:
        ask_to_register(panel().signing_in, command, browser())
    except DomainError as refusal:
        if refusal.status not in TOLD:
            raise
        answer = make_response(refused(page, refusal))
        answer.headers.update(waits(refusal))
        return answer
    return render_template("shop/registered.html", email=command.details.email, page=page)


def _page(key: str, back: str) -> FormPage:
    with panel().database.reading() as db:
        provider, _ = registering_at(db, key)
        return FormPage(
            title=gettext("Register with %(provider)s", provider=provider.name),
            crumbs=[(provider.name, back)],
            form=RegistrationForm(provider, back),
            template="shop/register.html",
            values={"provider": provider, "back": back},
        )


@registration.route("/registration/<token>", methods=["GET", "POST"])
@access(PUBLIC)
def confirm(token: str) -> ResponseReturnValue:
    """What the link leads to: it shows what was asked for, and a POST with the password does it.

    Refuses a wrong password, and a login that somebody has by now. Then they are signed in, where
    they were.
    """
    running, form = panel(), ConfirmForm()
    with running.database.reading() as db:
        waiting = find_registration(db, token, at=running.clock.now())
        shown = _shown(waiting)
    if not form.is_submitted():
        return render_template("shop/confirm_registration.html", form=form, **shown)
    command = ConfirmRegistration(token, form.password.data or "", (form.login.data or "").strip())
    try:
        client = confirm_registration(running.signing_in, command, browser())
    except DomainError as refusal:
        return _refused(form, shown, refusal)
    opened = sign_in(running.signing_in, client.login, command.password, browser())
    with running.database.writing() as db:
        forget_own_session(db)
    target = inside(str(shown["back"]))
    begin_session(opened, target=target)
    flash(gettext("Welcome: you can order now."), "ok")
    return redirect(after_step(opened, target), 303)


def _shown(waiting: Registration) -> dict[str, object]:
    return {
        "provider": waiting.provider,
        "client": waiting.client,
        "back": waiting.back,
    }


def _refused(
    form: ConfirmForm, shown: dict[str, object], refusal: DomainError
) -> ResponseReturnValue:
    """Another login is asked for where the chosen one is what was wrong."""
    if isinstance(refusal, NotFound) or refusal.status not in TOLD:
        raise refusal
    other = any(error.field == "login" for error in refusal.errors) or bool(form.login.data)
    page = render_template(
        "shop/confirm_registration.html", form=form, refusal=told(refusal), other=other, **shown
    )
    seconds = waits(refusal) if isinstance(refusal, TooManyAttempts) else {}
    return page, refusal.status, seconds
