"""Variables of channels that nobody would read are told, not passed over."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import channels
from config.unread import refuse_unread

CHANNELS = ("main", "alerts", "alerts-2")


@pytest.mark.parametrize(
    "variable",
    [
        "MAIL_TRANSPORT",
        "MAIL_CHANNELS",
        "SMTP_HOST",
        "MAIL_ALERTS_TRANSPORT",
        "MAIL_ALERTS_SMTP_HOST",
        "MAIL_ALERTS_2_SMTP_HOST",
        "MAIL_ALERTS_ANYMAIL_MAILGUN_API_KEY",
        "MAIL_ALERTS_WEBHOOK_ESPS",
        # Of other programs.
        "MAIL",
        "MAIL_FROM",
        "MAIL_SERVER_PORT",
    ],
)
def test_what_is_read_or_somebody_elses_is_let_be(variable: str) -> None:
    refuse_unread([variable], CHANNELS)


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ("MAIL_NEWS_SMTP_HOST", "does not name the channel news"),
        ("MAIL_NEWS_TRANSPORT", "does not name the channel news"),
        ("MAIL_BIG_NEWS_ANYMAIL_X", "does not name the channel big-news"),
        ("MAIL_MAIN_SMTP_HOST", "The channel main has SMTP_HOST"),
        ("MAIL_MAIN_TRANSPORT", "The channel main has MAIL_TRANSPORT"),
        ("MAIL_ALERTS_SMTP_PROT", "is no variable of the channel alerts:"),
        ("MAIL_ALERTS_2_DKIM_KEY", "is no variable of the channel alerts-2:"),
    ],
)
def test_what_nobody_would_read_stops_the_start(variable: str, said: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"^{variable} .*{said}"):
        refuse_unread([variable], CHANNELS)


def test_it_is_looked_for_when_channels_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_NEWS_SMTP_HOST", "mail.example.org")

    with pytest.raises(ImproperlyConfigured, match="MAIL_NEWS_SMTP_HOST"):
        channels.read()
