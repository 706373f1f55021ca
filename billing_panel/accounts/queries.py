from sqlalchemy import ColumnElement, or_

from billing_panel.accounts.clients import Client


def matching(words: str) -> ColumnElement[bool]:
    """Condition on Client: account number, or a part of login, name or e-mail."""
    named = [
        column.icontains(words, autoescape=True)
        for column in (Client.login, Client.name, Client.email)
    ]
    if words.isascii() and words.isdecimal() and len(words) < 19:
        named.append(Client.account_number == int(words))
    return or_(*named)
