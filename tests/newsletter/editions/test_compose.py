from __future__ import annotations

import pytest

from newsletter.editions import compose as compose_module
from newsletter.editions.compose import ComposedEdition, Composer
from newsletter.editions.content import IssueContent
from newsletter.rendering.slots import OPEN, Slot, for_anyone
from tests.newsletter.editions.content import TREE, issue, section


def compose(
    content: IssueContent, *chosen: str, language: str = "en", mail_format: str = "html"
) -> ComposedEdition:
    composer = Composer(content, TREE)
    return composer.edition_for(chosen, language=language, mail_format=mail_format)


def test_both_parts_hold_his_sections_and_no_others() -> None:
    edition = compose(issue(section(1), section(2, "ML-1"), section(3, "ML-4")), "ML-1")

    assert edition.sections == (1, 2)
    for part in (edition.html, edition.text):
        assert "Body 1." in part
        assert "Body 2." in part
        assert "Body 3." not in part


def test_the_same_selection_gives_the_same_bytes_and_key() -> None:
    content = issue(section(1), section(2, "ML-1"))

    assert compose(content, "ML-1") == compose(content, "SN", "ML-1")


def test_an_edition_is_composed_once() -> None:
    composer = Composer(issue(section(1)), TREE)

    first = composer.edition_for(["ML-1"], language="en", mail_format="html")
    second = composer.edition_for(["SN"], language="en", mail_format="html")

    assert first is second


def test_what_changes_the_bytes_changes_the_key() -> None:
    content = issue(section(1), section(2, "ML"), assessed=("ML-1",))

    keys = {
        compose(content, "ML-1").key,
        compose(content, "ML-4").key,
        compose(content, "ML").key,
        compose(content, "ML-1", language="fr").key,
        compose(content, "ML-1", mail_format="text").key,
    }

    assert len(keys) == 5


def test_plain_text_readers_get_no_html() -> None:
    edition = compose(issue(section(1)), "ML-1", mail_format="text")

    assert edition.html == ""
    assert "Body 1." in edition.text


def test_a_subject_is_one_line_without_marks() -> None:
    edition = compose(
        issue(section(1), subject="Mali\r\nBcc: a@b.example \ue000name\ue001"), "ML-1"
    )

    assert edition.subject == "Mali Bcc: a@b.example name"


def test_regions_are_named_in_the_language_of_the_edition() -> None:
    assert "ML-1 fr" in compose(issue(assessed=("ML-1",)), "ML-1", language="fr").text


def test_a_page_holds_the_sections_of_the_mail_for_the_same_regions() -> None:
    content = issue(section(1), section(2, "ML-1"), section(3, "ML-4"), assessed=("ML-1", "ML-4"))

    page = Composer(content, TREE).page_for(["ML-1"], language="en")

    assert tuple(s.id for s in page.sections) == compose(content, "ML-1").sections
    assert [trend.region for trend in page.trends] == ["ML-1 en"]


def test_a_page_for_no_regions_holds_the_whole_issue() -> None:
    content = issue(section(1), section(2, "ML-1"), section(3, "ML-4"), assessed=("ML-1", "ML-4"))

    page = Composer(content, TREE).page_for([], language="en")

    assert [s.id for s in page.sections] == [1, 2, 3]
    assert len(page.trends) == 2


def test_nobody_can_write_a_slot_into_a_page() -> None:
    page = Composer(issue(title=Slot.UNSUBSCRIBE_URL.mark), TREE).page_for([], language="en")

    assert page.title == "unsubscribe_url"


def test_an_edition_without_its_readers_own_parts_has_none_of_his_values() -> None:
    edition = compose(issue(section(1), assessed=("ML-1",)), "SN")

    for part in (edition.html, edition.text):
        assert Slot.UNSUBSCRIBE_URL.mark in part
        assert "Body 1." in for_anyone(part)
        assert OPEN not in for_anyone(part)


def test_an_edition_that_would_tell_anyone_a_readers_value_is_never_composed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(compose_module, "render_text", lambda view: Slot.SUBSCRIBED_ON.mark)

    with pytest.raises(ValueError, match="subscribed_on"):
        compose(issue(section(1)), "ML-1")
