"""What kinds of events are about: subjects, by which many are chosen at once. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from billing_panel.kernel.language.text import Text, text

WHOLE = ".*"


@dataclass(frozen=True)
class EventSubject:
    """``nouns``: what its kinds begin with, as ``order`` in ``order.placed``."""

    key: str
    title: Text
    nouns: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """What chooses all its kinds, those of later versions of the panel too."""
        return self.key + WHOLE


# in the order in which they are shown
SUBJECTS = (
    EventSubject(
        "orders", text("Orders"), ("order", "order_list", "deadline", "exception", "cart")
    ),
    EventSubject(
        "payments", text("Payments"), ("payment", "refund", "gateway_message", "write_off")
    ),
    EventSubject("balance", text("Balance"), ("balance", "top_up", "points")),
    EventSubject("documents", text("Documents"), ("document", "register")),
    EventSubject("messages", text("Messages"), ("message", "note", "answer_template")),
    EventSubject("clients", text("Clients"), ("client", "client_group")),
    EventSubject("catalog", text("Tariffs and promo codes"), ("tariff", "promo_code")),
    EventSubject("providers", text("Providers"), ("provider", "workflow", "reminders", "demo")),
    EventSubject("staff", text("Staff and rights"), ("staff", "department", "rights", "sign_in")),
    EventSubject("mail", text("E-mails and notices"), ("mail", "letter", "notice")),
)
# such as those of plugins that are installed besides
OTHER = EventSubject("other", text("Other"))
OF_NOUNS: Mapping[str, EventSubject] = {noun: one for one in SUBJECTS for noun in one.nouns}
WHOLES = frozenset(one.whole for one in (*SUBJECTS, OTHER))


def subject_of(kind: str) -> EventSubject:
    """What a kind of event is about."""
    return OF_NOUNS.get(kind.partition(".")[0], OTHER)


def by_subject(kinds: Iterable[str]) -> Mapping[EventSubject, list[str]]:
    """Those subjects that have any of ``kinds``, in their order."""
    kinds = sorted(kinds)
    found = {one: [k for k in kinds if subject_of(k) is one] for one in (*SUBJECTS, OTHER)}
    return {one: own for one, own in found.items() if own}


def is_chosen(kind: str, chosen: Collection[str]) -> bool:
    """Whether it, or the whole of its subject, is among ``chosen``."""
    return kind in chosen or subject_of(kind).whole in chosen


def without_repeats(chosen: Iterable[str]) -> list[str]:
    """Leave out kinds whose whole subject is chosen too; sorted."""
    kinds = {*chosen}
    return sorted(one for one in kinds if one in WHOLES or subject_of(one).whole not in kinds)
