"""What may stand in the environment, and what is said of a value that cannot work."""

from __future__ import annotations

import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.exceptions import ImproperlyConfigured

from config import env

SQLITE = {"ENGINE": "django.db.backends.sqlite3"}
POSTGRES = {"ENGINE": "django.db.backends.postgresql"}


@pytest.fixture(autouse=True)
def _unset(monkeypatch: pytest.MonkeyPatch) -> None:
    names = "DATABASE_URL MAIL_TRANSPORT SMTP_SECURITY SITE_URL SECRET_KEY"
    for name in (
        *names.split(),
        "BEHIND_PROXY",
        "PROXY_HEADER",
        "DKIM_KEY",
        "DKIM_SELECTOR",
        "DKIM_DOMAIN",
    ):
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


def test_mail_stays_in_the_outbox_unless_said_otherwise() -> None:
    assert env.mail_transport() == "outbox"


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


def test_an_unknown_transport_is_answered_with_the_known_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MAIL_TRANSPORT", "pigeon")

    with pytest.raises(ImproperlyConfigured, match=r"MAIL_TRANSPORT=pigeon .* outbox, smtp"):
        env.mail_transport()


def test_every_known_esp_has_a_backend_in_anymail() -> None:
    import anymail.backends

    [folder] = anymail.backends.__path__
    backends = {path.stem for path in Path(folder).glob("*.py")}

    assert set(env.ESPS) <= backends


def test_what_is_given_for_anymail_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANYMAIL_MAILGUN_API_KEY", "key")

    assert env.anymail()["MAILGUN_API_KEY"] == "key"


def test_the_secret_of_the_webhooks_may_be_several(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = "esp:" + "a" * 16, "esp:" + "b:" * 8
    monkeypatch.setenv("ANYMAIL_WEBHOOK_SECRET", f"{new},{old}")

    assert env.anymail()["WEBHOOK_SECRET"] == [new, old]


def test_without_a_secret_of_the_webhooks_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANYMAIL_WEBHOOK_SECRET", raising=False)

    assert env.anymail()["WEBHOOK_SECRET"] == []


@pytest.mark.parametrize("secret", ["only-a-long-password", ":" + "x" * 16, "esp:short"])
def test_a_secret_of_the_webhooks_that_is_easy_or_no_pair_is_refused(
    monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    monkeypatch.setenv("ANYMAIL_WEBHOOK_SECRET", secret)

    with pytest.raises(ImproperlyConfigured, match="ANYMAIL_WEBHOOK_SECRET is not like"):
        env.anymail()


@pytest.mark.parametrize(
    ("security", "starttls_and_tls"),
    [("none", (False, False)), ("starttls", (True, False)), ("TLS", (False, True))],
)
def test_smtp_is_as_secure_as_asked(
    monkeypatch: pytest.MonkeyPatch, security: str, starttls_and_tls: tuple[bool, bool]
) -> None:
    monkeypatch.setenv("SMTP_SECURITY", security)

    assert env.smtp_security() == starttls_and_tls


def test_an_unknown_smtp_security_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_SECURITY", "ssl")

    with pytest.raises(ImproperlyConfigured, match="none, starttls, tls"):
        env.smtp_security()


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
        " -c jit=off"
    )


#: Bits of a key that can be broken.
SHORT = 1024


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture
def set_dkim(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets the three variables, to what works unless told otherwise."""

    def set_dkim(**values: str) -> None:
        key = pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))
        works = {"DKIM_KEY": key, "DKIM_SELECTOR": "s1", "DKIM_DOMAIN": "News.example"}
        for name, value in {**works, **values}.items():
            monkeypatch.setenv(name, value)

    return set_dkim


def test_mail_is_not_signed_unless_said_otherwise() -> None:
    assert env.dkim() == (None, "", "")


def test_a_key_may_be_text_on_one_line_or_a_file(
    set_dkim: Callable[..., None], tmp_path: Path
) -> None:
    text = pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    (tmp_path / "dkim.pem").write_text(text)
    keys = []
    for given in (text, text.replace("\n", "\\n"), str(tmp_path / "dkim.pem")):
        set_dkim(DKIM_KEY=given)
        key, selector, domain = env.dkim()
        assert key is not None
        assert (selector, domain) == ("s1", "news.example")
        keys.append(pem(key))

    assert keys == [text] * 3


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("DKIM_KEY", "", "Set DKIM_KEY too"),
        ("DKIM_SELECTOR", "", "Set DKIM_SELECTOR too"),
        ("DKIM_DOMAIN", "", "Set DKIM_DOMAIN too"),
        ("DKIM_DOMAIN", "news.example; t=y", "DKIM_DOMAIN=news.example; t=y"),
        ("DKIM_SELECTOR", "s_1\n", "DKIM_SELECTOR"),
        ("DKIM_KEY", "/nowhere/dkim.pem", "cannot be read"),
        ("DKIM_KEY", "-----BEGIN NONSENSE-----", "cannot be read"),
        ("DKIM_KEY", pem(ec.generate_private_key(ec.SECP256R1())), "not an RSA key"),
        ("DKIM_KEY", pem(rsa.generate_private_key(65537, SHORT)), "2048 bits"),
    ],
)
def test_a_signature_that_cannot_work_stops_the_start(
    set_dkim: Callable[..., None], name: str, value: str, complaint: str
) -> None:
    set_dkim(**{name: value})

    with pytest.raises(ImproperlyConfigured, match=complaint):
        env.dkim()
