"""Django's way to the relay, for transactional mail: signed where a DKIM key is set."""

from __future__ import annotations

import smtplib
from typing import Any

from django.core.mail.backends import smtp

from newsletter.transports.dkim import Signer


class EmailBackend(smtp.EmailBackend):
    """Django's own, over connections that sign."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _SigningFromTheFirstByte if self.use_ssl else _Signing


class _Signing(smtplib.SMTP):
    def sendmail(self, from_addr: str, to_addrs: Any, msg: Any, *args: Any, **options: Any) -> Any:
        signer = Signer.configured()
        signed = signer.signature(msg) + msg if signer else msg
        return super().sendmail(from_addr, to_addrs, signed, *args, **options)


class _SigningFromTheFirstByte(_Signing, smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""
