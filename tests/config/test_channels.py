"""How mail leaves, by the environment: `main`, channels beside it, and what is said of nonsense."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import channels
from subscribers.channels import Channel

READ_HERE = ("MAIL_", "SMTP_", "ANYMAIL_", "WEBHOOK_ESPS")


@pytest.fixture(autouse=True)
def _unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(READ_HERE):
            monkeypatch.delenv(name)


def test_mail_stays_in_the_outbox_unless_said_otherwise() -> None:
    assert channels.mail_transport() == "outbox"


def test_an_unknown_transport_is_answered_with_the_known_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MAIL_TRANSPORT", "pigeon")

    with pytest.raises(ImproperlyConfigured, match=r"MAIL_TRANSPORT=pigeon .* outbox, smtp"):
        channels.mail_transport()


def test_every_known_esp_has_a_backend_in_anymail() -> None:
    import anymail.backends

    [folder] = anymail.backends.__path__
    backends = {path.stem for path in Path(folder).glob("*.py")}

    assert set(channels.ESPS) <= backends


def test_what_is_given_for_anymail_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANYMAIL_MAILGUN_API_KEY", "key")

    assert channels.anymail_settings()["MAILGUN_API_KEY"] == "key"


def test_the_secret_of_the_webhooks_may_be_several(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = "esp:" + "a" * 16, "esp:" + "b:" * 8
    monkeypatch.setenv("ANYMAIL_WEBHOOK_SECRET", f"{new},{old}")

    assert channels.anymail_settings()["WEBHOOK_SECRET"] == [new, old]


def test_without_a_secret_of_the_webhooks_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANYMAIL_WEBHOOK_SECRET", raising=False)

    assert channels.anymail_settings()["WEBHOOK_SECRET"] == []


@pytest.mark.parametrize("secret", ["only-a-long-password", ":" + "x" * 16, "esp:short"])
def test_a_secret_of_the_webhooks_that_is_easy_or_no_pair_is_refused(
    monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    monkeypatch.setenv("ANYMAIL_WEBHOOK_SECRET", secret)

    with pytest.raises(ImproperlyConfigured, match="ANYMAIL_WEBHOOK_SECRET is not like"):
        channels.anymail_settings()


@pytest.mark.parametrize(
    ("security", "starttls_and_tls"),
    [("none", (False, False)), ("starttls", (True, False)), ("TLS", (False, True))],
)
def test_smtp_is_as_secure_as_asked(
    monkeypatch: pytest.MonkeyPatch, security: str, starttls_and_tls: tuple[bool, bool]
) -> None:
    monkeypatch.setenv("SMTP_SECURITY", security)

    assert channels.smtp_security() == starttls_and_tls


def test_an_unknown_smtp_security_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_SECURITY", "ssl")

    with pytest.raises(ImproperlyConfigured, match="none, starttls, tls"):
        channels.smtp_security()


def channels_of(monkeypatch: pytest.MonkeyPatch, **variables: str) -> dict[str, Channel]:
    """The channels `main` and `alerts-2` with these `variables`."""
    monkeypatch.setenv("MAIL_CHANNELS", "main,alerts-2")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return channels.read()


def test_there_is_one_channel_unless_said_otherwise() -> None:
    (main,) = channels.read().values()

    assert (main.name, main.transport, main.reporting) == ("main", "outbox", ())


@pytest.mark.parametrize(
    ("given", "names"), [("", ["main"]), (" alerts , main,", ["alerts", "main"])]
)
def test_how_the_names_are_written_matters_little(
    monkeypatch: pytest.MonkeyPatch, given: str, names: list[str]
) -> None:
    monkeypatch.setenv("MAIL_CHANNELS", given)

    assert channels.names() == names


def test_a_channel_is_what_its_own_variables_say(monkeypatch: pytest.MonkeyPatch) -> None:
    found = channels_of(
        monkeypatch,
        MAIL_TRANSPORT="mailgun",
        ANYMAIL_MAILGUN_API_KEY="of main",
        SMTP_HOST="main.example",
        MAIL_ALERTS_2_TRANSPORT="smtp",
        MAIL_ALERTS_2_SMTP_HOST="mail.example",
        MAIL_ALERTS_2_SMTP_PORT="587",
        MAIL_ALERTS_2_SMTP_SECURITY="starttls",
        MAIL_ALERTS_2_SMTP_PASSWORD="secret",
        MAIL_ALERTS_2_WEBHOOK_ESPS="brevo",
        MAIL_ALERTS_2_ANYMAIL_BREVO_API_KEY="of alerts",
        MAIL_ALERTS_2_ANYMAIL_WEBHOOK_SECRET="esp:" + "a" * 16,
    )

    main, alerts = found["main"], found["alerts-2"]
    assert (main.transport, main.host) == ("mailgun", "main.example")
    assert main.settings_of("mailgun") == {"api_key": "of main"}
    assert main.reporting == ()
    assert (alerts.transport, alerts.host, alerts.port) == ("smtp", "mail.example", 587)
    assert (alerts.starttls, alerts.tls, alerts.password) == (True, False, "secret")
    assert alerts.reporting == ["brevo"]
    assert "secret" not in repr(alerts)


@pytest.mark.parametrize("names", ["main,Alerts", "main,a_b", "main,-a", "main," + "a" * 21])
def test_a_name_that_no_variable_could_begin_with_is_refused(
    monkeypatch: pytest.MonkeyPatch, names: str
) -> None:
    monkeypatch.setenv("MAIL_CHANNELS", names)

    with pytest.raises(ImproperlyConfigured, match=r"MAIL_CHANNELS=.* is not a name like alerts"):
        channels.read()


@pytest.mark.parametrize(
    ("names", "complaint"), [("main,a,a", "a is there twice"), ("a,b", "add main")]
)
def test_a_list_of_channels_that_says_two_things_is_refused(
    monkeypatch: pytest.MonkeyPatch, names: str, complaint: str
) -> None:
    monkeypatch.setenv("MAIL_CHANNELS", names)

    with pytest.raises(ImproperlyConfigured, match=complaint):
        channels.read()


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({}, "Set MAIL_ALERTS_2_TRANSPORT, for MAIL_CHANNELS names that channel"),
        ({"TRANSPORT": "pigeon"}, "MAIL_ALERTS_2_TRANSPORT=pigeon is not known"),
        ({"TRANSPORT": "smtp", "SMTP_SECURITY": "ssl"}, "MAIL_ALERTS_2_SMTP_SECURITY=ssl"),
        (
            {"TRANSPORT": "smtp", "SMTP_HOST": "mail.example", "SMTP_PASSWORD": "x"},
            "MAIL_ALERTS_2_SMTP_PASSWORD would go to mail.example in clear. Set MAIL_ALERTS_2_SMTP",
        ),
        ({"TRANSPORT": "smtp", "WEBHOOK_ESPS": "x"}, "MAIL_ALERTS_2_WEBHOOK_ESPS=x: x is not"),
        (
            {"TRANSPORT": "smtp", "ANYMAIL_WEBHOOK_SECRET": "x"},
            "MAIL_ALERTS_2_ANYMAIL_WEBHOOK_SECRET is not like",
        ),
        (
            {"TRANSPORT": "brevo", "ANYMAIL_REQUESTS_TIMEOUT": "soon"},
            "MAIL_ALERTS_2_ANYMAIL_REQUESTS_TIMEOUT=soon is not seconds",
        ),
        (
            {"TRANSPORT": "amazon_ses", "ANYMAIL_AMAZON_SES_CLIENT_PARAMS": "{"},
            "MAIL_ALERTS_2_ANYMAIL_AMAZON_SES_CLIENT_PARAMS is not JSON",
        ),
    ],
    ids=str,
)
def test_what_cannot_work_names_the_variable_of_that_channel(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], complaint: str
) -> None:
    of_channel = {f"MAIL_ALERTS_2_{name}": value for name, value in variables.items()}

    with pytest.raises(ImproperlyConfigured, match=complaint):
        channels_of(monkeypatch, **of_channel)


def test_no_channel_goes_out_with_the_account_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        ImproperlyConfigured, match="Set MAIL_ALERTS_2_ANYMAIL_MAILGUN_SENDER_DOMAIN too"
    ):
        channels_of(
            monkeypatch,
            ANYMAIL_MAILGUN_API_KEY="of main",
            ANYMAIL_MAILGUN_SENDER_DOMAIN="main.example",
            MAIL_ALERTS_2_TRANSPORT="mailgun",
            MAIL_ALERTS_2_ANYMAIL_MAILGUN_API_KEY="of alerts",
        )


def test_settings_of_anymail_that_are_no_text_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANYMAIL_AMAZON_SES_CLIENT_PARAMS", '{"region_name": "eu-west-3"}')
    monkeypatch.setenv("ANYMAIL_REQUESTS_TIMEOUT", "5,60")

    read = channels.anymail_settings()

    assert read["AMAZON_SES_CLIENT_PARAMS"] == {"region_name": "eu-west-3"}
    assert read["REQUESTS_TIMEOUT"] == (5.0, 60.0)


def test_a_port_that_is_none_stops_the_start_by_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ImproperlyConfigured, match="MAIL_ALERTS_2_SMTP_PORT=99999"):
        channels_of(monkeypatch, MAIL_ALERTS_2_TRANSPORT="smtp", MAIL_ALERTS_2_SMTP_PORT="99999")


@pytest.mark.parametrize("given", ["0", "nan", "5,-1", "5,inf", "1,2,3"])
def test_an_esp_is_waited_for_as_long_as_can_be(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANYMAIL_REQUESTS_TIMEOUT", given)

    with pytest.raises(ImproperlyConfigured, match="ANYMAIL_REQUESTS_TIMEOUT="):
        channels.anymail_settings()
