"""Editors' Markdown as safe HTML for mail, and as plain text.

Both come from the same tokens, so that neither part of a mail says what the other does not.
CommonMark without raw HTML and code. Of pictures only our own are shown, written as
`![](picture:12)`; any other leaves its alternative text, as our own do in plain text.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from newsletter.rendering.pasting import (
    make_links,
    make_paragraphs,
    whole_address,
    with_lines,
)
from newsletter.rendering.sanitize import sanitized

LINK_SCHEMES = {"http", "https", "mailto"}
#: Every element that :func:`to_html` may yield.
TAGS = {"p", "h3", "h4", "ul", "ol", "li", "strong", "em", "a", "blockquote", "hr", "br", "img"}
#: Pixels of CSS that a mail's column is wide: so wide is a picture where there is room.
COLUMN = 544
#: Columns of plain text.
WIDTH = 72
#: However deep lists nest, a line of text keeps this many columns.
_NARROWEST = 24
_BREAKS = {"softbreak": " ", "hardbreak": "\n"}


def _cleaner(size: Set[str], **more: Any) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=TAGS,
        attributes={"a": {"href"}, "ol": {"start"}, "img": {"src", "alt", *size}},
        url_schemes=LINK_SCHEMES,
        url_relative="deny",
        link_rel=None,
        **more,
    )


_mail_cleaner = _cleaner(
    # No height: narrowed by a phone, a picture would keep it and be stretched. What undoes that,
    # `height:auto`, Yahoo's programs take for a min-height (caniemail.com/features/css-height).
    {"width"},
    # Inline: some mail programs take the underline away, and colour alone marks no link.
    set_tag_attribute_values={
        "a": {"style": "text-decoration:underline"},
        "img": {"style": "max-width:100%;border:0"},
    },
)
_page_cleaner = _cleaner({"width", "height"})
_PICTURE = re.compile(r"picture:(\d{1,18})", re.ASCII)


@dataclass(frozen=True)
class PictureView:
    id: int
    #: Absolute.
    url: str
    #: In pixels of the file.
    width: int
    height: int
    alt: str


# Hundreds of editions of an issue are made of the same few texts.
@lru_cache(maxsize=64)
def to_html(text: str, pictures: tuple[PictureView, ...] = ()) -> SafeString:
    """Markdown `text` as HTML made of :data:`TAGS` only, its headings being h3 and h4.

    Of pictures it shows those among `pictures`.
    """
    html = _mail_cleaner.clean(_rendered(text, pictures))
    return mark_safe(html)  # noqa: S308 - just cleaned


def to_page_html(text: str, pictures: tuple[PictureView, ...] = ()) -> SafeString:
    """The same for pages of the site, whose policy allows no inline styles."""
    html = _page_cleaner.clean(_rendered(text, pictures))
    return mark_safe(html)  # noqa: S308 - just cleaned


@lru_cache(maxsize=64)
def to_text(text: str, pictures: tuple[PictureView, ...] = (), width: int = WIDTH) -> str:
    """Markdown `text` as plain text of `width` columns, each link followed by its address.

    The words for a picture stand where it shows one of `pictures`. Only what cannot be
    broken, such as a long address, is wider.
    """
    tokens = _tokens(text, pictures)
    for token in tokens:
        token.content, token.children = _inline(token.children or ()), []
    return _blocks(SyntaxTreeNode(tokens), width)


@lru_cache(maxsize=1024)
def pictures_in(text: str) -> frozenset[int]:
    """The ids of our pictures that Markdown `text` shows, whether there are such or not."""
    children = (child for token in _parsed(text) for child in token.children or ())
    return frozenset(number for c in children if (number := _picture_id(c)) is not None)


def said_in(text: str) -> list[str]:
    """What stands in each paragraph and heading of Markdown `text`, without its markup."""
    return [
        "".join(_BREAKS.get(child.type, child.content) for child in token.children)
        for token in _parsed(text)
        if token.children
    ]


def links_in(text: str) -> Iterator[tuple[str, str]]:
    """The links of Markdown `text`: what each says, and its address."""
    for token in _parsed(text):
        said, address = "", ""
        for child in token.children or ():
            if child.type == "link_open":
                said, address = "", str(child.attrs["href"])
            elif child.type == "link_close":
                yield said, address
            else:
                said += child.content


def address_of(text: str) -> str:
    """The address of a page that `text` is, as it would be in a link."""
    return _markdown.normalizeLink(text if "://" in text else f"https://{text}")


def _rendered(text: str, pictures: tuple[PictureView, ...]) -> str:
    html: str = _renderer.render(_tokens(text, pictures), _markdown.options, {})
    return html


def _is_link(url: str) -> bool:
    """Whether `url` may be a link in mail: a whole address of a known scheme."""
    try:
        return urlsplit(url).scheme in LINK_SCHEMES
    except ValueError:
        return False


class _Markdown(MarkdownIt):
    def normalizeLink(self, url: str) -> str:  # noqa: N802
        return super().normalizeLink(whole_address(url))

    def validateLink(self, url: str) -> bool:  # noqa: N802
        """What is refused here stays in the text as the editor typed it."""
        return _is_link(url) or _PICTURE.fullmatch(url) is not None


_markdown = _Markdown("commonmark", {"html": False}).disable(["code", "fence", "backticks"])
_markdown.core.ruler.after("block", "make_paragraphs", make_paragraphs)
_markdown.core.ruler.after("text_join", "make_links", make_links)
_renderer = RendererHTML(_markdown)


def _parsed(text: str) -> list[Token]:
    return _markdown.parse(with_lines(sanitized(text)))


def _tokens(text: str, pictures: tuple[PictureView, ...]) -> list[Token]:
    known = {picture.id: picture for picture in pictures}
    tokens = _parsed(text)
    headings = [t for t in tokens if t.type in ("heading_open", "heading_close")]
    highest = min((t.tag for t in headings), default="")
    for token in headings:
        token.tag = "h3" if token.tag == highest else "h4"
    for token in tokens:
        inline = _without_links_to_pictures(token.children or ())
        token.children = [_pictured(child, known) for child in inline]
    return tokens


def _without_links_to_pictures(tokens: Iterable[Token]) -> Iterator[Token]:
    """A picture can be shown and is no page to go to: its link is left out, its text stays."""
    is_left_out = False
    for token in tokens:
        if token.type == "link_open":
            is_left_out = _PICTURE.fullmatch(str(token.attrs["href"])) is not None
        if not (is_left_out and token.type in ("link_open", "link_close")):
            yield token


def _pictured(token: Token, known: Mapping[int, PictureView]) -> Token:
    """A picture as the one of `known` that it is, or as its alternative text."""
    if token.type != "image":
        return token
    written = _renderer.renderInlineAsText(token.children or [], _markdown.options, {})
    picture = known.get(_picture_id(token) or 0)
    if picture is None:
        return Token("text", "", 0, content=written)
    alternative = written or picture.alt
    width = min(COLUMN, picture.width)
    attributes: dict[str, str | int | float] = {
        "src": picture.url,
        "alt": alternative,
        "width": width,
        "height": max(1, round(picture.height * width / picture.width)),
    }
    words = Token("text", "", 0, content=alternative)
    return Token("image", "img", 0, attrs=attributes, content=alternative, children=[words])


def _picture_id(token: Token) -> int | None:
    if token.type != "image":
        return None
    match = _PICTURE.fullmatch(str(token.attrs["src"]))
    return int(match[1]) if match else None


def _blocks(parent: SyntaxTreeNode, width: int, between: str = "\n\n") -> str:
    return between.join(filter(None, (_block(node, width) for node in parent.children)))


def _block(node: SyntaxTreeNode, width: int) -> str:
    match node.type:
        case "paragraph" | "heading":
            return _wrapped(node.children[0].content, width)
        case "bullet_list" | "ordered_list":
            return "\n".join(_items(node, width))
        case "blockquote":
            return _hanging("> ", "> ", node, width)
        case "hr":
            return "* * *"
        case unknown:
            raise AssertionError(f"Markdown gave a block of an unknown kind: {unknown}")


def _items(node: SyntaxTreeNode, width: int) -> Iterator[str]:
    first = int(node.attrs.get("start", 1))
    for number, item in enumerate(node.children, start=first):
        bullet = f"{number}. " if node.type == "ordered_list" else "- "
        yield _hanging(bullet, " " * len(bullet), item, width)


def _hanging(first: str, rest: str, node: SyntaxTreeNode, width: int) -> str:
    between = "\n" if _is_tight(node) else "\n\n"
    lines = _blocks(node, max(width - len(rest), _NARROWEST), between).split("\n")
    hung = (f"{rest}{line}".rstrip() for line in lines[1:])
    return "\n".join([f"{first}{lines[0]}".rstrip(), *hung])


def _is_tight(node: SyntaxTreeNode) -> bool:
    """Whether it is an item of a list written without blank lines."""
    return any(child.type == "paragraph" and child.hidden for child in node.children)


def _wrapped(text: str, width: int) -> str:
    return "\n".join(
        textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)
        for line in text.split("\n")
    )


def _inline(tokens: Iterable[Token]) -> str:
    # Flat, for emphasis nests as deep as an editor likes, and links never nest.
    pieces: list[str] = []
    address, start = "", 0
    for token in tokens:
        if token.type == "link_open":
            address, start = str(token.attrs["href"]), len(pieces)
        elif token.type == "link_close":
            pieces[start:] = [_link("".join(pieces[start:]), address)]
        else:
            pieces.append(_BREAKS.get(token.type, token.content))
    return "".join(pieces)


def _link(text: str, url: str) -> str:
    if url in (f"mailto:{text}", _markdown.normalizeLink(text)):
        return url.removeprefix("mailto:")
    return f"{text} <{url}>"
