"""The HTML of a mail as its readers and their programs take it in."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

#: What is read aloud, or shown when a pointer rests on it.
_READ_ALOUD = ("alt", "title", "aria-label")
_TARGETS = ("id", "name")


@dataclass
class Parsed:
    #: All that can be read, in order: text, comments, and the words for pictures.
    words: list[str] = field(default_factory=list)
    #: Every address that the mail links to, as it stands there, once each.
    links: dict[str, None] = field(default_factory=dict)
    #: What an address inside the mail may lead to.
    targets: set[str] = field(default_factory=set)
    #: Languages that parts of it are said to be in.
    languages: set[str] = field(default_factory=set)
    pictures_without_words: int = 0


def parse(html: str) -> Parsed:
    """What `html` says, links to and shows. Markup that is broken is read as browsers read it."""
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
        # What is called in another language is called so: nobody forgot to translate it.
        if given.get("translate") != "no":
            self.parsed.languages.update(filter(None, [given.get("lang")]))
        # Of an attribute that is there twice programs take the first or the last.
        self.parsed.targets.update(value for name, value in attrs if name in _TARGETS and value)
        self.parsed.words.extend(value for name, value in attrs if name in _READ_ALOUD and value)

    def handle_data(self, data: str) -> None:
        self.parsed.words.append(data)

    def handle_comment(self, data: str) -> None:
        """Some mail programs show what others take for a comment."""
        self.parsed.words.extend(parse(data).words)
