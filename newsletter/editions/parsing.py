"""The HTML of a mail as far as its faults show in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Parsed:
    #: Every address that the mail links to, as it stands there, once each.
    links: dict[str, None] = field(default_factory=dict)
    #: What an address inside the mail may lead to.
    targets: set[str] = field(default_factory=set)
    #: Languages that parts of it are said to be in.
    languages: set[str] = field(default_factory=set)
    pictures_without_words: int = 0


def parse(html: str) -> Parsed:
    """What `html` links to and shows. Markup that is broken is read as browsers read it."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    return parser.parsed


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parsed = Parsed()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("a", "area") and "href" in given:
            self.parsed.links[given["href"] or ""] = None
        if tag == "img" and "alt" not in given:
            self.parsed.pictures_without_words += 1
        self.parsed.targets.update(filter(None, (given.get("id"), given.get("name"))))
        self.parsed.languages.update(filter(None, [given.get("lang")]))
