"""The laws by which a provider may claim interest on what is paid late."""

from enum import StrEnum


class InterestLaw(StrEnum):
    """``EU``: Directive 2011/7/EU. ``RU``: Civil Code of the Russian Federation, Art. 395."""

    NONE = "none"
    EU = "eu"
    RU = "ru"
