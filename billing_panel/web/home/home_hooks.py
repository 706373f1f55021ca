"""What plugins bring to the first page, as they are asked for it there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from billing_panel.kernel.extension.hooks import hookspec

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from billing_panel.kernel.extension.home_parts import HomePart
    from billing_panel.kernel.values.actor import Actor

# in ``Session.info``
HOME = "panel.home"


class HomeHooks:
    """The hook of the first page."""

    @hookspec
    def panel_home_parts(
        self,
        session: Session,  # noqa: ARG002
        actor: Actor,  # noqa: ARG002
        now: datetime,  # noqa: ARG002
    ) -> Sequence[HomePart]:
        """What waits for the actor and what the owner is told, in as few statements as can be.

        However much there is, it costs the same: counts are bounded.
        """
        return ()
