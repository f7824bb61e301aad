"""Content and a small tree for tests that need no database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from newsletter.editions.content import (
    AssessmentContent,
    IncidentContent,
    IssueContent,
    PublicationContent,
    RegionName,
    SectionContent,
)
from subscribers.models.texts import Texts
from subscribers.regions import RegionRecord, RegionTree
from tests.newsletter.parts import changed, en


def record(
    code: str,
    parent: str | None,
    kind: str = "admin1",
    members: tuple[str, ...] = (),
    predecessors: tuple[str, ...] = (),
) -> RegionRecord:
    names = {"en": f"{code} en", "fr": f"{code} fr"}
    return RegionRecord(code, kind, names, parent, members, predecessors)


TREE = RegionTree(
    [
        record("001", None, "world"),
        record("ML", "001", "country"),
        record("SN", "001", "country"),
        record("ML-1", "ML"),
        record("ML-4", "ML"),
        record("ML-6", "ML"),
        record("WEST", "ML", "group", members=("ML-1", "ML-4")),
    ]
)


def section(
    number: int, *regions: str, incidents: tuple[IncidentContent, ...] = ()
) -> SectionContent:
    return SectionContent(
        id=number,
        kind="regions",
        title=en(f"Title {number}"),
        body=en(f"Body {number}."),
        regions=regions,
        incidents=incidents,
    )


def assessment(region: str, trend: str = "increased") -> AssessmentContent:
    return AssessmentContent(
        region=region,
        trend=trend,
        reason=Texts(),
        count=4,
        previous_count=None,
        counted=en("attacks"),
    )


def incident(number: int, *regions: str) -> IncidentContent:
    return IncidentContent(
        id=number,
        date_start=None,
        date_end=date(2023, 10, 5),
        date_precision="before",
        regions=regions or ("ML",),
        place=en("Bamba"),
        event_type=en("attack"),
        actor1=en("CMA"),
        actor2=Texts(),
        toll_low=10,
        toll_high=None,
        summary=en("A base was taken"),
        source_url="https://example.org/a",
        as_of=None,
    )


def issue(
    *sections: SectionContent, assessed: Iterable[str | AssessmentContent] = (), **fields: Any
) -> IssueContent:
    """An issue in English of `sections`; `assessed` are assessments, or codes of regions."""
    codes = ("001", "ML", "SN", "ML-1", "ML-4", "ML-6", "WEST")
    plain = IssueContent(
        language="en",
        title=en("Western Mali"),
        subject=en("Western Mali, September 2023"),
        subject_from_regions=False,
        dated=date(2023, 9, 30),
        cutoff_on=None,
        publication=PublicationContent(
            name=Texts({"en": "The Dispatch"}), postal_address="1 Main Street"
        ),
        sections=sections,
        assessments=tuple(assessment(a) if isinstance(a, str) else a for a in assessed),
        regions={
            code: RegionName(
                code, {tag: TREE.name(code, tag) for tag in ("en", "fr")}, TREE.country(code)
            )
            for code in codes
        },
    )
    return changed(plain, **fields)
