"""The first pages: sign in, sign out, choose a password, who you are, and the health check."""

from pathlib import Path

from flask import (
    Blueprint,
    abort,
    g,
    redirect,
    render_template,
    request,
    send_from_directory,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy import text as sql

from billing_panel.accounts.access.scope import providers
from billing_panel.accounts.people.staff import Staff
from billing_panel.accounts.signing_in.one_time_links import OneTimeLinks
from billing_panel.accounts.signing_in.sign_in import set_language, sign_in, use_link
from billing_panel.administration.staff.see_as import Ended
from billing_panel.kernel.database.unavailable import Unavailable
from billing_panel.kernel.files.fonts import ensure_fonts
from billing_panel.kernel.language.errors import DomainError, Refused, TooManyAttempts
from billing_panel.kernel.language.text import LANGUAGES, say
from billing_panel.mail.outbox import failed_number
from billing_panel.web.requests.seeing_as import end_walk
from billing_panel.web.requests.unsent_form_pages import WHY
from billing_panel.web.shell.function_titles import by_section
from billing_panel.web.shell.i18n import SESSION_KEY
from billing_panel.web.shell.page_frame import brought, places
from billing_panel.web.shell.request_context import current_actor, language, panel, signed_in_actor
from billing_panel.web.shell.route_access import PUBLIC, SIGNED_IN, access, may_open
from billing_panel.web.sign_in.after_password import after_step, inside, told, waits
from billing_panel.web.sign_in.password_forms import ChoosePasswordForm, SignInForm
from billing_panel.web.sign_in.session_cookie import begin_session, comer, forget_own_session, leave

web = Blueprint("web", __name__)
WEB_FONTS = frozenset({"inter-panel.woff2"})


@web.get("/healthz")
@access(PUBLIC)
def health() -> ResponseReturnValue:
    """Whether the database answers: 200, or 503 with what is wrong."""
    try:
        with panel().database.reading() as db:
            db.execute(sql("SELECT 1"))
    except Unavailable as error:
        g.retry_after = error.trouble.seconds
        return {"status": error.trouble.code}, 503
    return {"status": "ok"}


@web.get("/")
@access(SIGNED_IN)
def home() -> ResponseReturnValue:
    """The first page: what an empty panel still needs, and what one may do."""
    actor = current_actor()
    if actor.client_id is not None and (own := places(actor)):
        return redirect(url_for(own[0].endpoint, **own[0].values))
    with panel().database.reading() as db:
        staff = db.scalar(select(Staff).filter_by(user_id=actor.user_id))
        steps = brought().setup_steps(db, actor)
        return render_template(
            "home.html",
            steps=[] if all(step.is_done for step in steps) else steps,
            greeting_name=actor.name,
            providers=providers(db, actor),
            departments=[say(d.title, language()) for d in staff.departments] if staff else [],
            functions=_held_by_section(actor.functions),
            failed_letters=failed_number(db, actor) if may_open("outbox.index") else 0,
        )


@web.route("/sign-in", methods=["GET", "POST"], endpoint="sign_in")
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
        opened = sign_in(running.door, form.login.data, form.password.data, comer())
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


@web.post("/sign-out")
@access(SIGNED_IN)
def sign_out() -> ResponseReturnValue:
    """End one's session."""
    end_walk(Ended.SIGNED_OUT)
    leave()
    return redirect(url_for("web.sign_in"))


@web.route("/choose-password/<token>", methods=["GET", "POST"])
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
    opened = use_link(running.door, token, form.password.data, comer())
    with running.database.writing() as db:
        forget_own_session(db)
    begin_session(opened)
    return redirect(after_step(opened, url_for("web.home")))


@web.post("/language", endpoint="set_language")
@access(PUBLIC)
def choose_language() -> ResponseReturnValue:
    """Choose the language of pages."""
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        abort(400)
    actor = signed_in_actor()
    if actor is not None and actor.user_id is not None:
        with panel().database.writing() as db:
            set_language(db, actor.user_id, chosen)
    session[SESSION_KEY] = chosen
    return redirect(inside(request.form.get("next")))


@web.get("/fonts/<name>")
@access(PUBLIC)
def font(name: str) -> ResponseReturnValue:
    """The font of pages, made once."""
    if name not in WEB_FONTS:
        abort(404)
    directory: Path = panel().config.fonts_dir
    ensure_fonts(directory)
    return send_from_directory(directory, name, max_age=30 * 24 * 3600)


def _held_by_section(held: frozenset[str]) -> list[dict[str, object]]:
    return [
        {
            "title": title,
            "functions": [{"name": str(info.name), "title": label} for info, label in functions],
        }
        for title, functions in by_section(held)
    ]
