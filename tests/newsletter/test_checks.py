from __future__ import annotations

import pytest
from django.conf import LazySettings

from newsletter.checks import webhooks_are_open


def found(settings: LazySettings, transport: str, is_open: bool) -> list[str]:
    settings.MAIL_TRANSPORT = transport
    settings.WEBHOOKS_OPEN = is_open
    return [str(warning.hint) for warning in webhooks_are_open()]


def test_an_esp_that_cannot_report_is_warned_of(settings: LazySettings) -> None:
    [hint] = found(settings, "mailgun", False)

    assert "ANYMAIL_WEBHOOK_SECRET" in hint


@pytest.mark.parametrize(
    ("transport", "is_open"), [("mailgun", True), ("outbox", False), ("smtp", False)]
)
def test_else_nothing_is_said(settings: LazySettings, transport: str, is_open: bool) -> None:
    assert found(settings, transport, is_open) == []
