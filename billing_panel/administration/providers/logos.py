"""The pictures on a provider's documents: its logo, its signature and its stamp.

Whatever is uploaded is decoded and written again as a PNG: what is kept holds pixels and nothing
else, no metadata, no script, no second file behind the first.
"""

import hashlib
import warnings
from enum import StrEnum
from io import BytesIO
from typing import NewType

from PIL import Image
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.companies.provider_models import Logo
from billing_panel.administration.details.record_provider_event import record_of_provider
from billing_panel.kernel.database.no_slow_work_while_writing import slow
from billing_panel.kernel.database.row_locks import lock_row
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from permissions.panel_functions import PanelFunction

FORMATS = ("PNG", "JPEG")
MAX_BYTES = 512 * 1024
MAX_SIDE = 4000
# Enough for 2 cm of print at 300 dots an inch.
KEPT_SIDE = 480

# A picture that ``as_png`` has drawn; what was uploaded is never kept as it came.
Png = NewType("Png", bytes)


class Picture(StrEnum):
    """Which of a provider's pictures."""

    LOGO = "logo"
    SIGNATURE = "signature"
    STAMP = "stamp"


def set_picture(
    session: Session,
    provider_key: str,
    picture: Picture,
    png: Png | None,
    *,
    actor: Actor,
    clock: Clock,
) -> None:
    """It stands on what is issued from now on; None: nothing does.

    Raises FunctionNotHeld, NotFound.
    """
    require(actor, PanelFunction.PROVIDER_CHANGE)
    provider = find_provider(session, actor, provider_key)
    lock_row(session, provider, key_share=True)
    before = getattr(provider, picture.value)
    after = None if png is None else _keep(session, png)
    if after == before:
        return
    setattr(provider, picture.value, after)
    record_of_provider(
        session,
        "provider.changed",
        provider,
        {"changes": {picture.value: [before, after]}},
        actor=actor,
        at=clock.now(),
    )


@slow
def as_png(uploaded: bytes, picture: Picture = Picture.LOGO) -> Png:
    """The picture, no larger than it is printed. Raises Invalid, at the field of ``picture``."""
    refusal = Invalid(
        [
            FieldError(
                picture.value,
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
