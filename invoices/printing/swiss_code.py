"""The picture of a Swiss QR code: 46 mm wide, with the cross of 7 mm in its middle.

SIX, Implementation Guidelines for the QR-bill 2.3, 5 and 6.4: error correction M, version 25 at
most, no quiet zone of its own (the payment part leaves 5 mm around it).
"""

from io import BytesIO

import segno
from PIL import Image, ImageDraw

from billing_panel.kernel.database.no_slow_work_while_writing import slow

PIXELS_PER_MODULE = 8
WIDTH, CROSS = 46, 7
# the cross itself, of a square of 7 mm: a black one of 6 mm, arms of 3.9 mm by 1.2 mm
FIELD, ARM, BREADTH = 6.0, 3.9, 1.17


@slow
def swiss_png(payload: str) -> bytes:
    """``payload`` as a PNG of one bit a pixel. Raises segno.DataOverflowError for a longer one."""
    code = segno.make(
        payload, error="m", mode="byte", encoding="utf-8", micro=False, boost_error=False
    )
    written = BytesIO()
    code.save(written, kind="png", scale=PIXELS_PER_MODULE, border=0)
    picture = Image.open(written).convert("1")
    _cross(ImageDraw.Draw(picture), picture.width)
    png = BytesIO()
    picture.save(png, "PNG")
    return png.getvalue()


def _cross(pen: ImageDraw.ImageDraw, pixels: int) -> None:
    for wide, high, colour in (
        (CROSS, CROSS, 1),
        (FIELD, FIELD, 0),
        (ARM, BREADTH, 1),
        (BREADTH, ARM, 1),
    ):
        x, y = (round(side * pixels / WIDTH / 2) for side in (wide, high))
        middle = pixels // 2
        pen.rectangle((middle - x, middle - y, middle + x, middle + y), fill=colour)
