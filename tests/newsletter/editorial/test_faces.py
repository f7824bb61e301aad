"""The face of a publication in what is frozen of its issues, and in what becomes of that."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from newsletter.editions.compose import Composer
from newsletter.editions.stored import from_json, to_json
from newsletter.editorial.drafts import draft_of
from newsletter.models import Issue
from subscribers.models import Publication
from subscribers.regions import RegionTree
from tests.newsletter.factories import add_section, assess, make_issue
from tests.newsletter.parts import en

LOGO = {"logo_hash": "a" * 64, "logo_kind": "png", "logo_width": 120, "logo_height": 40}
FACE: dict[str, Any] = {
    **LOGO,
    "accent": "#7a4a12",
    "masthead": en("Security, region by region", fr="La sécurité, région par région"),
    "masthead_place": "above",
    "contact": en("Questions? Write to us."),
    "footer": en("First paragraph.\n\nSecond one."),
    "measured": en("jihadist activity", fr="l’activité jihadiste"),
}


@pytest.fixture
def issue(publication: Publication) -> Issue:
    issue = make_issue(publication, ("On Kayes", ["ML-1"]))
    assess(issue, "ML-1")
    return issue


def given_face(issue: Issue, **fields: Any) -> Issue:
    Publication.objects.filter(pk=issue.publication_id).update(**fields)
    return Issue.objects.get(pk=issue.pk)


def composed(issue: Issue, language: str = "en", mail_format: str = "html") -> Any:
    content = from_json(to_json(draft_of(issue).content))
    tree = RegionTree.around(content.regions)
    return Composer(content, tree).edition_for(["ML-1"], language=language, mail_format=mail_format)


def test_a_face_that_nobody_chose_moves_no_hash(issue: Issue) -> None:
    content = draft_of(issue).content

    assert content.face is None
    assert "face" not in to_json(content)


def test_content_with_a_face_is_read_as_it_was_stored(issue: Issue) -> None:
    content = draft_of(given_face(issue, **FACE)).content

    assert from_json(to_json(content)) == content
    # The dark accent is stored as it is shown.
    assert content.face is not None
    assert content.face.accent_dark.startswith("#")


@pytest.mark.parametrize(
    "field",
    [
        {name: value}
        for name, value in FACE.items()
        if "logo" not in name and name != "masthead_place"
    ]
    + [LOGO],
    ids=str,
)
def test_approval_binds_to_each_part_of_the_face(issue: Issue, field: dict[str, Any]) -> None:
    before = draft_of(issue).content_hash

    assert draft_of(given_face(issue, **field)).content_hash != before


def test_an_email_shows_the_face_in_both_of_its_formats(issue: Issue) -> None:
    edition = composed(given_face(issue, **FACE))

    assert f"/logos/{'a' * 64}.png" in edition.html
    assert 'alt="Sahel' in edition.html
    assert "border-top:4px solid #7a4a12" in edition.html
    assert "#0b4f6c" not in edition.html
    for part in (edition.html, edition.text):
        place = part.index
        assert place("Jihadist activity is up in Kayes.") < place("Security, region by region")
        assert place("First paragraph.") < place("Second one.") < place("Questions?")
    assert edition.text.index("Security, region") < edition.text.index("Sahel")


def test_readers_get_the_face_in_their_language_or_marked_as_another(issue: Issue) -> None:
    issue = given_face(issue, **FACE)

    french, spanish = composed(issue, "fr").html, composed(issue, "es").html

    assert "L’activité jihadiste est en hausse" in french
    assert "La sécurité, région par région" in french
    # No sentence is half in one language and half in another.
    assert "activity" not in spanish
    assert '<p lang="en" dir="ltr" class="soft"' in spanish


def test_parts_come_in_the_order_of_the_publication_everywhere(issue: Issue) -> None:
    for kind in ("outlook", "letter", "bottom_line"):
        add_section(issue, f"The {kind}", kind=kind)

    edition = composed(given_face(issue, section_order=["outlook", "regions", "letter"]))

    for part in (edition.html, edition.text):
        titles = ("The bottom_line", "The outlook", "On Kayes", "The letter")
        places = [part.index(title) for title in titles]
        assert places == sorted(places)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("accent", "#8ec5e8", "The nearest colour that works is #"),
        ("accent", "teal", "Write the colour like"),
        ("accent_dark", "#0b4f6c", "The nearest colour that works is #"),
    ],
)
def test_a_colour_that_cannot_be_read_is_refused_with_one_that_can(
    publication: Publication, field: str, value: str, sentence: str
) -> None:
    setattr(publication, field, value)

    with pytest.raises(ValidationError) as refused:
        publication.full_clean()

    assert sentence in refused.value.message_dict[field][0]


@pytest.mark.parametrize(
    "fields",
    [
        {"accent": "red"},
        {"logo_hash": "a" * 64},
        {"section_order": {"letter": 1}},
        {"masthead": [["en", "two\nlines"]]},
    ],
    ids=str,
)
def test_the_database_refuses_what_is_no_face(
    publication: Publication, fields: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Publication.objects.filter(pk=publication.pk).update(**fields)
