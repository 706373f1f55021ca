"""Seeing the panel with someone else's rights, from one request to the next.

1. Whose rights are used is kept in the viewer's cookie and checked again at each request. The
   cookie names the log entry that says so: when there is a later one, the cookie is old.
2. Meanwhile ``panel()`` gives a read-only database: any write is refused there, on every page,
   whether the page declares so or not.
3. Going back and signing out are done with one's own rights.
4. Its end is written down as its beginning is; where the session was over, when its browser comes
   again.
"""

from flask import Flask, flash, g, request, session

from billing_panel.administration.staff.see_as import Ended, Whose, end_seeing, eyes_of, last_entry
from billing_panel.kernel.language.errors import DomainError, Forbidden
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.shell.assets import is_file
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.request_context import Impersonation, is_api, panel, signed_in_actor

KEY = "seen_as"
# pages of a person and nobody else: their account with its secrets, and the steps of signing in
OF_THE_PERSON = frozenset({"account", "second_factor", "openid"})
OWN_DOINGS = frozenset({"see_as.end", "sign_in.sign_out"})


def install(app: Flask) -> None:
    """Have the rights chosen put on at the beginning of each request."""
    app.before_request(_go_on)


def begin_impersonation(whose: Whose, looker: Actor, entry: int | None) -> None:
    """``entry``: the one of the log that says so."""
    session[KEY] = [whose.kind, whose.id, looker.user_id, entry]


def end_impersonation(how: Ended) -> None:
    """Nothing to end is no mistake."""
    if KEY not in session:
        return
    kind, number, user_id, entry = session.pop(KEY)
    running, address = panel(), request.remote_addr
    with running.database.writing() as db:
        if last_entry(db, user_id) == entry:
            end_seeing(
                db, Whose(kind, number), how, user_id=user_id, address=address, clock=running.clock
            )


def _go_on() -> None:
    """Put the rights on for this request; someone who no longer may is back in their own."""
    if KEY not in session or is_api() or request.endpoint in OWN_DOINGS:
        return
    if is_file():
        return
    actor = signed_in_actor()
    if actor is None:
        end_impersonation(Ended.SESSION_OVER)
        return
    kind, number, user_id, entry = session[KEY]
    running = panel()
    try:
        with running.database.reading() as db:
            if last_entry(db, user_id) != entry:
                del session[KEY]
                return
            eyes = eyes_of(db, Whose(kind, number), actor=actor, known=running.known)
    except DomainError:
        end_impersonation(Ended.NOT_ALLOWED)
        flash(gettext("You see the panel with your own rights again."), "warn")
    else:
        g.seen_as = Impersonation(eyes.actor, eyes.name)
        if request.blueprint in OF_THE_PERSON:
            raise Forbidden(
                text(
                    "Only %(whose)s can see this. Return to your own rights first.",
                    whose=eyes.name,
                ),
                code="only_looking",
            )
