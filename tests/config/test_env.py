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


@pytest.mark.parametrize("url", ["news.example.org", "ftp://example.org", "https://a.org/news"])
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
