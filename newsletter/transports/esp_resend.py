"""Anymail's Resend backend, with the idempotency key that Resend reads from an HTTP header."""

from __future__ import annotations

from typing import Any

from anymail.backends.resend import EmailBackend as AnymailBackend
from anymail.backends.resend import ResendPayload
from django.core.mail import EmailMessage


class EmailBackend(AnymailBackend):  # type: ignore[misc]
    """Sends `message.idempotency_key`, where a message has one, as Idempotency-Key."""

    def build_message_payload(self, message: EmailMessage, defaults: dict[str, Any]) -> Payload:
        return Payload(message, defaults, self)


class Payload(ResendPayload):  # type: ignore[misc]
    def get_request_params(self, api_url: str) -> dict[str, Any]:
        params: dict[str, Any] = super().get_request_params(api_url)
        if key := getattr(self.message, "idempotency_key", ""):
            params["headers"]["Idempotency-Key"] = key
        return params
