"""How mail leaves: the channel `main`, and others that have variables of their own.

Those of the channel `alerts` are those of `main` with `MAIL_ALERTS_` in front; only
`MAIL_TRANSPORT` is not said twice and becomes `MAIL_ALERTS_TRANSPORT`.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from config import env, hardening
from config.unread import refuse_unread
from subscribers.channels import LONGEST_NAME, MAIN, NAME, OWN_BACKENDS, Channel, variable_of

#: What may stand in MAIL_TRANSPORT: ours, then the ESPs by Anymail's own names.
ESPS = (
    "amazon_ses",
    "brevo",
    "mailersend",
    "mailgun",
    "mailjet",
    "mailtrap",
    "mandrill",
    "postal",
    "postmark",
    "resend",
    "scaleway",
    "sparkpost",
    "unisender_go",
)
TRANSPORTS = (*OWN_BACKENDS, *ESPS)

#: Characters. A guessed webhook secret lets anyone have mailboxes suppressed.
SHORTEST_PASSWORD = 16
#: Seconds to connect, and to wait for the ESP's answer.
TIMEOUTS = (5.0, 30.0)
LONGEST_WAIT = 3_600
#: Settings of Anymail that are no text.
AS_JSON = {"AMAZON_SES_CLIENT_PARAMS", "AMAZON_SES_SESSION_PARAMS"}


@dataclass(frozen=True)
class Variables:
    """The variables of one channel, found by the names that those of `main` have."""

    channel: str = MAIN

    def of(self, name: str) -> str:
        """What the variable is called that is `name` for `main`."""
        return variable_of(self.channel, name)


OF_MAIN = Variables()


def read() -> dict[str, Channel]:
    """All channels by name: `main`, and those that MAIL_CHANNELS names beside it.

    Raises:
        ImproperlyConfigured: a name or a variable cannot be used; which, and why.
    """
    channels = {name: channel(name) for name in names()}
    for other in channels.values():
        _refuse_to_borrow(other, channels[MAIN])
    refuse_unread(os.environ, channels)
    return channels


def names() -> list[str]:
    """What MAIL_CHANNELS lists, `main` among it."""
    listed: list[str] = env.env.list("MAIL_CHANNELS", [])
    given = [name.strip() for name in listed if name.strip()] or [MAIN]
    said = f"MAIL_CHANNELS={','.join(given)}"
    for name in given:
        if not re.match(NAME, name) or len(name) > LONGEST_NAME:
            raise ImproperlyConfigured(
                f"{said}: “{name}” is not a name like alerts, of lower-case letters, digits and "
                f"hyphens, {LONGEST_NAME} at most."
            )
        if given.count(name) > 1:
            raise ImproperlyConfigured(f"{said}: {name} is there twice.")
    if MAIN not in given:
        raise ImproperlyConfigured(
            f"{said}: add {MAIN}, the channel of MAIL_TRANSPORT and what goes with it."
        )
    return given


def channel(name: str) -> Channel:
    """The channel called `name`, by its variables.

    Raises:
        ImproperlyConfigured: one of them is missing or cannot be used.
    """
    variables = Variables(name)
    transport = mail_transport(variables)
    starttls, tls = smtp_security(variables)
    anymail = anymail_settings(variables)
    found = Channel(
        name=name,
        transport=transport,
        host=env.host(variables.of("SMTP_HOST"), "127.0.0.1", port=variables.of("SMTP_PORT")),
        port=env.number(variables.of("SMTP_PORT"), 1025, least=1, most=65_535),
        user=env.env.str(variables.of("SMTP_USER"), ""),
        password=env.env.str(variables.of("SMTP_PASSWORD"), ""),
        starttls=starttls,
        tls=tls,
        # Django's default is to wait for ever.
        timeout=env.seconds(variables.of("SMTP_TIMEOUT"), 60.0, most=3_600),
        connections=env.number(variables.of("SMTP_CONNECTIONS"), 20, least=1, most=1_000),
        anymail=anymail,
        webhook_esps=webhook_esps(transport, variables),
        webhooks_open=bool(anymail["WEBHOOK_SECRET"]),
    )
    if transport == "smtp":
        hardening.refuse_passwords_in_clear(
            found.host,
            password=found.password,
            encrypted=starttls or tls,
            names=(variables.of("SMTP_PASSWORD"), variables.of("SMTP_SECURITY")),
        )
    return found


def mail_transport(variables: Variables = OF_MAIN) -> str:
    """The transport that MAIL_TRANSPORT names; the local outbox when that of `main` is unset."""
    name = variables.of("MAIL_TRANSPORT")
    given = env.env.str(name, "outbox" if variables == OF_MAIN else "").lower()
    known = ", ".join(TRANSPORTS)
    if not given and variables != OF_MAIN:
        raise ImproperlyConfigured(
            f"Set {name}, for MAIL_CHANNELS names that channel. Known are: {known}."
        )
    if given not in TRANSPORTS:
        raise ImproperlyConfigured(f"{name}={given} is not known. Known are: {known}.")
    return given


def anymail_settings(variables: Variables = OF_MAIN) -> dict[str, Any]:
    """Anymail's settings: every variable ANYMAIL_X becomes its setting X."""
    prefix = variables.of("ANYMAIL_")
    given: dict[str, Any] = {
        name.removeprefix(prefix): value
        for name, value in os.environ.items()
        if name.startswith(prefix)
    }
    for name in AS_JSON & given.keys():
        given[name] = _mapping(prefix + name, given[name])
    if seconds := given.pop("REQUESTS_TIMEOUT", ""):
        given["REQUESTS_TIMEOUT"] = _seconds(prefix + "REQUESTS_TIMEOUT", seconds)
    return {"REQUESTS_TIMEOUT": TIMEOUTS, **given, "WEBHOOK_SECRET": webhook_secrets(variables)}


