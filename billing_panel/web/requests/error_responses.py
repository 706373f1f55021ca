"""Turning refusals into answers: problem+json for the API, a page for people."""

from flask import Flask, Response, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as PlainResponse

from billing_panel.accounts.access.guarded_fact_visibility import tell
from billing_panel.kernel.database.unavailable import Trouble, Unavailable
from billing_panel.kernel.language.errors import (
    Busy,
    DomainError,
    FunctionNotHeld,
    TooManyAtOnce,
    TooManyAttempts,
    Unauthenticated,
)
from billing_panel.kernel.language.text import Text, say, text
from billing_panel.web.requests.form_to_resend import Typed, typed_again
from billing_panel.web.requests.late_form_pages import somebody_elses, to_sign_in, typed_page
from billing_panel.web.requests.page_above_form import own_page
from billing_panel.web.requests.problem_json import (
    problem_of_http,
    problem_of_trouble,
    problem_response,
)
from billing_panel.web.requests.request_logs import log
from billing_panel.web.shell.function_titles import title_of
from billing_panel.web.shell.request_context import (
    UNSENT,
    language,
    reads_problems,
    request_id,
    signed_in_actor,
)

TITLES = {
    400: text("That request doesn’t make sense"),
    401: text("Sign in first"),
    403: text("You can’t do this"),
    404: text("Nothing here"),
    405: text("Not possible this way"),
    409: text("Changed in the meantime"),
    413: text("Too large"),
    414: text("Too large"),
    415: text("Not in that format"),
    422: text("Not possible"),
    429: text("Too many attempts"),
    500: text("Our mistake"),
    502: text("No answer from the outside service"),
    503: text("Not possible right now"),
}
# where the status says too little
TITLES_BY_CODE = {"too_many_at_once": text("Too many at once")}
SENTENCES = {
    400: text(
        "The browser sent something we couldn’t read. Go back, reload the page and try again."
    ),
    404: text("There is nothing at this address, or you don’t have access to it."),
    405: text("This address doesn’t answer that kind of request."),
    413: text("The request is too large, or has too many fields. Send less at a time."),
    414: text("The address is too long. Send less at a time."),
    415: text("Send the body as JSON, with the header Content-Type: application/json."),
    429: text("Wait a minute, then try again."),
    502: text("The sign-in provider is not answering. Sign in with your password instead."),
    500: text(
        "Something went wrong on our side; nothing was left half-done. Try"
        " again, or tell us the reference."
    ),
}


A_MINUTE = "60"  # what the sentence of 429 says, in seconds
MALFORMED = text("The body must be JSON, sent as application/json.")


def install(app: Flask) -> None:
    """Have every error of a request answered here, those that nobody expects too."""
    app.register_error_handler(DomainError, _refused)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Unavailable, _unavailable)
    app.register_error_handler(Exception, _unexpected)


def _refused(error: DomainError) -> ResponseReturnValue:
    if isinstance(error, Unauthenticated) and not reads_problems():
        return to_sign_in()
    if error.code == UNSENT and not reads_problems():
        return typed_page()
    actor = None if reads_problems() else signed_in_actor()
    if actor is not None:
        tell(error, actor)
    answer = (
        problem_response(error, language())
        if reads_problems()
        else _page(error.status, _sentence(error), TITLES_BY_CODE.get(error.code))
    )
    if isinstance(error, TooManyAttempts | TooManyAtOnce | Busy):
        g.retry_after = error.seconds
    return answer


def _sentence(error: DomainError) -> Text:
    """A function goes by its title on pages, by its name in the API."""
    if isinstance(error, FunctionNotHeld):
        return text(
            "This requires the function “%(function)s”; ask whoever manages rights.",
            function=title_of(error.function),
        )
    return error.message


def _forged(_error: CSRFError) -> ResponseReturnValue:
    another = somebody_elses()
    if another is not None:
        return _page(409, another)
    return _page(
        400,
        text("The page was open too long or its form was changed. Reload it and send it again."),
    )


def _http(error: HTTPException) -> ResponseReturnValue:
    if isinstance(error.response, PlainResponse):
        return error.response
    status = error.code or 500
    if status == 405 and request.method in {"GET", "HEAD"} and not reads_problems():
        return redirect(own_page())
    if reads_problems():
        other = SENTENCES[500] if status >= 500 else MALFORMED
        sentence = MALFORMED if status == 400 else SENTENCES.get(status, other)
        answer: Response = problem_of_http(error, sentence, language())
    else:
        answer = _page(status, SENTENCES.get(status, SENTENCES[400]))
    if status == 429:
        answer.headers["Retry-After"] = A_MINUTE
    for name, value in error.get_headers(None):
        if name in {"Allow", "Retry-After"}:
            answer.headers[name] = value
    return answer


def _unavailable(error: Unavailable) -> ResponseReturnValue:
    """What was typed stands in the page, to be sent again from there."""
    log.warning("unavailable", trouble=error.trouble.code)
    # the page about it must not ask the database again
    g.somebody_unknown = True
    if reads_problems():
        answer = problem_of_trouble(error.trouble, language())
    else:
        # a connection that broke may have broken after the commit
        perhaps_done = error.trouble is Trouble.GONE
        answer = _page(503, error.trouble.message, typed=typed_again(), perhaps_done=perhaps_done)
    g.retry_after = error.trouble.seconds
    return answer


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.error("unexpected", exc_info=error)
    # the page about it must not ask for what has just failed
    g.somebody_unknown = True
    if reads_problems():
        return problem_of_http(None, SENTENCES[500], language())
    return _page(500, SENTENCES[500])


def _page(
    status: int,
    sentence: Text,
    title: Text | None = None,
    *,
    typed: Typed | None = None,
    perhaps_done: bool = False,
) -> Response:
    page = render_template(
        "errors/error.html",
        status=status,
        title=say(title or TITLES.get(status, TITLES[400]), language()),
        sentence=say(sentence, language()),
        reference=request_id(),
        typed=typed,
        perhaps_done=perhaps_done,
    )
    return Response(page, status=status, content_type="text/html; charset=utf-8")
