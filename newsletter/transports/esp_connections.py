"""Anymail's backends, opened with what must hold whatever the environment says."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from anymail.exceptions import AnymailConfigurationError
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend

from newsletter.models.obstacles import Obstacle
from newsletter.transports.base import TransportMisconfigured
from newsletter.transports.esp_capabilities import Esp
from subscribers.channels import Channel

#: Seconds to connect, and to wait for the ESP's answer.
TIMEOUTS = (5.0, 30.0)
#: An answer waited for longer than this might come after the worker's claim has ended.
LONGEST_WAIT = 120.0


def open_connection(esp: Esp, channel: Channel) -> BaseEmailBackend:
    """The backend of the ESP, with the account of `channel`, and one session for all calls.

    A session saves a TLS handshake for each.

    Raises:
        TransportMisconfigured: a setting is missing or cannot be, or a package is missing.
    """
    try:
        connection = get_connection(esp.backend, **_options(channel))
    except (AnymailConfigurationError, ImportError) as error:
        if variable := missing_variable(error, channel):
            raise TransportMisconfigured(variable, Obstacle.MISSING_SETTING) from error
        raise TransportMisconfigured(error) from error
    _refuse_to_ignore(connection)
    try:
        connection.open()
    except Exception as error:  # boto3 has errors of its own, and may not be installed
        raise TransportMisconfigured(error, Obstacle.UNUSABLE) from error
    return connection


def missing_variable(error: Exception, channel: Channel) -> str:
    """The variable of `channel` that Anymail misses; empty if `error` is about something else.

    Anymail names what it looked for last, the setting of all: ANYMAIL_MAILGUN_API_KEY.
    """
    found = re.search(r"\bANYMAIL_[A-Z0-9_]+", str(error))
    return channel.variable(found[0]) if found else ""


def _options(channel: Channel) -> dict[str, Any]:
    own = channel.settings_of(channel.transport)
    if channel.transport == "amazon_ses":
        variable = channel.variable("ANYMAIL_AMAZON_SES_CLIENT_PARAMS")
        params = ses_client_params(own.get("client_params", {}), variable)
        return {**own, "client_params": params}
    given = channel.anymail.get("REQUESTS_TIMEOUT", TIMEOUTS)
    variable = channel.variable("ANYMAIL_REQUESTS_TIMEOUT")
    return {**own, "requests_timeout": timeouts(given, variable)}


def timeouts(given: object, variable: str) -> tuple[float, float]:
    """Seconds to connect and to wait for an answer, as `variable` has them: "5,30", 30, (5, 30).

    Raises:
        TransportMisconfigured: it is not like these, or there would be no end to waiting.
    """
    parts = given if isinstance(given, tuple | list) else str(given).split(",")
    try:
        seconds = [float(part) for part in parts]
    except (TypeError, ValueError):
        seconds = []
    if len(seconds) not in (1, 2) or not all(_may_wait(number) for number in seconds):
        raise TransportMisconfigured(f"{variable}={given}", Obstacle.TIMEOUT_SETTING)
    return seconds[0], seconds[-1]


def _may_wait(seconds: float) -> bool:
    return math.isfinite(seconds) and 0 < seconds <= LONGEST_WAIT


def ses_client_params(given: object, variable: str) -> dict[str, Any]:
    """What boto3's client is made with: what `variable` has, a mapping or JSON, and mail needs.

    By default boto3 repeats a call that timed out, up to four times, and SES cannot tell a
    repeated call from another mail: every repetition may be a copy too many.

    Raises:
        TransportMisconfigured: `given` is neither.
    """
    params = _mapping(given, variable)
    config = _mapping(params.get("config", {}), variable)
    connect, answer = TIMEOUTS
    enforced = {
        "connect_timeout": connect,
        "read_timeout": answer,
        "retries": {"total_max_attempts": 1, "mode": "standard"},
    }
    return {**params, "config": {**config, **enforced}}


def _mapping(given: object, variable: str) -> dict[str, Any]:
    try:
        found = json.loads(given) if isinstance(given, str) else given
    except ValueError:
        found = None
    if not isinstance(found, Mapping):
        raise TransportMisconfigured(variable, Obstacle.SES_SETTING)
    return dict(found)


def _refuse_to_ignore(connection: BaseEmailBackend) -> None:
    # With it, Anymail leaves out what an ESP cannot do and goes on. One of these things is
    # hiding the readers of one call from each other.
    if getattr(connection, "ignore_unsupported_features", False):
        raise TransportMisconfigured(obstacle=Obstacle.SHOWS_ADDRESSES)
