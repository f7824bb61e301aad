"""What parts of an issue are made of: said in every language, or as readers of one get it.

Each shape stands once. Content has it with texts in all their languages, a view with the
words of one. A field that is added here is frozen, hashed and shown to the templates.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from subscribers.models.texts import Texts, Words

Text = TypeVar("Text", Texts, Words)


@dataclass(frozen=True, kw_only=True)
class IncidentShape(Generic[Text]):
    date_start: date | None
    date_end: date | None
    #: A value of :class:`newsletter.models.DatePrecision`.
    date_precision: str
    place: Text
    event_type: Text
    actor1: Text
    actor2: Text
    toll_low: int | None
    toll_high: int | None
    summary: Text
    source_url: str
    #: The day of what the source says.
    as_of: date | None


@dataclass(frozen=True, kw_only=True)
class SectionShape(Generic[Text]):
    id: int
    #: A value of :class:`newsletter.models.SectionKind`.
    kind: str
    title: Text
    #: Markdown as the editor wrote it.
    body: Text


@dataclass(frozen=True, kw_only=True)
class AssessmentShape(Generic[Text]):
    #: A value of :class:`newsletter.models.Trend`.
    trend: str
    reason: Text
    count: int | None
    previous_count: int | None
    #: What the counts count.
    counted: Text


@dataclass(frozen=True, kw_only=True)
class CorrectedShape(Generic[Text]):
    """What was wrong in one part, and what is right."""

    #: The id of the section that it was in; None where it was in an assessment.
    section: int | None
    #: What that section is called; empty of an assessment.
    title: Text
    wrong: Text
    right: Text


@dataclass(frozen=True, kw_only=True)
class IssueShape(Generic[Text]):
    title: Text
    #: As the editor wrote it.
    subject: Text
    dated: date
    cutoff_on: date | None


@dataclass(frozen=True, kw_only=True)
class FaceShape(Generic[Text]):
    """How a publication looks and introduces itself. What is empty is as the house has it."""

    #: As CSS writes it, on light and on dark grounds: both, or neither.
    accent: str
    accent_dark: str
    logo_alt: Text
    masthead: Text
    #: A value of :class:`subscribers.models.MastheadPlace`; empty without such a line.
    masthead_place: str
    contact: Text
    footer: Text
    #: What its trends measure.
    measured: Text
