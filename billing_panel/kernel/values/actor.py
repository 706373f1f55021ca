"""Who acts: a plain value, loaded once for each request and passed to every action."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class ActorKind(StrEnum):
    """Who acts: one of the staff, a client's user, or the system by itself."""

    STAFF = "staff"
    CLIENT = "client"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """``functions`` are those they hold. ``provider_ids`` bounds what they see, None: all of them.

    ``client_id`` is set for a client's own user, who sees that client and nothing else.
    ``address``: where their request came from; None in jobs and on the command line.
    ``narrowed``: it is not they themselves who act, but a token with functions of its own, even
    where these are all that they hold today.
    """

    kind: ActorKind
    user_id: int | None
    login: str
    name: str
    language: str
    functions: frozenset[str]
    provider_ids: frozenset[int] | None
    client_id: int | None = None
    staff_id: int | None = None
    address: str | None = None
    narrowed: bool = False

    @property
    def key(self) -> str:
        """Names the actor where their requests are remembered."""
        return f"{self.kind.value}:{self.user_id or 0}"

    @property
    def sight(self) -> dict[str, object]:
        """All that decides what the actor may see, as plain JSON.

        A request key is bound to it: what was answered to one sight is not given to another.
        """
        return {
            "functions": sorted(self.functions),
            "providers": None if self.provider_ids is None else sorted(self.provider_ids),
            "client": self.client_id,
            # absent where it is not so: what was remembered before there was this is still theirs
            **({"narrowed": True} if self.narrowed else {}),
        }

    def narrowed_to(self, functions: Iterable[str]) -> "Actor":
        """The same person with no more than ``functions`` of their own, as a token gives them."""
        return replace(self, functions=self.functions & frozenset(functions), narrowed=True)
