"""Anymail's Mailgun backend, at its ease with calls for a thousand readers.

Anymail parses every address of a call and copies every value, and requests writes them as a
form in which half of the characters take three bytes: more than half of a worker's time. Here
the addresses were found plain before, the values are ours, and a multipart form takes them as
they are. What Mailgun reads is the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from anymail.backends.mailgun import EmailBackend as AnymailBackend
from anymail.backends.mailgun import MailgunPayload
from anymail.message import AnymailMessage
from anymail.utils import force_non_lazy

#: What is told about each reader, by address.
Told = Mapping[str, Mapping[str, str]]


class PlainAddress(NamedTuple):
    """An address that needs no parsing, as far as Anymail asks for its parts."""

    addr_spec: str


class EmailBackend(AnymailBackend):  # type: ignore[misc]
    def build_message_payload(
        self, message: AnymailMessage, defaults: dict[str, Any]
    ) -> MailgunPayload:
        kind = MergedPayload if getattr(message, "is_for_many", False) else MailgunPayload
        return kind(message, defaults, self)


class MergedPayload(MailgunPayload):  # type: ignore[misc]
    """A call for many readers, each with plain address, data, metadata and headers of their own."""

    base_message_attrs = tuple(
        ("to", None, list) if attribute[0] == "to" else attribute
        for attribute in MailgunPayload.base_message_attrs
    )
    anymail_message_attrs = (
        ("merge_data", None, None),
        ("merge_headers", None, None),
        ("merge_metadata", None, None),
    )

    def set_to(self, addresses: Sequence[str]) -> None:
        self.data["to"] = ",".join(addresses)
        self.to_emails = list(addresses)
        self.all_recipients = [PlainAddress(address) for address in addresses]

    def populate_recipient_variables(self) -> None:
        """Lay out data, metadata (v:) and headers (h:) of each reader as Mailgun reads them."""
        headers = {f"h:{name.title()}": name for name in _names(self.merge_headers)}
        metadata = {f"v:{name}": name for name in _names(self.merge_metadata)}
        # What differs stands in the shared part as a name to look up.
        self.data |= {field: f"%recipient.{field}%" for field in (*headers, *metadata)}
        variables = {address: dict(self.merge_data[address]) for address in self.to_emails}
        for told, fields in ((self.merge_metadata, metadata), (self.merge_headers, headers)):
            for address, own in variables.items():
                values = told[address]
                for field, name in fields.items():
                    own[field] = values[name]
        self.data["recipient-variables"] = self.serialize_json(variables)

    def get_request_params(self, api_url: str) -> dict[str, Any]:
        params: dict[str, Any] = super().get_request_params(api_url)
        fields = params.pop("data")
        # A part without a file name is a field.
        params["files"] = [(name, (None, _text(value))) for name, value in fields.items()]
        return params


def _names(told: Told) -> list[str]:
    """The names of what is told about a reader: the same of each."""
    return list(next(iter(told.values()), {}))


def _text(value: str | list[str]) -> str:
    return ", ".join(value) if isinstance(value, list) else str(force_non_lazy(value))
