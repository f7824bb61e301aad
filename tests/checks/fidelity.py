"""Whether the text part says what the page says."""

from __future__ import annotations

import re
from collections import Counter

from tests.checks.mail import Mail, Page, read_page

#: The share of the words of a page that its text says too, at least.
WORDS = 0.9

_NUMBER = re.compile(r"\d+(?:[.,\u00a0\u202f]\d+)*")
_WORD = re.compile(r"[^\W\d_]{2,}")


def missing_from_text(mail: Mail) -> list[str]:
    """What the page of `mail` says and its text does not."""
    page, text = read_page(mail.html), mail.text
    return [
        *(f"the number {number}" for number in _numbers(page) - set(_NUMBER.findall(text))),
        *(f"the link {link}" for link in _links(page) if link not in text),
        *_words(page.words, text),
    ]


def _numbers(page: Page) -> set[str]:
    return set(_NUMBER.findall(page.words))


def _links(page: Page) -> set[str]:
    """Where the page leads to; not to places inside itself."""
    return {link for link in page.links if not link.startswith("#")}


def _words(html: str, text: str) -> list[str]:
    wanted, said = Counter(_words_of(html)), Counter(_words_of(text))
    missing = wanted - said
    share = 1 - missing.total() / max(1, wanted.total())
    if share >= WORDS:
        return []
    return [f"{1 - share:.0%} of the words, such as {[w for w, _n in missing.most_common(9)]}"]


def _words_of(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
