"""Settings: secrets from the environment or a file that nobody else reads."""

from pathlib import Path

import pytest

from billing_panel.kernel.language.errors import ConfigError
from billing_panel.kernel.process.config import Config, OpenIdConnect, from_environment

KEY = "a key of forty characters, as good as any"
ISSUER = "https://issuer.example"


def read(home: Path, **settings: str) -> Config:
    named = {f"BILLING_PANEL_{name}": value for name, value in settings.items()}
    return from_environment({"BILLING_PANEL_HOME": str(home), **named})


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    file = tmp_path / "kept"
    file.write_text(f"{KEY}\n")
    file.chmod(0o600)
    return file


def test_a_secret_is_read_from_its_file(tmp_path: Path, kept: Path) -> None:
    assert read(tmp_path, SECRET_KEY_FILE=str(kept)).secret_key == KEY
    assert not (tmp_path / "secret.key").exists()


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "OIDC_CLIENT_SECRET"])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_file_that_others_may_read_is_refused(
    tmp_path: Path, kept: Path, name: str, mode: int
) -> None:
    kept.chmod(mode)
    with pytest.raises(ConfigError, match="chmod 600"):
        read(tmp_path, **{f"{name}_FILE": str(kept)})


def test_the_kept_key_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    first = read(tmp_path).secret_key
    assert len(first) >= 32
    assert read(tmp_path).secret_key == first
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        read(tmp_path, SECRET_KEY_FILE=str(tmp_path / "nowhere"))


def test_a_secret_is_given_in_one_way(tmp_path: Path, kept: Path) -> None:
    with pytest.raises(ConfigError, match="not both"):
        read(tmp_path, SECRET_KEY=KEY, SECRET_KEY_FILE=str(kept))


def test_a_short_secret_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="fewer than 32"):
        read(tmp_path, SECRET_KEY="short")


def test_a_provider_of_sign_in_is_set_whole_or_not_at_all(tmp_path: Path, kept: Path) -> None:
    assert read(tmp_path).openid is None
    whole = read(
        tmp_path,
        OIDC_ISSUER=f"{ISSUER}/",
        OIDC_CLIENT_ID="panel",
        OIDC_CLIENT_SECRET_FILE=str(kept),
    )
    assert whole.openid == OpenIdConnect(ISSUER, "panel", KEY)
    with pytest.raises(ConfigError, match="OIDC_CLIENT_SECRET"):
        read(tmp_path, OIDC_ISSUER=ISSUER, OIDC_CLIENT_ID="panel")


def test_a_provider_of_sign_in_is_asked_over_https(tmp_path: Path) -> None:
    settings = {"OIDC_CLIENT_ID": "panel", "OIDC_CLIENT_SECRET": KEY}
    with pytest.raises(ConfigError, match="https"):
        read(tmp_path, OIDC_ISSUER="http://issuer.example", **settings)
    assert read(tmp_path, OIDC_ISSUER="http://127.0.0.1:9400", **settings).openid


@pytest.mark.parametrize(
    "origin",
    [
        "https://*.shop.example",
        "https://shop.(example|test)",
        "https://^x$",
    ],
)
def test_an_origin_that_would_allow_other_sites_is_refused(tmp_path: Path, origin: str) -> None:
    with pytest.raises(ConfigError, match="write every one instead of"):
        read(tmp_path, API_ORIGINS=f"https://shop.example {origin}")
    assert read(tmp_path, API_ORIGINS="https://shop.example").api_origins == (
        "https://shop.example",
    )


def test_a_config_that_is_shown_tells_no_secret(tmp_path: Path) -> None:
    secret, counts, database = "s" * 32, "redis://:canary@counts", "postgresql://u:canary@db/panel"
    config = read(tmp_path, SECRET_KEY=secret, COUNTS_URL=counts, DATABASE_URL=database)
    assert (config.secret_key, config.counts_url) == (secret, counts)
    assert not [word for word in ("canary", secret) if word in repr(config)]
