"""Directions in templates. In email, sides are spelt out: few mail programs know `start`."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from subscribers.directions import (
    Direction,
    active_direction,
    direction_of,
    isolated,
    whole_on_each_line,
)
from subscribers.listing import separated
from subscribers.models.texts import Texts, Words

register = template.Library()

register.filter("direction", direction_of)
register.filter("separated", separated)
register.filter("whole_on_each_line", whole_on_each_line)


@register.simple_tag
def start() -> str:
    """The side on which lines of the active language begin: “left”, or “right” in Arabic."""
    return active_direction().start


@register.simple_tag
def end() -> str:
    return active_direction().end


@register.simple_tag
def sides(top: str, at_end: str, bottom: str, at_start: str) -> str:
    """A value for each side as CSS orders them: `{% sides "0" "16px" "4px" "0" %}`."""
    is_turned = active_direction() == Direction.RTL
    right, left = (at_start, at_end) if is_turned else (at_end, at_start)
    return f"{top} {right} {bottom} {left}"


@register.simple_tag
def turned() -> SafeString | str:
    """The attribute of a table that runs from right to left: Word takes it from nothing around."""
    return SafeString(' dir="rtl"') if active_direction() == Direction.RTL else ""


@register.simple_tag
def tongue(language: str) -> SafeString | str:
    """The attributes of an element whose text is in `language`; none if that is empty."""
    if not language:
        return ""
    return format_html(' lang="{}" dir="{}"', language, direction_of(language))


@register.filter
def lang_of(text: Texts) -> str:
    """The language that `text` comes in, where it is not in the active one; otherwise empty."""
    return _told(text).lang


@register.filter
def called(name: Texts | Words) -> SafeString | str:
    """A name in a sentence, marked with its language where that is not the active one."""
    words = _told(name)
    return _name(words, words.lang) if words.lang else words


@register.filter("isolated")
def isolated_name(name: Texts | str) -> SafeString | str:
    """A name that stands alone, likewise, and held together."""
    words = _told(name)
    return _name(isolated(words), words.lang) if words.lang else isolated(words)


def _told(text: Texts | str) -> Words:
    if isinstance(text, Texts):
        return text.told(get_language() or "")
    return text if isinstance(text, Words) else Words(text)


def _name(name: str, language: str) -> SafeString:
    return format_html('<span translate="no"{}>{}</span>', tongue(language), name)


@register.simple_tag
def said(words: Words) -> SafeString | str:
    """`words`, in a span of their own where they are in another language than their readers’."""
    if not words.lang:
        return words
    return format_html("<span{}>{}</span>", tongue(words.lang), words)


@register.simple_tag
def block_tongue(language: str) -> SafeString | str:
    """The same for a block, with the side that its lines begin at."""
    if not language or direction_of(language) == active_direction():
        return tongue(language)
    return format_html('{} align="{}"', tongue(language), direction_of(language).start)


@register.filter
def runs_across(language: str) -> bool:
    """Whether `language` runs against the active one; not if it is empty."""
    return bool(language) and direction_of(language) != active_direction()
