"""What may stand in the environment, and what is said of a value that cannot work."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env

SQLITE = {"ENGINE": "django.db.backends.sqlite3"}
POSTGRES = {"ENGINE": "django.db.backends.postgresql"}


@pytest.fixture(autouse=True)
def _unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "SITE_URL", "SECRET_KEY", "BEHIND_PROXY", "PROXY_HEADER"):
        monkeypatch.delenv(name, raising=False)


def test_a_stored_secret_is_made_once_and_is_private(tmp_path: Path) -> None:
    first = env.stored_secret(tmp_path / "var" / "key")

    assert env.stored_secret(tmp_path / "var" / "key") == first
    assert stat.S_IMODE((tmp_path / "var" / "key").stat().st_mode) == 0o600


def test_a_given_secret_is_used_and_none_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "given")

    assert env.secret("SECRET_KEY", database=POSTGRES, fallback=tmp_path / "key") == "given"
    assert not (tmp_path / "key").exists()


def test_several_machines_must_be_given_their_secret(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY"):
        env.secret("SECRET_KEY", database=POSTGRES, fallback=tmp_path / "key")


def test_one_machine_keeps_its_own_secret(tmp_path: Path) -> None:
    assert env.secret("SECRET_KEY", database=SQLITE, fallback=tmp_path / "key")
    assert (tmp_path / "key").exists()


def test_the_database_is_a_file_unless_said_otherwise(tmp_path: Path) -> None:
    database = env.database(tmp_path)

    assert database["NAME"] == str(tmp_path / "db.sqlite3")
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_a_database_server_is_looked_at_before_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://me@127.0.0.1/news")

    database = env.database(tmp_path)

    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert database["CONN_HEALTH_CHECKS"]


def test_what_is_kept_for_how_long_is_a_number_of_days(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.kept_for("RETAIN_EVENTS_DAYS", days=90, at_least=7) == timedelta(days=90)

    monkeypatch.setenv("RETAIN_EVENTS_DAYS", "7")

    assert env.kept_for("RETAIN_EVENTS_DAYS", days=90, at_least=7) == timedelta(days=7)


@pytest.mark.parametrize("given", ["6", "0", "-1", "90 days", "1.5", "36501", "²"])
def test_what_must_be_kept_longer_or_is_no_number_stops_the_start(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETAIN_EVENTS_DAYS", given)

    with pytest.raises(ImproperlyConfigured, match=r"RETAIN_EVENTS_DAYS=.* from 7 to 36500"):
        env.kept_for("RETAIN_EVENTS_DAYS", days=90, at_least=7)


def test_the_site_address_has_no_slash_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_URL", "https://news.example.org/")

    assert env.site_url() == "https://news.example.org"


@pytest.mark.parametrize(
    "url",
    ["news.example.org", "ftp://example.org", "https://a.org/news", "http://a:99999", "http://[::"],
)
def test_a_site_address_that_cannot_work_is_refused(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("SITE_URL", url)

    with pytest.raises(ImproperlyConfigured, match="SITE_URL="):
        env.site_url()


@pytest.mark.parametrize(
    ("given", "number"), [("", 0), ("false", 0), ("0", 0), ("true", 1), ("True", 1), ("2", 2)]
)
def test_proxies_are_counted(monkeypatch: pytest.MonkeyPatch, given: str, number: int) -> None:
    monkeypatch.setenv("BEHIND_PROXY", given)

    assert env.proxies() == number


@pytest.mark.parametrize("given", ["yes please", "-1", "8000", "1.5", "²"])
def test_a_number_of_proxies_that_cannot_be_is_refused(
    monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("BEHIND_PROXY", given)

    with pytest.raises(ImproperlyConfigured, match="BEHIND_PROXY="):
        env.proxies()


@pytest.mark.parametrize("given", ["X_Forwarded_For", "X-Forwarded-For: 1"])
def test_a_header_of_the_proxy_that_is_none_is_refused(
    monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("PROXY_HEADER", given)

    with pytest.raises(ImproperlyConfigured, match="PROXY_HEADER="):
        env.proxy_header()


def test_a_session_that_stands_still_in_a_transaction_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://me@127.0.0.1/news")

    options = env.database(tmp_path)["OPTIONS"]

    assert options["options"] == (
        "-c idle_in_transaction_session_timeout=20000"
        " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
        " -c jit=off -c plan_cache_mode=force_generic_plan"
    )


@pytest.mark.parametrize("given", ["99999", "0", "-1", "25.0", "twenty", "²", "1e3"])
def test_a_number_that_cannot_be_stops_the_start(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_PORT", given)

    with pytest.raises(ImproperlyConfigured, match=r"SMTP_PORT=.* from 1 to 65535"):
        env.number("SMTP_PORT", 1025, least=1, most=65_535)


@pytest.mark.parametrize("given", ["0", "-5", "nan", "inf", "3601", "soon"])
def test_seconds_that_cannot_be_waited_stop_the_start(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_TIMEOUT", given)

    with pytest.raises(ImproperlyConfigured, match=r"SMTP_TIMEOUT=.* up to 3600"):
        env.seconds("SMTP_TIMEOUT", 60, most=3_600)


def test_what_is_unset_or_empty_is_as_the_guide_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_PORT", "")
    monkeypatch.delenv("SMTP_TIMEOUT", raising=False)

    assert env.number("SMTP_PORT", 1025, least=1, most=65_535) == 1025
    assert env.seconds("SMTP_TIMEOUT", 60, most=3_600) == 60


@pytest.mark.parametrize(
    ("given", "is_on"), [("true", True), ("Yes", True), ("1", True), ("", False), ("off", False)]
)
def test_a_switch_is_on_or_off(given: str, is_on: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTBOX_OPEN", given)

    assert env.is_on("OUTBOX_OPEN") is is_on


def test_a_switch_that_is_neither_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTBOX_OPEN", "maybe")

    with pytest.raises(ImproperlyConfigured, match="OUTBOX_OPEN=maybe is neither true nor false"):
        env.is_on("OUTBOX_OPEN")


def test_a_word_is_one_of_those_known_in_whatever_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "debug")

    assert env.one_of("LOG_LEVEL", "INFO", ("DEBUG", "INFO")) == "DEBUG"


def test_another_word_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "loud")

    with pytest.raises(ImproperlyConfigured, match=r"LOG_LEVEL=loud is not known\. .* DEBUG, INFO"):
        env.one_of("LOG_LEVEL", "INFO", ("DEBUG", "INFO"))


@pytest.mark.parametrize("given", ["mail.example.org", "relay", "mail_1", "10.0.0.2", "::1"])
def test_a_host_is_a_name_or_an_address(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_HOST", given)

    assert env.host("SMTP_HOST", "127.0.0.1", port="SMTP_PORT") == given


@pytest.mark.parametrize("given", ["smtp://mail.example.org", "mail.example.org:587", "a b", "-"])
def test_what_is_no_host_stops_the_start(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_HOST", given)

    with pytest.raises(ImproperlyConfigured, match=r"SMTP_HOST=.* Its port goes into SMTP_PORT"):
        env.host("SMTP_HOST", "127.0.0.1", port="SMTP_PORT")


@pytest.mark.parametrize(
    "url", ["mysql://a/b", "postgress://a/b", "postgres://u:secret@h:99999/d", "news"]
)
def test_a_database_that_is_not_known_stops_the_start_and_no_password_is_told(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)

    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL is not like") as refused:
        env.database(tmp_path)

    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("url", ["redis://host:6379", "rediss://:secret@host:6379/1", ""])
def test_the_broker_is_a_redis_or_none(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", url)

    assert env.broker() == url


@pytest.mark.parametrize("url", ["host:6379", "http://host", "redis://host:99999"])
def test_another_broker_stops_the_start(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", url)

    with pytest.raises(ImproperlyConfigured, match="REDIS_URL is not like"):
        env.broker()
