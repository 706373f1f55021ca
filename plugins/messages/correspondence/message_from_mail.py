"""What a client answers by mail is written as on the page: by the same action, in its limits.

Staff don't write by mail: an address that a stranger puts into the head of an e-mail shows no
rights, and what they write speaks for the provider.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session

from billing_panel.accounts.access.load_actors import actor_of, client_itself
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.extension.mail_kinds import MailAnswer
from billing_panel.kernel.files.attached_files import (
    MAX_FILES,
    MAX_TOGETHER,
    AttachedFile,
    plain_name,
    take_files,
)
from billing_panel.kernel.language.errors import Forbidden, Invalid, NotFound
from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from plugins.messages.correspondence.write_message import Topic, WriteMessage, write_message

ORDER = "order-"
NO_LONGER = text("Whoever sent it may no longer write there.")


def answer_by_mail(
    session: Session, answer: MailAnswer, *, known: Iterable[str], clock: Clock
) -> int:
    """The id of the message; files that can't be attached are named in it.

    Raises Forbidden for whoever the letter was to and may not write any more, and whatever
    ``write_message`` raises.
    """
    actor = _writer(session, answer, known)
    files, left_out = _files(answer.files)
    command = WriteMessage(_topic(session, answer), _words(answer, left_out), seen=0, files=files)
    return write_message(session, command, actor=actor, clock=clock)


def _writer(session: Session, answer: MailAnswer, known: Iterable[str]) -> Actor:
    """The user or the client to whom the letter was, with the rights they have now."""
    actor: Actor | None = None
    if answer.user_id is not None:
        user = session.get(User, answer.user_id)
        is_theirs = user is not None and _same(user.email, answer.address)
        actor = actor_of(session, user, known) if user and is_theirs else None
    elif answer.client_id is not None:
        client = session.get_one(Client, answer.client_id)
        actor = client_itself(client, known) if _same(client.email, answer.address) else None
    if actor is None or actor.client_id != answer.client_id or actor.client_id is None:
        raise Forbidden(NO_LONGER)
    return actor


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.casefold()


def _topic(session: Session, answer: MailAnswer) -> Topic:
    """Raises NotFound."""
    if answer.thread is not None and answer.thread.startswith(ORDER):
        return Topic(order_id=int(answer.thread.removeprefix(ORDER)))
    if answer.provider_id is None:
        raise NotFound
    provider = session.get_one(Provider, answer.provider_id)
    return Topic(client_id=answer.client_id, provider=provider.key)


def _files(sent: Sequence[tuple[str, bytes]]) -> tuple[Sequence[AttachedFile], Sequence[str]]:
    """Those that a message may have, and the names of the others."""
    taken: list[AttachedFile] = []
    left_out: list[str] = []
    room = MAX_TOGETHER
    for name, content in sent:
        try:
            found = take_files([(name, content)])
        except Invalid:
            found = ()
        if found and len(taken) < MAX_FILES and len(content) <= room:
            taken += found
            room -= len(content)
        else:
            left_out.append(plain_name(name))
    return taken, left_out


def _words(answer: MailAnswer, left_out: Sequence[str]) -> str:
    if not left_out:
        return answer.words
    named = text("Files that could not be attached: %(files)s.", files=list(left_out[:MAX_FILES]))
    return "\n\n".join(filter(None, (answer.words, say(named, answer.language))))
