"""The ways out of this installation, by name: which transport, with which credentials.

The channel `main` is what Django's own settings say; there may be others beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.translation import gettext as _

#: The one that is always there.
MAIN = "main"

#: Lower case, as they stand in addresses and, in upper case, in names of variables.
NAME = r"^[a-z0-9]+(-[a-z0-9]+)*\Z"
LONGEST_NAME = 20

#: Transports of our own, with where Django finds them; any other is an ESP by Anymail's name.
OWN_BACKENDS = {
    "outbox": "newsletter.transports.outbox.EmailBackend",
    "smtp": "newsletter.transports.signed_smtp.EmailBackend",
}


def variable_of(channel: str, name: str) -> str:
    """What the variable of `channel` is called that is `name` for `main`.

    Those of the channel `alerts` have `MAIL_ALERTS_` in front; only `MAIL_` is not said twice.
    """
    if channel == MAIN:
        return name
    return f"MAIL_{channel.upper().replace('-', '_')}_{name.removeprefix('MAIL_')}"


class NoSuchChannel(Exception):
    """Mail is to leave by a channel that this installation does not have.

    As text it is what to do, for staff.
    """

    def __init__(self, name: str) -> None:
        super().__init__(
            _(
                "The channel “%(channel)s” is not set up here. Choose another one for the "
                "publication, or ask whoever runs this site to set it up again."
            )
            % {"channel": name}
        )


@dataclass(frozen=True)
class Channel:
    """One way out: a transport and all that it is reached by."""

    name: str
    #: `outbox`, `smtp`, or an ESP by Anymail's name.
    transport: str
    #: The mail server, for `smtp`.
    host: str = "127.0.0.1"
    port: int = 1025
    user: str = ""
    password: str = field(default="", repr=False)
    starttls: bool = False
    tls: bool = False
    #: Seconds to wait for each of its answers, and how many connections a worker keeps open.
    timeout: float = 60.0
    connections: int = 20
    #: Anymail's settings.
    anymail: Mapping[str, Any] = field(default_factory=dict, repr=False)
    #: ESPs whose reports are taken, of mail that went out by this channel: those in the list,
    #: once there is a secret that they know.
    webhook_esps: Sequence[str] = ()
    webhooks_open: bool = False

    @property
    def is_esp(self) -> bool:
        return self.transport not in OWN_BACKENDS

    @property
    def backend(self) -> str:
        """Django's backend, for mail to one person."""
        return OWN_BACKENDS.get(self.transport, f"anymail.backends.{self.transport}.EmailBackend")

    def variable(self, name: str) -> str:
        """What its variable is called that is `name` for `main`."""
        return variable_of(self.name, name)

    @property
    def reporting(self) -> Sequence[str]:
        """The ESPs that have somewhere to report to."""
        return self.webhook_esps if self.webhooks_open else ()

    def settings_of(self, esp: str) -> dict[str, Any]:
        """What Anymail's classes for `esp` take by keyword, ahead of the settings of `main`."""
        prefix = f"{esp.upper()}_"
        own = {name: value for name, value in self.anymail.items() if name.startswith(prefix)}
        return {name.removeprefix(prefix).lower(): value for name, value in own.items()}

    def connection(self) -> BaseEmailBackend:
        """Django's way out by this channel, not opened yet."""
        if self.name == MAIN:
            return get_connection()
        if self.is_esp:
            options = self.settings_of(self.transport)
            if timeout := self.anymail.get("REQUESTS_TIMEOUT"):
                options["requests_timeout"] = timeout
            return get_connection(self.backend, **options)
        return get_connection(
            self.backend,
            host=self.host,
            port=self.port,
            username=self.user,
            password=self.password,
            use_tls=self.starttls,
            use_ssl=self.tls,
            timeout=self.timeout,
        )


def channels() -> dict[str, Channel]:
    """All channels of this installation by name, `main` first."""
    return {MAIN: _main(), **settings.MAIL_CHANNELS}


def channel_named(name: str) -> Channel:
    """The channel called `name`.

    Raises:
        NoSuchChannel: this installation has none.
    """
    found = _main() if name == MAIN else settings.MAIL_CHANNELS.get(name)
    if found is None:
        raise NoSuchChannel(name)
    return found


def _main() -> Channel:
    return Channel(
        name=MAIN,
        transport=settings.MAIL_TRANSPORT,
        host=settings.EMAIL_HOST,
        port=settings.EMAIL_PORT,
        user=settings.EMAIL_HOST_USER,
        password=settings.EMAIL_HOST_PASSWORD,
        starttls=settings.EMAIL_USE_TLS,
        tls=settings.EMAIL_USE_SSL,
        timeout=settings.EMAIL_TIMEOUT,
        connections=settings.SMTP_CONNECTIONS,
        anymail=settings.ANYMAIL,
        webhook_esps=settings.WEBHOOK_ESPS,
        webhooks_open=settings.WEBHOOKS_OPEN,
    )
