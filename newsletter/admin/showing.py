"""An edition as an editor looks at it: a reader's copy with example values, shut in a frame."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.http import HttpResponse
from django.utils import timezone, translation
from django.utils.formats import date_format

from newsletter.editions.content import IssueContent, SectionContent
from newsletter.editions.linting import SomeEdition
from newsletter.rendering.slots import Slot, fill, fill_html, for_reader
from newsletter.rendering.words import listed

#: A mail shown here runs nothing and reaches nothing, even where cleaning it had failed.
MAIL_POLICY = "sandbox; default-src 'none'; img-src 'self' https: data:; style-src 'unsafe-inline'"

#: Gmail cuts what is longer and hides the rest, with the link to unsubscribe.
GMAIL_CUTS_AT = 102_400


_DARK_ONLY = re.compile(r"\(prefers-color-scheme:\s*dark\)")
_LIGHT_ONLY = re.compile(r"\(prefers-color-scheme:\s*light\)")
_BOTH_SCHEMES = re.compile(r"\blight dark\b(?=[;}\"])")


class EditionOfSections(SomeEdition, Protocol):
    """What can be shown beside the issue it is of."""

    @property
    def sections(self) -> Sequence[int]: ...


@dataclass(frozen=True)
class ShownEdition:
    """One reader's copy, and which sections of the issue it is made of."""

    language: str
    subject: str
    html: str
    text: str
    included: Sequence[SectionContent]
    left_out: Sequence[SectionContent]

    @property
    def size(self) -> int:
        """Bytes of its HTML."""
        return len(self.html.encode())

    @property
    def is_too_long(self) -> bool:
        return self.size > GMAIL_CUTS_AT


def show(edition: EditionOfSections, content: IssueContent, chosen: Sequence[str]) -> ShownEdition:
    """`edition` of `content` as a reader of the regions named `chosen` would get it."""
    values = _example_values(chosen, edition.language)
    parts = set(edition.sections)
    return ShownEdition(
        language=edition.language,
        subject=fill(edition.subject, values),
        html=fill_html(for_reader(edition.html), values),
        text=fill(for_reader(edition.text), values),
        included=[section for section in content.sections if section.id in parts],
        left_out=[section for section in content.sections if section.id not in parts],
    )


def framed(html: str) -> HttpResponse:
    """The answer for a frame that shows `html`."""
    return HttpResponse(
        html, headers={"Content-Security-Policy": MAIL_POLICY, "X-Frame-Options": "SAMEORIGIN"}
    )


def in_scheme(html: str, *, dark: bool) -> str:
    """`html` as a mail program shows it that is set to dark, or to light, always.

    A frame follows the screen of whoever looks. Here the conditions on the colour scheme are
    made true or false for good (no screen is less than nothing wide), and the page is declared
    to have that one scheme; all else stays as it is.
    """
    holds, fails = "(min-width:0)", "(max-width:-1px)"
    html = _DARK_ONLY.sub(holds if dark else fails, html)
    html = _LIGHT_ONLY.sub(fails if dark else holds, html)
    return _BOTH_SCHEMES.sub("dark" if dark else "light", html)


def _example_values(chosen: Sequence[str], language: str) -> Mapping[Slot, str]:
    """Nobody's links, so that no click in a preview ends a subscription."""
    with translation.override(language):
        return {
            Slot.UNSUBSCRIBE_URL: "https://example.org/unsubscribe",
            Slot.PREFERENCES_URL: "https://example.org/preferences",
            Slot.WEB_URL: "https://example.org/view",
            Slot.CHOSEN_REGIONS: listed(sorted(chosen)) or "…",
            Slot.SUBSCRIBED_ON: date_format(timezone.localdate(), "j F Y"),
        }
