"""Sign-in links as the API gives them: told once, or mailed."""

from flask import url_for
from pydantic import Field, StrictBool

from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in.password_links import OneTimeLinks
from billing_panel.api.answer_models import Answer
from billing_panel.api.endpoint_dispatch import AnyCall
from billing_panel.api.request_bodies import Body
from billing_panel.mail.accounts.account_letters import mail_sign_in_link


class LinkBody(Body):
    """``mail``: the link goes to the person’s own address; else it is in the answer."""

    mail: StrictBool = False


class SignInLinkAnswer(Answer):
    """``link``: to choose a password by, for 48 hours, once; nothing else tells it again.

    ``mailed_to``: where it was sent instead. A repeat with the same ``Idempotency-Key`` answers
    with the same link, which is kept encrypted for that alone.
    """

    link: str | None = Field(examples=["https://panel.example.com/choose-password/…"])
    mailed_to: str | None


def link_answer(call: AnyCall, user: User) -> SignInLinkAnswer:
    """Make a link for ``user``, whom an action let the caller invite.

    Raises Refused ``mail_not_set_up`` or ``no_address``.
    """
    if call.body.mail:
        at = call.panel.clock.now()
        sent = mail_sign_in_link(call.session, user, actor=call.actor, at=at)
        return SignInLinkAnswer(link=None, mailed_to=sent)
    config = call.panel.config
    token = OneTimeLinks(config.secret_key).make(call.session, user, by=call.actor.user_id)
    path = url_for("sign_in.choose_password", token=token)
    return SignInLinkAnswer(link=f"{config.public_url}{path}", mailed_to=None)
