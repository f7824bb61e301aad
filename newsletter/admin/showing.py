"""An edition as an editor looks at it: a reader's copy with example values, shut in a frame."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Protocol

from django.http import HttpResponse
from django.utils import translation

from newsletter.editions.addresses import shared_addresses
from newsletter.editions.content import CorrectedContent, IssueContent, SectionContent
from newsletter.editions.numbering import parts_held
from newsletter.editions.pieces import EditionInPieces
from newsletter.editions.recipes import assembled
from newsletter.editions.selection import PartKey
from newsletter.models import Edition
from newsletter.rendering.copies import (
    ReadersValues,
    SomeEdition,
    readers_copy,
    shared_by_readers,
)
from newsletter.rendering.slots import Slot
from newsletter.rendering.weight import GMAIL_CLIPS_AT, wire_size
from subscribers.languages import spoken_to
from subscribers.models import ChosenRegion

#: A mail shown here runs nothing and reaches nothing, even where cleaning it had failed.
MAIL_POLICY = "sandbox; default-src 'none'; img-src 'self' https: data:; style-src 'unsafe-inline'"

_DARK_ONLY = re.compile(r"\(prefers-color-scheme:\s*dark\)")
_LIGHT_ONLY = re.compile(r"\(prefers-color-scheme:\s*light\)")
_BOTH_SCHEMES = re.compile(r"\blight dark\b(?=[;}\"])")


@dataclass(frozen=True)
class ShownEdition:
    """One reader's copy, and which sections of the issue it is made of."""

    language: str
    subject: str
    html: str
    text: str
    included: Sequence[SectionContent | CorrectedContent]
    left_out: Sequence[SectionContent | CorrectedContent]
    #: Bytes of its HTML on the wire.
    size: int

    @property
    def is_too_long(self) -> bool:
        return self.size > GMAIL_CLIPS_AT


class EditionOfParts(SomeEdition, Protocol):
    """What can be shown beside the issue it is of."""

    @property
    def parts(self) -> Collection[PartKey]: ...
    @property
    def map_addresses(self) -> Mapping[Slot, str]: ...


@dataclass(frozen=True, kw_only=True)
class StoredEdition(EditionInPieces):
    """An edition that was sent, as it can be shown."""

    parts: Collection[PartKey]
    map_addresses: Mapping[Slot, str]


def stored(edition: Edition, content: IssueContent) -> StoredEdition:
    """`edition` of `content`, with all that it says."""
    whole = assembled(edition)
    return StoredEdition(
        **{field.name: getattr(whole, field.name) for field in fields(whole)},
        parts=parts_held(edition, content),
        map_addresses=shared_addresses(edition.public_id),
    )


def show(
    edition: EditionOfParts,
    content: IssueContent,
    chosen: Collection[ChosenRegion],
    subscribed_on: date,
) -> ShownEdition:
    """`edition` of `content` as one gets it whose interests are `chosen` and who came on that day.

    Its links are nobody's, so that no click in it ends a subscription.
    """
    with translation.override(spoken_to(edition.language)):
        values = ReadersValues().of(
            unsubscribe_url="https://example.org/unsubscribe",
            preferences_url="https://example.org/preferences",
            regions=list(map(str, chosen)) or ["…"],
            subscribed_on=subscribed_on,
        )
    values[Slot.CORRECTED_URL] = "https://example.org/corrected"
    shared = {**edition.map_addresses, Slot.WEB_URL: "https://example.org/view"}
    copy = readers_copy(shared_by_readers(edition, shared), values)
    titled: list[tuple[int, SectionContent | CorrectedContent]] = [
        *((section.id, section) for section in content.sections),
        *((one.section, one) for one in content.corrections if one.section is not None),
    ]
    return ShownEdition(
        language=edition.language,
        subject=copy.subject,
        html=copy.html,
        text=copy.text,
        included=[section for pk, section in titled if pk in edition.parts],
        left_out=[section for pk, section in titled if pk not in edition.parts],
        size=wire_size(edition.html),
    )


def framed(html: str) -> HttpResponse:
    """The answer for a frame that shows `html`."""
    return HttpResponse(
        html, headers={"Content-Security-Policy": MAIL_POLICY, "X-Frame-Options": "SAMEORIGIN"}
    )


def in_scheme(html: str, *, dark: bool) -> str:
    """`html` as a mail program shows it that is set to dark, or to light, always.

    A frame follows the screen of the person who looks. Here the conditions on the colour scheme are
    made true or false for good (no screen is less than nothing wide), and the page is declared
    to have that one scheme; all else stays as it is.
    """
    holds, fails = "(min-width:0)", "(max-width:-1px)"
    html = _DARK_ONLY.sub(holds if dark else fails, html)
    html = _LIGHT_ONLY.sub(fails if dark else holds, html)
    return _BOTH_SCHEMES.sub("dark" if dark else "light", html)