def _mapping(variable: str, given: str) -> dict[str, Any]:
    try:
        found = json.loads(given)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ImproperlyConfigured(f'{variable} is not JSON like {{"region_name": "eu-west-3"}}.')
    return found


def _seconds(variable: str, given: str) -> tuple[float, float]:
    try:
        seconds = [float(part) for part in given.split(",")]
    except ValueError:
        seconds = []
    if len(seconds) not in (1, 2) or not all(0 < wait <= LONGEST_WAIT for wait in seconds):
        raise ImproperlyConfigured(
            f"{variable}={given} is not seconds, like 30, or like 5,30 to connect and to wait; "
            f"{LONGEST_WAIT} at most."
        )
    return seconds[0], seconds[-1]


def webhook_secrets(variables: Variables = OF_MAIN) -> list[str]:
    """What an ESP may sign in with to report something; none is: no ESP may."""
    name = variables.of("ANYMAIL_WEBHOOK_SECRET")
    given: list[str] = env.env.list(name, [])
    for pair in given:
        user, _colon, password = pair.partition(":")
        if not user or len(password) < SHORTEST_PASSWORD:
            raise ImproperlyConfigured(
                f"{name} is not like user:password, "
                f"with a random password of at least {SHORTEST_PASSWORD} characters."
            )
    return given


def webhook_esps(transport: str, variables: Variables = OF_MAIN) -> list[str]:
    """The ESPs whose reports are taken: those of WEBHOOK_ESPS, or else the one in use."""
    name = variables.of("WEBHOOK_ESPS")
    esps: list[str] = env.env.list(name, [transport] if transport in ESPS else [])
    for esp in esps:
        if esp not in ESPS:
            raise ImproperlyConfigured(
                f"{name}={','.join(esps)}: {esp} is not known. Known are: {', '.join(ESPS)}."
            )
    return esps


def smtp_security(variables: Variables = OF_MAIN) -> tuple[bool, bool]:
    """Whether SMTP starts TLS after connecting, and whether it is TLS from the first byte."""
    name = variables.of("SMTP_SECURITY")
    security = env.one_of(name, "none", ("none", "starttls", "tls"))
    return security == "starttls", security == "tls"


def _refuse_to_borrow(other: Channel, main: Channel) -> None:
    # What is not told to Anymail it looks up in the settings of `main`: the mail of one channel
    # would go out with the account of another.
    if other.name == MAIN:
        return
    for esp in {other.transport, *other.webhook_esps} & set(ESPS):
        for missing in sorted(main.settings_of(esp).keys() - other.settings_of(esp).keys()):
            setting = f"ANYMAIL_{esp}_{missing}".upper()
            raise ImproperlyConfigured(
                f"Set {other.variable(setting)} too: {setting} is that of the channel {MAIN}."
            )
