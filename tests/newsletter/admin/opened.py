"""A form of the desk as a browser has it once the page is open, and sends it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.test import Client

Attributes = list[tuple[str, str | None]]


@dataclass
class OpenPage:
    """What stands in the form of one page; `put` types, `send` presses *Save and continue*."""

    client: Client
    address: str
    values: dict[str, list[str]] = field(default_factory=dict)

    def put(self, **values: object) -> OpenPage:
        """Type each value; names have `__` for the hyphens of a part."""
        for name, value in values.items():
            typed = value if isinstance(value, list) else [value]
            self.values[name.replace("__", "-")] = [str(one) for one in typed]
        return self

    def in_browser(self, client: Client) -> OpenPage:
        """The same page, opened at the same time by whoever `client` is."""
        return OpenPage(client, self.address, dict(self.values))

    def send(self) -> Any:
        return self.client.post(self.address, self.values | {"_continue": ["1"]})


def open_page(client: Client, address: str) -> OpenPage:
    page = OpenPage(client, address)
    take_values(page, client.get(address).content.decode())
    return page


@dataclass
class KeptPages:
    """Pages as they are at the beginning of each test of a module: fetched by the first only."""

    pages: dict[str, OpenPage] = field(default_factory=dict)

    def open(self, client: Client, address: str) -> OpenPage:
        if address not in self.pages:
            self.pages[address] = open_page(client, address)
        return self.pages[address].in_browser(client)


def take_values(page: OpenPage, html: str) -> OpenPage:
    """Let `page` hold what the form in `html` shows, as after an answer with errors."""
    page.values = _FormParser(html).values
    return page


def delete(client: Client, address: str) -> Any:
    """Say yes on the page at `address`, which asks whether to delete a row."""
    asked = client.get(address, follow=True).request
    shown = f"{asked['PATH_INFO']}?{asked['QUERY_STRING']}"
    return client.post(shown, {"post": "yes"}, follow=True)


def delete_chosen(client: Client, address: str, *rows: Any) -> Any:
    """Say yes to the question that the list at `address` asks of `rows`."""
    chosen = {"action": "delete_selected", "_selected_action": [row.pk for row in rows]}
    return client.post(address, chosen | hidden_in(client.post(address, chosen)))


def hidden_in(page: Any) -> dict[str, str]:
    """What the last form of `page` sends by itself; of several rows, the last."""
    form = page.content.decode().rpartition("<form")[2]
    return dict(re.findall(r'type="hidden" name="(seen|post|action)" value="([^"]*)"', form))


class _FormParser(HTMLParser):
    """The values of the form that takes what is changed; buttons are none."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self._inside = False
        self._select = ""
        self._text: list[str] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        given = dict(attrs)
        if tag == "form":
            self._inside = str(given.get("id")).endswith("_form")
        elif not self._inside:
            return
        elif tag == "input":
            self._take_input(given)
        elif tag == "select":
            self._select = given.get("name") or ""
        elif tag == "option" and "selected" in given:
            self._add(self._select, given.get("value") or "")
        elif tag == "textarea":
            self._text = [given.get("name") or ""]

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea" and self._text is not None:
            name, *text = self._text
            # As browsers do: the first line end is none, and the others are of two characters.
            typed = "".join(text).replace("\r\n", "\n").removeprefix("\n")
            self._add(name, typed.replace("\n", "\r\n"))
            self._text = None

    def _take_input(self, given: dict[str, str | None]) -> None:
        kind = given.get("type", "text")
        ticked = kind not in ("checkbox", "radio") or "checked" in given
        if ticked and kind not in ("submit", "file", "button"):
            of_itself = "on" if kind == "checkbox" else ""
            self._add(given.get("name") or "", given.get("value") or of_itself)

    def _add(self, name: str, value: str) -> None:
        if name:
            self.values.setdefault(name, []).append(value)
