from __future__ import annotations

from newsletter.editions.compose import ComposedEdition, Composer
from newsletter.editions.content import IssueContent
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
