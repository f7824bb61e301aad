"""Markdown that was pasted from a word processor, a page or a mail, made what it was meant to be.

Those programs end a paragraph with one line end and set bullets as letters, and nobody types
`<` and `>` around an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

#: Nobody who breaks lines by hand begins a word as far to the right.
_WRAPPED = 100
#: Letters that programs set before an item; of those with other meanings, only before a tab, or
#: before spaces in its place.
#: Those for private use are what is left of a bullet from a font of symbols.
_BULLET = re.compile(
    r"^([ \t]*)(?:[•◦▪‣●○■\ue000-\uf8ff][ \t\xa0]*|·[ \t\xa0]+"
    r"|[o§–—Øü➢➤✓✔→](?:\t|\xa0{2})[ \t\xa0]*)(?=\S)"
)
#: A dash is a bullet where the line before or after has one too.
_DASH = re.compile(r"^([ \t]*)[–—][ \xa0]+(?=\S)")
#: A mark of Markdown before a space, as some keyboards and programs write it.
_MARK = re.compile(r"^([ \t]*(?:\d{1,9}[.)]|#{1,6}|[-*+]))[ \t]*\xa0[ \t\xa0]*(?=\S)")
#: A mark before what a line says.
_LEADING = re.compile(r"^\s*(?:\d{1,9}[.)]|#{1,6}|[-*+>])\s+")
#: Line ends, but for those that were meant: after two spaces or a backslash.
_LINE_END = re.compile(r"(?<!  )(?<!\\)\n")
#: A host, and what may follow one.
_ADDRESS = re.compile(
    r"(?<![\w@/.:-])(?:https?://|www\.)[\w.~%:@\[\]-]+(?:[/?#][^\s<>\"“”‘’«»]*)?", re.IGNORECASE
)
#: What ends a sentence rather than an address.
_ENDS = ".,;:!?…'’*_~"
_CLOSING = {")": "(", "]": "["}


def with_lines(text: str) -> str:
    """`text` with items of Markdown where it has bullets, and rows of a table each on its line.

    After an item a line is a paragraph, unless it starts small: then it goes on with the item.
    """
    return "\n".join(_apart(_listed([_MARK.sub(r"\1 ", line) for line in text.split("\n")])))


def make_paragraphs(state: StateCore) -> None:
    """Part paragraphs at their line ends if the text has lines that nobody broke by hand."""
    written = (t.content for t in state.tokens if t.type == "inline")
    if not any(
        line.rstrip().rfind(" ") >= _WRAPPED for text in written for line in text.split("\n")
    ):
        return
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
    for before, line, after in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
        item = _BULLET.sub(r"\1- ", line)
        if _DASH.match(before) or _DASH.match(after):
            item = _DASH.sub(r"\1- ", item)
        is_item = item != line
        if was_item and not is_item and line[:1].strip() and not line[:1].islower():
            yield ""
        yield item
        was_item = is_item or (was_item and bool(line.strip()))


def _apart(lines: Iterable[str]) -> Iterator[str]:
    """`lines`, of which those with tabs inside do not run into others.

    They are rows of a table, or items numbered in a way that Markdown does not know.
    """
    for line, after in pairwise([*lines, ""]):
        ends = line.strip() and after.strip() and (_is_tabbed(line) or _is_tabbed(after))
        yield f"{line.rstrip()}  " if ends else line


def _is_tabbed(line: str) -> bool:
    return "\t" in _LEADING.sub("", line).strip()


def _parted(opening: Token, inline: Token, closing: Token) -> Iterator[Token]:
    for line in _LINE_END.split(inline.content):
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
