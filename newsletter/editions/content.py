"""The content of a version as typed values.

What stands here is all that composing may read: no live row, so that a version gives the
same bytes tomorrow. Its JSON form is in :mod:`newsletter.editions.stored`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.utils.translation import get_language

from newsletter.models import IssueKind
from newsletter.rendering.shapes import (
    AssessmentShape,
    CorrectedShape,
    FaceShape,
    IncidentShape,
    IssueShape,
    SectionShape,
)
from subscribers.fallback import in_language
from subscribers.models.texts import Texts


@dataclass(frozen=True)
class RegionName:
    """How a region is called, and the country that tells it from its namesakes."""

    code: str
    #: By language; English is always there, and stands for those in which it is called the same.
    names: Mapping[str, str]
    #: ISO 3166-1 code of the country it lies in; empty for what is wider than a country.
    country: str = ""

    def in_language(self, language: str) -> str:
        name: str = in_language(self.names, language)
        return name

    @property
    def in_active_language(self) -> str:
        return self.in_language(get_language() or "en")


@dataclass(frozen=True, kw_only=True)
class IncidentContent(IncidentShape[Texts]):
    id: int
    #: Codes of the regions it happened in.
    regions: tuple[str, ...]


@dataclass(frozen=True)
class PictureContent:
    id: int
    content_hash: str
    #: A value of :class:`newsletter.models.PictureKind`.
    kind: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True, kw_only=True)
class LogoContent:
    content_hash: str
    #: A value of :class:`newsletter.models.PictureKind`.
    kind: str
    #: In pixels of the place that it takes.
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class SectionContent(SectionShape[Texts]):
    #: Codes of the regions it concerns; empty for everyone.
    regions: tuple[str, ...]
    incidents: tuple[IncidentContent, ...]
    #: Those that its text shows.
    pictures: tuple[PictureContent, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AssessmentContent(AssessmentShape[Texts]):
    #: Its code.
    region: str


@dataclass(frozen=True, kw_only=True)
class CorrectedContent(CorrectedShape[Texts]):
    #: The code of the region that was assessed; empty of a section.
    region: str = ""
    #: Codes of the regions that the section concerns.
    regions: tuple[str, ...] = ()
    #: The hash of the part as it was wrong: whoever was sent other words has nothing to correct.
    said: str

    @property
    def part(self) -> int | str:
        return self.region if self.section is None else self.section


@dataclass(frozen=True, kw_only=True)
class PublicationContent:
    name: Texts
    postal_address: str
    privacy_url: Texts = field(default_factory=Texts)
    #: Whom the mail is from, and where replies go. Empty in content from before it said so.
    from_name: str = ""
    from_address: str = ""
    reply_to: str = ""


@dataclass(frozen=True, kw_only=True)
class FaceContent(FaceShape[Texts]):
    """How its publication looks and introduces itself."""

    logo: LogoContent | None = None


@dataclass(frozen=True, kw_only=True)
class IssueContent(IssueShape[Texts]):
    """One version of an issue, whole: every section, for whomever it may be."""

    #: That it was written in.
    language: str
    subject_from_regions: bool
    #: An alert goes to those alone whom it concerns; content from before there were any is none.
    is_alert: bool = False
    publication: PublicationContent
    #: None where it is the house’s own, as in content from before there were others.
    face: FaceContent | None = None
    sections: tuple[SectionContent, ...]
    assessments: tuple[AssessmentContent, ...]
    #: Of a correction, which has no sections and assessments, what it corrects, and its day.
    corrections: tuple[CorrectedContent, ...] = ()
    corrected_on: date | None = None
    #: Every region that the content names, by code.
    regions: Mapping[str, RegionName]

    @property
    def kind(self) -> IssueKind:
        return IssueKind.ALERT if self.is_alert else IssueKind.REGULAR

    @property
    def is_correction(self) -> bool:
        return bool(self.corrections)

    @cached_property
    def languages(self) -> list[str]:
        """Those in which something is said, that of the issue first."""
        written = texts_in(self, without={"publication", "face"})
        return list(dict.fromkeys([self.language, *(tag for text in written for tag in text)]))


def texts_in(value: Any, without: Collection[str] = ()) -> Iterator[Texts]:
    """Every text in `value`, a part of content with all that it holds, but fields `without`."""
    if isinstance(value, Texts):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from texts_in(one, without)
    elif is_dataclass(value):
        for one in fields(value):
            if one.name not in without:
                yield from texts_in(getattr(value, one.name), without)
