"""Make the sounds of the panel: ``static/sounds/``, the same bytes each time. No recording is used.

A soft bell of two tones, a third apart, that fades within half a second.
"""

import math
import struct
import wave
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "billing_panel/static/sounds"
RATE = 22_050
SECONDS = 0.55
LOUDEST = 0.32
# (hertz, second in which it begins): E5, then G#5
TONES = ((659.26, 0.0), (830.61, 0.11))
# how loud each overtone is, from the tone itself on
OVERTONES = (1.0, 0.22, 0.06)
RISE_SECONDS = 0.008
FADE = 9.0


def tone(hertz: float, since: float) -> float:
    """How far the tone swings ``since`` seconds after it was struck; 0 before."""
    if since < 0:
        return 0.0
    rise = min(since / RISE_SECONDS, 1.0)
    swing = sum(
        share * math.sin(2 * math.pi * hertz * number * since)
        for number, share in enumerate(OVERTONES, start=1)
    )
    return rise * math.exp(-FADE * since) * swing


def samples() -> Iterator[int]:
    """16 bits each; the last hundredth goes down to nothing, so that nothing clicks."""
    number = int(RATE * SECONDS)
    end = number // 100
    for place in range(number):
        now = place / RATE
        swing = sum(tone(hertz, now - begins) for hertz, begins in TONES) / len(TONES)
        yield round(32_767 * LOUDEST * swing * min((number - place - 1) / end, 1.0))


def wav() -> bytes:
    """The file ``notice.wav``."""
    made = BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(b"".join(struct.pack("<h", one) for one in samples()))
    return made.getvalue()


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "notice.wav").write_bytes(wav())
