from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from newsletter.editions.content import IssueContent
from newsletter.editions.stored import from_json, to_json
from newsletter.editorial.drafts import draft_of
from newsletter.editorial.versioning import version_of
from newsletter.errors import MendTheIssue
from newsletter.models import Issue, Section
from newsletter.models.content import LONGEST_IN_ALL
from subscribers.models import Publication
from tests.newsletter.factories import assess, make_issue
from tests.newsletter.parts import en

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(publication: Publication) -> Issue:
    return make_issue(publication, ("Letter", []), ("Kayes", ["ML-1"]))


def content(issue: Issue) -> IssueContent:
    return draft_of(issue).content


def test_parts_stand_by_kind_and_inside_a_kind_by_position(issue: Issue) -> None:
    for position, kind in enumerate(("outlook", "regions", "bottom_line", "developments")):
        issue.sections.create(position=position, kind=kind, title=en(kind), body=en("Text."))

    titles = [str(section.title) for section in content(issue).sections]

    assert titles == ["bottom_line", "Letter", "developments", "Kayes", "regions", "outlook"]


def test_translations_are_frozen_with_the_rest(issue: Issue) -> None:
    issue.title = en("Issue", fr="Numéro", ar="عدد")
    issue.sections.update(body=en("Text.", fr="Corps."))
    assess(issue, "ML-1", reason=en("Quiet.", fr="Calme."))

    frozen = content(issue)

    assert (frozen.language, frozen.title["ar"]) == ("en", "عدد")
    assert {s.body["fr"] for s in frozen.sections} == {"Corps."}
    assert frozen.assessments[0].reason["fr"] == "Calme."
    assert from_json(to_json(frozen)) == frozen


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"title": {}}, True),
        ({"title": {"en": "Two\nlines"}}, True),
        ({"title": {"en": "A title", "fr": "Deux\u2028lignes"}}, True),
        ({"title": {"en": "A \u202etitle"}}, True),
        ({"body": {}}, True),
        ({"body": {"en": "x" * LONGEST_IN_ALL}}, True),
        ({"title": {"en": 'Said: "no\\yes"', "pt-BR": "Sim – é", "zh-Hant": "標題"}}, False),
        ({"title": {"fr": "Titre"}}, False),
        ({"body": {"en": 'One\n\n"two"\t\\', "ar": "نص\nآخر"}}, False),
        ({"body": {"en": "Text.", "fr": ""}}, False),
    ],
)
def test_the_database_refuses_a_text_without_words_and_endless_ones(
    issue: Issue, fields: dict[str, Any], refused: bool
) -> None:
    try:
        with transaction.atomic():
            issue.sections.update(**fields)
    except IntegrityError:
        assert refused
    else:
        assert not refused


@pytest.mark.parametrize(
    "stored",
    ['{"en": "x"}', '[["en", ""]]', '[["", "x"]]', '["en", "x"]', '[["en", "x", "y"]]', "[[]]"],
)
def test_the_database_refuses_what_is_no_text(issue: Issue, stored: str) -> None:
    """Whoever writes it."""
    table = Section._meta.db_table
    cast = "::jsonb" if connection.vendor == "postgresql" else ""
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET title = %s{cast}", [stored])  # noqa: S608


def test_a_text_without_a_translation_may_have_others_beside_it_with_one(issue: Issue) -> None:
    assess(issue, "ML-1", reason=en("Quiet.", fr="Calme."), count=3, counted="attacks")

    judged = content(issue).assessments[0]

    assert (judged.reason.told("fr"), judged.counted.told("fr").only_in) == ("Calme.", "en")


def test_a_count_without_words_for_what_it_counts_is_refused(issue: Issue) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        assess(issue, "ML-1", count=3)


def test_a_region_section_without_a_region_is_refused_by_its_name(issue: Issue) -> None:
    """Everyone would get it."""
    issue.sections.get(title=en("Kayes")).regions.clear()

    with pytest.raises(MendTheIssue, match="“Kayes” has no region, so everyone would get it"):
        version_of(draft_of(issue), by=None)


@pytest.mark.parametrize("nothing", ["  \n ", "\u202e", "&nbsp;", "![](https://example.org/a.png)"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_section_that_shows_nothing_is_refused_by_its_name(
    issue: Issue, language: str, nothing: str
) -> None:
    body = {"en": "Text.", "fr": "Corps.", language: nothing}
    issue.sections.filter(title=en("Kayes")).update(body=body)

    with pytest.raises(MendTheIssue, match="“Kayes” has no text"):
        version_of(draft_of(issue), by=None)


def test_a_title_that_shows_nothing_is_refused(issue: Issue) -> None:
    issue.sections.filter(title=en("Kayes")).update(title=en("  "))

    with pytest.raises(MendTheIssue, match="A section has no title"):
        version_of(draft_of(issue), by=None)
