"""The content of a version as typed values, and its canonical JSON form.

What stands here is all that composing may read: no live row, so that a version gives the
same bytes tomorrow. What is named `translated_…` says the same in the issue's other language,
and is empty where nobody translated it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.utils.translation import get_language


@dataclass(frozen=True)
class RegionName:
    """How a region is called, and the country that tells it from its namesakes."""

    code: str
    en: str
    fr: str
    #: ISO 3166-1 code of the country it lies in; empty for what is wider than a country.
    country: str

    def in_language(self, language: str) -> str:
        return self.fr if language == "fr" else self.en

    @property
    def in_active_language(self) -> str:
        return self.in_language((get_language() or "en")[:2])


@dataclass(frozen=True)
class IncidentContent:
    id: int
    date_start: date | None
    date_end: date | None
    #: A value of :class:`newsletter.models.DatePrecision`.
    date_precision: str
    regions: tuple[str, ...]
    place: str
    event_type: str
    actor1: str
    actor2: str
    toll_low: int | None
    toll_high: int | None
    summary: str
    source_url: str
    #: The day of what the source says.
    as_of: date | None = None
    translated_place: str = ""
    translated_event_type: str = ""
    translated_actor1: str = ""
    translated_actor2: str = ""
    translated_summary: str = ""


@dataclass(frozen=True)
class PictureContent:
    id: int
    content_hash: str
    #: A value of :class:`newsletter.models.PictureKind`.
    kind: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True)
class SectionContent:
    id: int
    #: A value of :class:`newsletter.models.SectionKind`.
    kind: str
    title: str
    #: Markdown as the editor wrote it.
    body: str
    #: Codes of the regions it concerns; empty for everyone.
    regions: tuple[str, ...]
    incidents: tuple[IncidentContent, ...]
    translated_title: str = ""
    translated_body: str = ""
    #: Those that its text shows.
    pictures: tuple[PictureContent, ...] = ()


@dataclass(frozen=True)
class AssessmentContent:
    region: str
    #: A value of :class:`newsletter.models.Trend`.
    trend: str
    reason: str
    count: int | None
    previous_count: int | None
    counted: str
    translated_reason: str = ""
    translated_counted: str = ""


@dataclass(frozen=True)
class PublicationContent:
    name: str
    postal_address: str
    privacy_url: str = ""
    #: Whom the mail is from, and where replies go. Empty in content from before it said so.
    from_name: str = ""
    from_address: str = ""
    reply_to: str = ""


@dataclass(frozen=True)
class IssueContent:
    """One version of an issue, whole: every section, for whomever it may be."""

    #: A value of :class:`subscribers.models.Language`.
    language: str
    title: str
    translated_title: str
    subject: str
    translated_subject: str
    subject_from_regions: bool
    dated: date
    cutoff_on: date | None
    publication: PublicationContent
    sections: tuple[SectionContent, ...]
    assessments: tuple[AssessmentContent, ...]
    #: Every region that the content names, by code.
    regions: Mapping[str, RegionName]

    def to_json(self) -> dict[str, Any]:
        """Plain values only, equal for equal content."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self), default=date.isoformat))
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> IssueContent:
        """The inverse of :meth:`to_json`."""
        return cls(
            language=plain["language"],
            title=plain["title"],
            translated_title=plain["translated_title"],
            subject=plain["subject"],
            translated_subject=plain["translated_subject"],
            subject_from_regions=plain["subject_from_regions"],
            dated=date.fromisoformat(plain["dated"]),
            cutoff_on=_date(plain["cutoff_on"]),
            publication=PublicationContent(**plain["publication"]),
            sections=tuple(_section(s) for s in plain["sections"]),
            assessments=tuple(AssessmentContent(**a) for a in plain["assessments"]),
            regions={code: RegionName(**r) for code, r in plain["regions"].items()},
        )


def content_hash(plain: Mapping[str, Any]) -> str:
    """SHA-256 of content in its JSON form: the identity of a version."""
    canonical = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _section(plain: Mapping[str, Any]) -> SectionContent:
    parts = {
        "regions": tuple(plain["regions"]),
        "incidents": tuple(_incident(i) for i in plain["incidents"]),
        "pictures": tuple(PictureContent(**p) for p in plain["pictures"]),
    }
    return SectionContent(**{**plain, **parts})


def _incident(plain: Mapping[str, Any]) -> IncidentContent:
    dates = {name: _date(plain[name]) for name in ("date_start", "date_end", "as_of")}
    return IncidentContent(**{**plain, **dates, "regions": tuple(plain["regions"])})
