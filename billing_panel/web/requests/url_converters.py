"""Ids in addresses, none larger than the databases store."""

from typing_extensions import override
from werkzeug.exceptions import NotFound
from werkzeug.routing import BaseConverter

from billing_panel.kernel.values.bounded_parsing import whole_number


class BigIdConverter(BaseConverter):
    """An id that a database can hold; a larger number is a page that does not exist."""

    regex = r"[0-9]{1,19}"

    @override
    def to_python(self, value: str) -> int:
        number = whole_number(value)
        if number is None:
            # ValidationError would make it 405 where another method shares the address
            raise NotFound
        return number

    @override
    def to_url(self, value: int) -> str:
        return str(value)
