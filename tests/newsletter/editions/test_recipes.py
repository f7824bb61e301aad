"""What is stored of an edition gives the bytes that it had when it was composed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from newsletter.editions.compose import ComposedEdition, Composer
from newsletter.editions.content import IssueContent
from newsletter.editions.numbering import Numbering
from newsletter.editions.past import PastIssue
from newsletter.editions.recipes import RecipeWriter, assembled, assembled_each, subject_of
from newsletter.models import Edition, Mailing, Part
from newsletter.rendering.fragments import Fragment, Run
from subscribers.models import Publication
from tests.factories import make_publication
from tests.newsletter.editions.content import TREE, issue, section
from tests.newsletter.editions.test_any_text_passes import contents
from tests.newsletter.factories import make_issue, published

CHOICES = (("ML-1",), ("ML-4", "ML-6"), ("SN",), ("ML",), ("WEST", "SN"), ("ML-1", "ML-4", "ML-6"))
readers = st.tuples(
    st.sampled_from(CHOICES),
    st.sampled_from(["en", "fr", "ar", "uk"]),
    st.sampled_from(["html", "text"]),
    st.sampled_from(["", "1", "2"]),
)


def stored(mailing: Mailing, composer: Composer, made: Sequence[ComposedEdition]) -> list[Edition]:
    numbering, recipes = Numbering(composer.content), RecipeWriter(mailing.version, composer)
    return [
        mailing.editions.create(
            language=edition.language,
            mail_format=edition.mail_format,
            held=numbering.held(edition.parts),
            recipe=recipe,
        )
        for edition, recipe in zip(made, recipes.recipes(made), strict=True)
    ]


def past(content: IssueContent) -> list[PastIssue]:
    return [
        PastIssue(1, 11, 1, issue(title="June", assessed=["ML-1"])),
        PastIssue(2, 12, 2, content),
    ]


class TestRecipes(TestCase):
    mailing: ClassVar[Mailing]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.mailing = published(make_issue(make_publication(), ("Letter", [])))

    @given(contents, st.lists(readers, min_size=1, max_size=5))
    def test_what_is_put_together_is_what_composing_one_alone_gives(
        self,
        content: IssueContent,
        wanted: list[tuple[tuple[str, ...], str, str, str]],
    ) -> None:
        """One composer makes all of them, in turn; for comparison each has its own."""
        composer = Composer(content, TREE, past(content))
        made = [
            composer.edition_for(chosen, language=language, mail_format=kind, history=history)
            for chosen, language, kind, history in wanted
        ]

        whole = assembled_each(kept := stored(self.mailing, composer, made))

        for edition, (chosen, language, kind, history) in zip(kept, wanted, strict=True):
            alone = Composer(content, TREE, past(content)).edition_for(
                chosen, language=language, mail_format=kind, history=history
            )
            found = whole[edition.pk]
            assert (found.subject, found.html, found.text) == (
                alone.subject,
                alone.html,
                alone.text,
            )
            assert Numbering(content).parts_in(edition.held) == tuple(
                part for part in Numbering(content).parts if part in alone.parts
            )


@pytest.fixture
def mailing(publication: Publication) -> Mailing:
    return published(make_issue(publication, ("Letter", [])))


CONTENT = issue(*(section(number, "ML-1") for number in range(1, 11)), section(11, "ML-4"))


def composed(*chosen: str) -> tuple[Composer, ComposedEdition]:
    composer = Composer(CONTENT, TREE)
    return composer, composer.edition_for(chosen, language="en", mail_format="html")


@pytest.mark.django_db
def test_a_part_is_stored_once_whoever_composes_it(mailing: Mailing) -> None:
    composer, edition = composed("ML-1")
    [first] = stored(mailing, composer, [edition])
    number = Part.objects.count()

    again, same = composed("ML-1")
    [second] = stored(mailing, again, [same])

    assert Part.objects.count() == number
    assert second.recipe == first.recipe
    # Its head and its body in both formats, what stands around the links to drop it, and what
    # names all of them in a row.
    assert Part.objects.filter(section=3).count() == 8


@pytest.mark.django_db
def test_what_follows_each_other_in_many_editions_has_one_number(mailing: Mailing) -> None:
    composer, edition = composed("ML-1")
    [kept] = stored(mailing, composer, [edition])
    before = len(assembled(kept).text_runs)
    together = Run("Between. ", Fragment("Said once.", 3), Fragment("Said twice.", 3))

    [kept.recipe] = RecipeWriter(mailing.version, composer).recipes(
        [replace(edition, text_runs=(*edition.text_runs, together))]
    )

    assert assembled(kept).text == f"{edition.text}Between. Said once.Said twice."
    assert len(assembled(kept).text_runs) == before + 1


@pytest.mark.django_db
def test_the_editions_that_hold_a_part_are_found_by_the_database(mailing: Mailing) -> None:
    numbering = Numbering(CONTENT)
    for chosen in ("ML-1", "ML-4", "SN"):
        composer, edition = composed(chosen)
        stored(mailing, composer, [edition])
    editions = list(mailing.editions.all())

    for part in numbering.parts:
        found = set(mailing.editions.filter(numbering.holds_one_of([part])))
        assert found == {e for e in editions if part in numbering.parts_in(e.held)}
    assert not mailing.editions.filter(numbering.holds_one_of([])).exists()


@pytest.mark.django_db
def test_of_an_edition_that_was_forgotten_it_is_known_what_it_held(mailing: Mailing) -> None:
    composer, edition = composed("ML-4")
    [kept] = stored(mailing, composer, [edition])
    assert subject_of(kept) == edition.subject

    kept.recipe = b""

    assert subject_of(kept) == mailing.title
    assert Numbering(CONTENT).parts_in(kept.held) == (11,)
