"""The picture on a provider's documents.

Whatever is uploaded is decoded and written anew as a PNG: what is kept holds pixels and nothing
else, no metadata, no script, no second file behind the first.
"""

import hashlib
import warnings
from io import BytesIO
from typing import NewType

from PIL import Image
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.firms.providers import Logo
from billing_panel.kernel.database.row_locks import lock_row
from billing_panel.kernel.database.slow_work import slow
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.functions import PanelFunction
from permissions.guard import require

FORMATS = ("PNG", "JPEG")
MAX_BYTES = 512 * 1024
MAX_SIDE = 4000
# Enough for 2 cm of print at 300 dots an inch.
KEPT_SIDE = 480

# A picture that ``as_png`` has drawn; what was uploaded is never kept as it came.
Png = NewType("Png", bytes)


def set_logo(
    session: Session, provider_key: str, png: Png | None, *, actor: Actor, clock: Clock
) -> None:
    """``png`` None takes the logo away. Raises FunctionNotHeld, NotFound."""
    require(actor, PanelFunction.PROVIDER_CHANGE)
    provider = find_provider(session, actor, provider_key)
    lock_row(session, provider, key_share=True)
    before = provider.logo
    provider.logo = None if png is None else _keep(session, png)
    if provider.logo == before:
        return
    record(
        session,
        "provider.changed",
        actor=actor,
        at=clock.now(),
        subject=("provider", provider.id),
        provider_id=provider.id,
        facts={"changes": {"logo": [before, provider.logo]}},
    )


@slow
def as_png(uploaded: bytes) -> Png:
    """The picture, no larger than it is printed. Raises Invalid."""
    refusal = Invalid(
        [
            FieldError(
                "logo",
                "picture",
                text(
                    "A PNG or JPEG of at most %(kilobytes)s KB and %(side)s × %(side)s pixels.",
                    kilobytes=MAX_BYTES // 1024,
                    side=MAX_SIDE,
                ),
            )
        ]
    )
    if len(uploaded) > MAX_BYTES:
        raise refusal
    try:
        drawn = _drawn(uploaded)
    except Exception as error:
        # decoders of broken files break off in every way there is
        raise refusal from error
    drawn.thumbnail((KEPT_SIDE, KEPT_SIDE))
    written = BytesIO()
    drawn.save(written, format="PNG")
    return Png(written.getvalue())


def _drawn(uploaded: bytes) -> Image.Image:
    """Its pixels. What it raises tells that it is no picture for us."""
    with warnings.catch_warnings():
        # threads share what is ignored, so this is asked beside the sizes, not instead of them
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        # the size is read before a pixel is: a small file may unpack to gigabytes
        picture = Image.open(BytesIO(uploaded), formats=FORMATS)
        if max(picture.size) > MAX_SIDE:
            raise ValueError("too many pixels")
        # WeasyPrint has Pillow fill what a broken file lacks with grey, for the whole process
        picture.verify()
        return Image.open(BytesIO(uploaded), formats=FORMATS).convert("RGBA")


def _keep(session: Session, png: Png) -> str:
    digest = hashlib.sha256(png).hexdigest()
    if session.get(Logo, digest) is None:
        session.add(Logo(digest=digest, png=png))
        session.flush()
    return digest
