"""Forms sent after their sender was signed out, or left open for too long.

A form's anti-forgery token names the person it was made for, under our signature. So what was sent
is kept for that person alone (``unsent_forms``) and shown to them in the same form once they have
signed in: the form's view runs with a read-only database, so it answers as to any refusal and shows
everything that was typed. They press the button again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.test import EnvironBuilder

from billing_panel.accounts.signing_in.unsent_forms import Unsent, find_unsent, keep_unsent
from billing_panel.kernel.database.unavailable import Unavailable
from billing_panel.kernel.language.errors import DomainError, NotFound
from billing_panel.kernel.language.text import Text, say, text
from billing_panel.kernel.values.bounded_parsing import whole_number
from billing_panel.kernel.values.secret_fingerprints import new_secret
from billing_panel.web.requests.form_to_resend import OWN, has_files, typed_again, typed_fields
from billing_panel.web.requests.page_above_form import own_page
from billing_panel.web.shell.request_context import (
    LOOKED_AT,
    current_actor,
    language,
    panel,
    request_id,
    signed_in_actor,
)
from billing_panel.web.shell.route_access import ATTRIBUTE, PUBLIC, SIGNED_IN, Access, access

unsent = Blueprint("unsent", __name__)

TOKEN = "csrf_token"  # noqa: S105 (where it stands in the cookie, as Flask-WTF calls it)
# a form left open for longer is of nobody who remembers it
TOKEN_LIFE = 7 * 24 * 3600
# pages of a person and their secrets, and what is no form to fill in
NEVER = frozenset({"account", "sign_in", "second_factor", "openid", "web", "see_as", "unsent"})
# two tabs open on these pages go on beside each other
SIGN_IN_PAGES = frozenset(
    {"sign_in.page", "second_factor.code", "second_factor.set_up", "sign_in.forgot"}
)
WHY = {
    "kept": text("You were signed out. Sign in: what you typed is kept and will be shown to you."),
    "lost": text("You were signed out. Nothing you sent was done, and it couldn’t be kept."),
}


def install(app: Flask) -> None:
    """Have an answer that is no page replaced where a form is only shown again."""
    app.after_request(shown_page)


def begin_tokens(user_id: int) -> None:
    """From now on the forms of this cookie session say that they are of this person."""
    session[TOKEN] = f"{user_id}.{new_secret()}"


def made_for() -> int | None:
    """For whom the form was made that has come; None: nobody can say."""
    owner, parted, _ = _token().partition(".")
    return whole_number(owner) if parted else None


def _token() -> str:
    """What the form's token says; empty: it is none of ours, or too old."""
    written = request.form.get(OWN, "")
    signer = URLSafeTimedSerializer(current_app.secret_key or "", salt="wtf-csrf-token")
    try:
        return str(signer.loads(written, max_age=TOKEN_LIFE))
    except BadData:
        return ""


def is_surely_ours() -> bool:
    """The browser itself says that a page of ours sent it."""
    if request.headers.get("Sec-Fetch-Site") == "same-origin":
        return True
    origin = urlsplit(request.headers.get("Origin", "")).netloc
    return origin in {request.host, urlsplit(panel().config.public_url).netloc} - {""}


def to_sign_in() -> Response:
    """Sign in first, and why; then where they were going, or what they typed.

    A step of signing in leads nowhere: it is started over.
    """
    if request.blueprint == "second_factor":
        return redirect_to_sign_in(None)
    if request.method != "POST":
        came_from = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect_to_sign_in(came_from)
    secret = keep(made_for())
    if secret is None:
        return redirect_to_sign_in(own_page(), "lost")
    return redirect_to_sign_in(url_for("unsent.show", secret=secret), "kept")


def redirect_to_sign_in(target: str | None, why: str | None = None) -> Response:
    """Lead to signing in, then to ``target``. ``why``: a key of WHY, None: nothing to tell."""
    return cast("Response", redirect(url_for("sign_in.page", next=target, why=why)))


def keep(user_id: int | None) -> str | None:
    """What was typed, for whom it is of. None: it can't be."""
    if user_id is None or not is_form() or not request.form:
        return None
    kept = Unsent(request.full_path.rstrip("?"), typed_fields(), has_files())
    running = panel()
    try:
        with running.database.writing() as db:
            at, key = running.clock.now(), running.config.secret_key
            return keep_unsent(db, user_id, kept, secret_key=key, at=at)
    except (Unavailable, DomainError):
        return None


