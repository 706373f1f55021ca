"""QR codes as pictures."""

import segno

from billing_panel.kernel.database.no_slow_work_while_writing import slow


@slow
def picture(content: str) -> str:
    """A QR code as the address of a PNG, dark on white in either theme."""
    code = segno.make(content, error="m")
    return str(code.png_data_uri(scale=4, border=4))
