"""Short words for what tests of notices say often."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from billing_panel.accounts.access.client_search import index_client
from billing_panel.accounts.access.load_actors import console
from billing_panel.accounts.people.client_models import Client
from billing_panel.accounts.people.user_models import User
from billing_panel.mail.models import LetterRow
from plugins.notices.kinds.known_kinds import kinds_for
from plugins.notices.kinds.notice_kind import Channel
from plugins.notices.mailing.make_and_mail_notices import follow_notices
from plugins.notices.store.models import Notice, NoticeCursor, Route
from plugins.notices.surface.choose_notices import ChooseNotices, TypedQuiet, choose_notices
from tests.world import World


@dataclass(frozen=True)
class Telling:
    """What was told to whom in a world."""

    world: World

    def follow(self) -> int:
        """Tell all that has happened; how many notices are new."""
        world = self.world
        system = console(world.panel.known)
        return follow_notices(world.database, actor=system, clock=world.clock)

    def begin_anew(self) -> None:
        """As if nothing of the log had been read for notices."""
        self.world.change(NoticeCursor, {"id": 1}, event_id=0)

    def screens(self, login: str) -> list[str]:
        """Kinds on the screens of this person, oldest first."""
        found = (
            select(Notice.kind)
            .join(User, User.id == Notice.user_id)
            .where(User.login == login, Notice.route == Route.SCREEN)
        )
        with self.world.database.reading() as session:
            return [*session.scalars(found.order_by(Notice.id))]

    def letters(self, to: str) -> list[LetterRow]:
        """Letters to this address, oldest first."""
        with self.world.database.reading() as session:
            found = select(LetterRow).filter_by(to=to).order_by(LetterRow.id)
            return [*session.scalars(found)]

    def kinds_of_letters(self, to: str) -> list[str]:
        return [letter.kind for letter in self.letters(to)]

    def notices(self) -> Sequence[Notice]:
        with self.world.database.reading() as session:
            return session.scalars(select(Notice).order_by(Notice.id)).all()

    def give_address(self, login: str, email: str) -> None:
        self.world.change(User, {"login": login}, email=email)

    def give_client(self, login: str, **values: str) -> None:
        with self.world.database.writing() as session:
            client = session.scalars(select(Client).filter_by(login=login)).one()
            for name, value in values.items():
                setattr(client, name, value)
            index_client(session, client)

    def choose(self, login: str, *, quiet: TypedQuiet | None = None, **off: Sequence[str]) -> None:
        """All as it is, but ``off``: kinds switched off, by channel."""
        actor = self.world.actor(login)
        chosen = {
            channel: [
                kind.key
                for kind in kinds_for(actor)
                if channel in kind.channels and kind.key not in off.get(channel.value, ())
            ]
            for channel in Channel
        }
        with self.world.database.writing() as session:
            choose_notices(session, ChooseNotices(chosen, quiet), actor=actor)