def is_form() -> bool:
    """Something a person fills in while they are signed in."""
    view = current_app.view_functions.get(request.endpoint or "")
    declared = getattr(view, ATTRIBUTE, PUBLIC)
    is_own = isinstance(declared, Access) and declared.signed_in
    return is_own and request.blueprint not in NEVER


def goes_on() -> bool:
    """Take a form whose token is no longer valid: to sign in, or only to show it again.

    Signing in goes on, since nobody loses anything by a second tab there. Anywhere else nothing is
    done, and whoever the form does not belong to isn't shown it.
    """
    if not is_surely_ours() or not _token():
        return False
    if request.endpoint in SIGN_IN_PAGES:
        g.csrf_valid = True
        return True
    actor = signed_in_actor()
    if not is_form() or (actor is not None and made_for() != actor.user_id):
        return False
    g.csrf_valid = True
    # where nobody is signed in the guard of the view refuses it
    if actor is not None:
        g.only_shown = True
        flash(_say_look(files=has_files()), "warn")
    return True


def somebody_elses() -> Text | None:
    """A form of another person than who is signed in now; it is kept for them."""
    actor, owner = signed_in_actor(), made_for() if is_surely_ours() else None
    if actor is None or owner is None or owner == actor.user_id or not is_form():
        return None
    keep(owner)
    return text(
        "Someone else has signed in here since this page was opened:"
        " %(name)s. Nothing was done, and they can’t see what was typed.",
        name=actor.name,
    )


def shown_page(answer: Response) -> Response:
    """Of a form that is only shown again nothing but a page comes."""
    if not g.get("only_shown") or (answer.mimetype == "text/html" and not answer.location):
        return answer
    return typed_page()


def typed_page() -> Response:
    """What was typed, to be sent again, where the form's own page can't show it."""
    page = render_template(
        "errors/error.html",
        status=409,
        title=say(text("Check it, then send it"), language()),
        sentence=say(LOOKED_AT, language()),
        reference=request_id(),
        typed=typed_again(),
        perhaps_done=False,
    )
    return Response(page, status=409, content_type="text/html; charset=utf-8")


@unsent.get("/unsent/<secret>")
@access(SIGNED_IN)
def show(secret: str) -> ResponseReturnValue:
    """The form again, with what was typed. Raises NotFound."""
    running, actor = panel(), current_actor()
    with running.database.reading() as db:
        at, key = running.clock.now(), running.config.secret_key
        kept = find_unsent(db, secret, actor.user_id, secret_key=key, at=at)
    if kept is None:
        raise NotFound(text("What was typed is kept for an hour and not shown to anyone else."))
    with _as_sent(kept):
        g.csrf_valid = g.only_shown = True
        flash(_say_look(files=kept.has_files), "warn")
        answer = shown_page(_answered())
        after = dict(session)
    session.clear()
    session.update(after)
    answer.status_code = 200
    return answer


def _answered() -> Response:
    try:
        return current_app.make_response(current_app.dispatch_request())
    except (DomainError, HTTPException) as refusal:
        return current_app.make_response(current_app.handle_user_exception(refusal))


@contextmanager
def _as_sent(kept: Unsent) -> Iterator[None]:
    """As if the form had come just now, from this browser."""
    parts = urlsplit(kept.address)
    builder = EnvironBuilder(
        path=parts.path,
        query_string=parts.query,
        method="POST",
        data=MultiDict(kept.fields),
        base_url=request.host_url,
        headers=[
            (name, value)
            for name, value in request.headers.items()
            if name not in {"Content-Length", "Content-Type"}
        ],
        environ_base={"REMOTE_ADDR": request.remote_addr or ""},
    )
    mine = {name: getattr(g, name) for name in g}
    own_session = dict(session)
    try:
        with current_app.request_context(builder.get_environ()):
            for name, value in mine.items():
                setattr(g, name, value)
            session.clear()
            session.update(own_session)
            yield
    finally:
        builder.close()


def _say_look(*, files: bool) -> str:
    again = text("What you typed is here again. None of it has been done: check it, then send it.")
    chosen = text(
        "What you typed is here again, but without the file: choose it,"
        " check everything, then send it."
    )
    return say(chosen if files else again, language())
