"""A message as a mail program takes it apart, and as a reader gets to see it."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from functools import cached_property
from html.parser import HTMLParser


@dataclass(frozen=True)
class Mail:
    """One message, byte for byte as a transport hands it over."""

    raw: bytes

    @cached_property
    def message(self) -> EmailMessage:
        message = email.message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(message, EmailMessage)
        return message

    @property
    def html(self) -> str:
        """Empty where there is none."""
        return self._part("html")

    @property
    def text(self) -> str:
        return self._part("plain")

    @cached_property
    def head(self) -> bytes:
        """The header fields, each with its line ending."""
        return self.raw.partition(b"\r\n\r\n")[0] + b"\r\n"

    def _part(self, subtype: str) -> str:
        part = self.message.get_body((subtype,))
        return part.get_content() if part else ""


@dataclass
class Element:
    name: str
    attributes: dict[str, str]


@dataclass
class Page:
    """What is in an HTML page: its elements, its style sheets, and what one reads there."""

    elements: list[Element] = field(default_factory=list)
    sheets: str = ""
    words: str = ""

    @property
    def links(self) -> Iterator[str]:
        return (e.attributes["href"] for e in self.elements if "href" in e.attributes)


class _Reader(HTMLParser):
    #: Nobody reads these.
    UNREAD = ("style", "title")

    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.elements.append(Element(tag, {name: value or "" for name, value in attrs}))
        self.page.words += " "
        if tag in self.UNREAD:
            self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self.page.words += " "
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            self.page.sheets += data
        elif not self._inside:
            self.page.words += data


def read_page(html: str) -> Page:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page


def without_styles(html: str) -> str:
    """The page as programs show it that take out style sheets."""
    return re.sub(r"<style\b.*?</style>", "", html, flags=re.DOTALL)
