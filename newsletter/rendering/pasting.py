"""Markdown that was pasted from a word processor, a page or a mail, made what it was meant to be.

Those programs end a paragraph with one line end and set bullets as letters, and nobody types
`<` and `>` around an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

#: Nobody breaks lines by hand that are as long.
_WRAPPED = 100
#: Letters that programs set before an item; of those with other meanings, only before a tab.
_BULLET = re.compile(r"^([ \t]*)(?:[•◦▪‣●○■][ \t\xa0]*|·[ \t\xa0]+|[o§–—]\t[ \t]*)(?=\S)")
#: Line ends, but for those that were meant: after two spaces or a backslash.
_LINE_END = re.compile(r"(?<!  )(?<!\\)\n")
_ADDRESS = re.compile(r"(?<![\w@/.:-])(?:https?://|www\.)[^\s<>\"“”«»]+", re.IGNORECASE)
#: What ends a sentence rather than an address.
_ENDS = ".,;:!?…'’*_~"
_CLOSING = {")": "(", "]": "["}


def with_lists(text: str) -> str:
    """`text` with items of Markdown where it has bullets.

    After an item a line is a paragraph, unless it starts small: then it goes on with the item.
    """
    return "\n".join(_listed(text.split("\n")))


def make_paragraphs(state: StateCore) -> None:
    """Part paragraphs at their line ends where a line is too long to have been broken by hand."""
    tokens: list[Token] = []
    for token in state.tokens:
        tokens.append(token)
        if token.type == "paragraph_close" and token.level == 0:
            tokens[-3:] = _parted(*tokens[-3:])
    state.tokens = tokens


def make_links(state: StateCore) -> None:
    """Make links of addresses that stand in the text."""
    for token in state.tokens:
        if token.children:
            token.children = list(_linked(token.children, state.md))


def whole_address(url: str) -> str:
    """`url` with its scheme, where people leave it out."""
    return f"https://{url}" if url[:4].casefold() == "www." else url


def _listed(lines: list[str]) -> Iterator[str]:
    was_item = False
    for line in lines:
        item = _BULLET.sub(r"\1- ", line)
        is_item = item != line
        if was_item and not is_item and line[:1].strip() and not line[:1].islower():
            yield ""
        yield item
        was_item = is_item or (was_item and bool(line.strip()))


def _parted(opening: Token, inline: Token, closing: Token) -> Iterator[Token]:
    lines = _LINE_END.split(inline.content)
    if max(map(len, lines)) <= _WRAPPED:
        lines = [inline.content]
    for line in lines:
        yield opening
        yield inline.copy(content=line.strip(), children=[])
        yield closing


def _linked(tokens: list[Token], md: MarkdownIt) -> Iterator[Token]:
    depth = 0
    for token in tokens:
        depth += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if token.type == "text" and not depth:
            yield from _with_links(token.content, md)
        else:
            yield token


def _with_links(text: str, md: MarkdownIt) -> Iterator[Token]:
    done = 0
    for match in _ADDRESS.finditer(text):
        address = _without_the_sentence(match[0])
        url = md.normalizeLink(address)
        if not (_has_a_host(url) and md.validateLink(url)):
            continue
        yield _text(text[done : match.start()])
        yield Token("link_open", "a", 1, attrs={"href": url})
        yield _text(address)
        yield Token("link_close", "a", -1)
        done = match.start() + len(address)
    yield _text(text[done:])


def _without_the_sentence(address: str) -> str:
    """`address` without what closes the sentence, or the brackets, that it stands in."""
    surplus = {c: address.count(c) - address.count(opening) for c, opening in _CLOSING.items()}
    end = len(address)
    while end and (address[end - 1] in _ENDS or surplus.get(address[end - 1], 0) > 0):
        if address[end - 1] in surplus:
            surplus[address[end - 1]] -= 1
        end -= 1
    return address[:end]


def _has_a_host(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    labels = host.split(".")
    return all(labels) and len(labels) > (2 if labels[0] == "www" else 1)


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)
