"""Which passwords are taken (NIST SP 800-63B, ASVS 5.0 V6.2)."""

import pytest

from billing_panel.accounts.signing_in.passwords import hash_password, verify
from billing_panel.kernel.language.errors import Invalid


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("eleven char", "length"),
        ("x" * 257, "length"),
        ("passwordpassword", "guessable"),
        ("123456789012", "guessable"),
        ("qwertyuiopasdf", "guessable"),
        ("aaaaaaaaaaaaaaaa", "guessable"),
        ("balkan.media", "guessable"),
        # as guessable as it begins: what is behind is not looked at
        ("a" * 200, "guessable"),
    ],
)
def test_what_is_guessed_first_is_no_password(password: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        hash_password(password, login="balkan.media")
    assert [error.code for error in refusal.value.errors] == [code]


@pytest.mark.usefixtures("costly_hashes")
@pytest.mark.parametrize(
    "password", ["correct horse battery", "пароль из четырёх слов", "x7 lmq2 vv9k4"]
)
def test_words_that_have_nothing_to_do_with_one_another_are_one(password: str) -> None:
    assert verify(hash_password(password, login="balkan.media"), password)


@pytest.mark.usefixtures("costly_hashes")
def test_a_hash_costs_what_rfc_9106_says() -> None:
    """64 MiB, three passes, four lanes."""
    hashed = hash_password("correct horse battery")
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
