from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from newsletter.editions.content import IssueContent
from newsletter.editorial.versioning import content_of, version_of
from newsletter.errors import MendTheIssue
from newsletter.models import Incident, Issue
from subscribers.models import Publication
from tests.newsletter.factories import assess, make_issue

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(publication: Publication) -> Issue:
    return make_issue(publication, ("Letter", []), ("Kayes", ["ML-1"]))


def content(issue: Issue) -> IssueContent:
    return content_of(issue)


def test_parts_stand_by_kind_and_inside_a_kind_by_position(issue: Issue) -> None:
    for position, kind in enumerate(("outlook", "regions", "bottom_line", "developments")):
        issue.sections.create(position=position, kind=kind, title=kind, body="Text.")

    titles = [section.title for section in content(issue).sections]

    assert titles == ["bottom_line", "Letter", "developments", "Kayes", "regions", "outlook"]


def test_translations_are_frozen_with_the_rest(issue: Issue) -> None:
    issue.translated_title, issue.translated_subject = "Numéro", "Objet"
    issue.sections.update(translated_title="Titre", translated_body="Corps.")
    assess(issue, "ML-1", reason="Quiet.", translated_reason="Calme.")

    frozen = content(issue)

    assert (frozen.language, frozen.translated_title) == ("en", "Numéro")
    assert {s.translated_body for s in frozen.sections} == {"Corps."}
    assert frozen.assessments[0].translated_reason == "Calme."
    assert IssueContent.from_json(frozen.to_json()) == frozen


@pytest.mark.parametrize(
    "fields",
    [
        {"translated_title": "Titre"},
        {"translated_body": "Corps."},
        {"body": "x" * 60_001},
        {"translated_title": "Titre", "translated_body": "x" * 60_001},
    ],
)
def test_the_database_refuses_half_a_translation_and_endless_text(
    issue: Issue, fields: dict[str, str]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        issue.sections.update(**fields)


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"translated_reason": "Calme."}, True),
        ({"translated_counted": "attaques"}, True),
        ({"translated_reason": "Calme.", "translated_counted": "attaques"}, False),
        ({"counted": "", "count": None, "translated_reason": "Calme."}, False),
    ],
)
def test_an_assessment_is_translated_whole_or_not(
    issue: Issue, fields: dict[str, Any], refused: bool
) -> None:
    assess(issue, "ML-1", reason="Quiet.", count=3, counted="attacks")
    try:
        with transaction.atomic():
            issue.assessments.update(**fields)
    except IntegrityError:
        assert refused
    else:
        assert not refused


def test_an_incident_is_translated_with_its_kind(issue: Issue) -> None:
    section = issue.sections.first()
    assert section is not None

    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.create(
            section=section,
            date_start="2023-09-01",
            event_type="attack",
            summary="An attack.",
            translated_summary="Une attaque.",
        )


def test_a_region_section_without_a_region_is_refused_by_its_name(issue: Issue) -> None:
    """Everyone would get it."""
    issue.sections.get(title="Kayes").regions.clear()

    with pytest.raises(MendTheIssue, match="“Kayes” has no region, so everyone would get it"):
        version_of(issue, by=None)


@pytest.mark.parametrize("nothing", ["  \n ", "\u202e", "&nbsp;", "![](https://example.org/a.png)"])
@pytest.mark.parametrize("field", ["body", "translated_body"])
def test_a_section_that_shows_nothing_is_refused_by_its_name(
    issue: Issue, field: str, nothing: str
) -> None:
    issue.sections.filter(title="Kayes").update(
        **{"translated_title": "Titre", "translated_body": "Corps.", field: nothing}
    )

    with pytest.raises(MendTheIssue, match="“Kayes” has no text"):
        version_of(issue, by=None)


def test_a_title_that_shows_nothing_is_refused(issue: Issue) -> None:
    issue.sections.filter(title="Kayes").update(title="\u202e")

    with pytest.raises(MendTheIssue, match="A section has no title"):
        version_of(issue, by=None)
