"""A day within a sentence, as each language writes it."""

from datetime import date

from babel.dates import format_date

# The day comes first, as in lists and on documents. What Babel calls medium is American.
ENGLISH = "d MMM y"


def said_day(day: date, language: str) -> str:
    """``12 Jan 2026``, in Russian ``12 янв. 2026 г.``, in Bulgarian ``12.01.2026 г.``"""
    return format_date(day, ENGLISH if language == "en" else "medium", locale=language)
