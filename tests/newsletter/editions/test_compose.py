from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.conf import settings

from newsletter.editions import compose as compose_module
from newsletter.editions.compose import ComposedEdition, Composer
from newsletter.editions.content import IssueContent
from newsletter.editions.past import PastIssue
from newsletter.rendering.slots import OPEN, Slot, for_anyone
from subscribers.models.texts import Texts
from tests.newsletter.editions.content import TREE, assessment, incident, issue, section
from tests.newsletter.parts import changed, en
from tests.newsletter.rendering.test_html import Elements


def compose(
    content: IssueContent, *chosen: str, language: str = "en", mail_format: str = "html"
) -> ComposedEdition:
    composer = Composer(content, TREE)
    return composer.edition_for(chosen, language=language, mail_format=mail_format)


def test_both_parts_hold_their_sections_and_no_others() -> None:
    edition = compose(issue(section(1), section(2, "ML-1"), section(3, "ML-4")), "ML-1")

    assert edition.sections == (1, 2)
    for part in (edition.html, edition.text):
        assert "Body 1." in part
        assert "Body 2." in part
        assert "Body 3." not in part


def test_the_same_selection_gives_the_same_bytes_and_key() -> None:
    content = issue(section(1), section(2, "ML-1"))

    one, other = compose(content, "ML-1"), compose(content, "SN", "ML-1")

    assert (one.key, one.subject, one.html, one.text) == (
        other.key,
        other.subject,
        other.html,
        other.text,
    )


def test_what_editions_share_is_rendered_once() -> None:
    composer = Composer(issue(section(1), section(2, "SN"), assessed=("ML-1",)), TREE)

    first = composer.edition_for(["ML-1"], language="en", mail_format="html")
    second = composer.edition_for(["SN", "ML-1"], language="en", mail_format="html")

    shared = {id(piece) for piece in first.html_pieces} & {id(p) for p in second.html_pieces}
    said = "".join(piece for piece in first.html_pieces if id(piece) in shared)
    assert "Body 1." in said
    assert "increased" in said
    assert said.startswith("<!DOCTYPE html>")
    assert said.endswith("</html>\n")


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


def test_incidents_in_a_readers_region_are_announced_and_not_denied() -> None:
    everyones = section(1, incidents=(incident(1, "ML-6"),))

    edition = compose(issue(everyones), "ML-6")

    assert not edition.order.selection.has_nothing_regional
    for part in (edition.html, edition.text):
        assert "Incidents in ML-6 en." in part
        assert "othing in" not in part
    assert "othing in" in compose(issue(everyones), "ML-1").text


def test_incidents_are_announced_beside_the_trends_of_other_regions() -> None:
    content = issue(section(1, incidents=(incident(1, "ML-6"),)), assessed=["ML-1"])

    text = compose(content, "ML").text

    assert text.startswith("Up in ML-1 en. Incidents in ML-6 en.\n")


def test_readers_of_a_region_with_incidents_have_an_edition_of_their_own() -> None:
    content = issue(section(1, incidents=(incident(1, "ML-6"),)), section(2, "ML-1"))

    assert compose(content, "ML-1").key != compose(content, "ML-1", "ML-6").key


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


AUGUST = PastIssue(7, 17, 1, issue(title="August", assessed=[assessment("ML-1", "decreased")]))


AUGUST_DATED = changed(AUGUST, content=changed(AUGUST.content, dated=date(2023, 8, 2)))


def test_a_reader_who_was_sent_an_earlier_issue_is_told_what_changed_since() -> None:
    composer = Composer(issue(assessed=["ML-1"]), TREE, [AUGUST])

    edition = composer.edition_for(["ML-1"], language="en", mail_format="html", history="1")

    for part in (edition.html, edition.text):
        assert "What changed since “August”" in part
        assert "decreased, now ↑" in part


def test_an_issue_in_between_without_trends_ruins_no_comparison() -> None:
    special = PastIssue(8, 18, 2, issue(title="A special issue"))
    regular = Composer(issue(assessed=["ML-1"]), TREE, [AUGUST])
    after_it = Composer(issue(assessed=["ML-1"]), TREE, [AUGUST, special])

    first, second = (
        composer.edition_for(["ML-1"], language="en", mail_format="html", history="1")
        for composer in (regular, after_it)
    )

    assert (first.html, first.text) == (second.html, second.text)
    assert "not assessed" not in second.text


def test_an_issue_without_trends_says_nothing_of_them() -> None:
    composer = Composer(issue(section(1, "ML-1")), TREE, [AUGUST])

    edition = composer.edition_for(["ML-1"], language="en", mail_format="html", history="1")

    assert " since “" not in edition.text


def test_regions_that_different_issues_judged_are_each_compared_with_their_own() -> None:
    alert = issue(title="Alert", dated=date(2023, 8, 20), assessed=["ML-4"])
    now = issue(assessed=["ML-1", "ML-4"])
    composer = Composer(now, TREE, [AUGUST_DATED, PastIssue(9, 19, 3, alert)])

    edition = composer.edition_for(["ML"], language="en", mail_format="text", history="1,1")

    said = edition.text.replace("\u00a0", " ")
    assert "\nWhat changed\n" in said
    assert "- ML-1 en: ↓ decreased (2 August 2023), now ↑ increased" in said
    assert "ML-4 en still ↑ increased (20 August 2023)." in said


def test_readers_with_different_histories_get_different_editions() -> None:
    composer = Composer(issue(assessed=["ML-1"]), TREE, [AUGUST])

    editions = [
        composer.edition_for(["ML-1"], language="en", mail_format="html", history=history)
        for history in ("1", "")
    ]

    assert editions[0].key != editions[1].key
    assert " since “" not in editions[1].html


def test_histories_that_differ_in_nothing_a_reader_is_told_share_an_edition() -> None:
    other = PastIssue(8, 18, 2, issue(assessed=["ML-4"]))
    composer = Composer(issue(assessed=["ML-1", "ML-4"]), TREE, [AUGUST, other])

    keys = {
        composer.edition_for(["ML-1"], language="en", mail_format="html", history=history).key
        for history in ("1,0", "1,1")
    }

    assert len(keys) == 1


def test_a_translated_part_is_read_in_the_readers_language() -> None:
    part = changed(section(1), title=en("Title 1", fr="Titre"), body=en("Body 1.", fr="Corps."))

    edition = compose(issue(part), "ML-1", language="fr")

    for text in (edition.html, edition.text):
        assert "Titre" in text
        assert "Corps." in text
        assert "Body 1." not in text
        assert "En anglais seulement" not in text


def test_a_part_without_translation_is_announced_and_read_in_the_other_language() -> None:
    edition = compose(issue(section(1)), "ML-1", language="fr")

    for text in (edition.html, edition.text):
        assert "Body 1." in text
        assert "En anglais seulement" in text
    assert '<div class="body" lang="en" dir="ltr">' in edition.html


def test_an_arabic_edition_of_an_english_issue_is_arabic_around_english_texts() -> None:
    part = changed(section(1), title=en("Title 1", fr="Titre"), body=en("Body 1.", fr="Corps."))

    edition = compose(issue(part, assessed=["ML-1"]), "ML-1", language="ar")

    assert '<html lang="ar" dir="rtl">' in edition.html
    assert '<div class="body turned" lang="en" dir="ltr" align="left">' in edition.html
    for text in (edition.html, edition.text):
        assert "Body 1." in text
        assert "بالإنجليزية فقط" in text
        assert "مناطقكم في لمحة" in text
        # What is in French is for readers of French.
        assert "Corps." not in text


def test_an_issue_may_be_written_in_french_and_translated_into_english() -> None:
    french, both = Texts({"fr": "En français."}), Texts({"fr": "Corps.", "en": "In English."})
    parts = (changed(section(1), body=both), changed(section(2), body=french))
    content = issue(*parts, language="fr")

    text = compose(content, "ML-1", language="en").text

    assert "In English." in text
    assert text.count("In French only") == 1


def test_the_subject_is_made_of_their_regions_where_the_editor_allows_it() -> None:
    content = issue(
        assessed=["ML-1", assessment("ML-4", "not_assessed")], subject_from_regions=True
    )

    assert compose(content, "ML", language="fr").subject == "ML-1 fr ↑ — septembre 2023"
    assert compose(content, "ML-4").subject == "Western Mali, September 2023"


def test_otherwise_it_is_the_editors_in_the_readers_language() -> None:
    subject = en("Western Mali, September 2023", fr="Le Mali en septembre")
    content = issue(section(1), assessed=["ML-1"], subject=subject)

    assert compose(content, "ML-1").subject == "Western Mali, September 2023"
    assert compose(content, "ML-1", language="fr").subject == "Le Mali en septembre"


HOSTILE = (
    "{{settings.SECRET_KEY}} {%debug%} {#x#} <script>alert(1)</script> "
    "<a href=javascript:alert(1)>x</a> \u202eevil\u2066 \ue000unsubscribe_url\ue001"
)
DEFUSED = HOSTILE.translate(dict.fromkeys(map(ord, "\u202e\u2066\ue000\ue001")))


def hostile(value: Any) -> Any:
    """`value` with hostile words in every text that an editor types, whatever it is called."""
    if isinstance(value, Texts):
        return en(HOSTILE)
    if isinstance(value, tuple):
        return tuple(hostile(part) for part in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    fixed = {"kind", "trend", "date_precision", "language", "region", "regions"}
    typed = {
        field.name: HOSTILE if isinstance(found := getattr(value, field.name), str) else found
        for field in fields(value)
        if field.name not in fixed
    }
    return replace(value, **{name: hostile(found) for name, found in typed.items()})


@pytest.mark.parametrize("language", ["en", "fr"])
def test_hostile_text_in_any_field_is_shown_as_typed_and_does_nothing(language: str) -> None:
    whole = issue(section(1), section(2, "ML-1", incidents=(incident(1),)), assessed=["ML-1"])
    content = hostile(whole)
    composer = Composer(content, TREE, [PastIssue(7, 17, 1, content)])

    edition = composer.edition_for(["ML-1"], language=language, mail_format="html", history="1")

    elements = {tag for tag, _ in Elements(edition.html).found}
    assert not elements & {"script", "form", "iframe"}
    (map_shown,) = Elements(edition.html).all("img")
    assert map_shown["src"] == Slot.MAP_URL.mark
    links = {a["href"] for a in Elements(edition.html).all("a")}
    assert not [link for link in links if "javascript" in str(link)]
    assert edition.subject == DEFUSED
    assert settings.SECRET_KEY not in edition.html + edition.text
    assert not set("\u202e\u2066") & set(edition.html + edition.text)
    assert edition.html.count(Slot.UNSUBSCRIBE_URL.mark) == 1
    assert edition.text.count(Slot.UNSUBSCRIBE_URL.mark) == 1
    # Publication, address, title, two sections with their text, glance, incident.
    assert unescape(edition.html).count("{{settings.SECRET_KEY}} {%debug%} {#x#} <script>") >= 14


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


def test_a_page_of_a_whole_issue_opens_with_its_incidents_where_it_has_no_more() -> None:
    content = issue(section(1, incidents=(incident(1, "ML-6"),)))

    assert Composer(content, TREE).page_for([], language="en").lead == "Incidents in ML-6 en."


def test_nobody_can_write_a_slot_into_a_page() -> None:
    page = Composer(issue(title=Slot.UNSUBSCRIBE_URL.mark), TREE).page_for([], language="en")

    assert page.title == "unsubscribe_url"


def test_an_edition_without_its_readers_own_parts_has_none_of_their_values() -> None:
    edition = compose(issue(section(1), assessed=("ML-1",)), "SN")

    for part in (edition.html, edition.text):
        assert Slot.UNSUBSCRIBE_URL.mark in part
        assert "Body 1." in for_anyone(part)
        assert OPEN not in for_anyone(part)


def test_an_edition_that_would_tell_anyone_a_readers_value_is_never_composed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        compose_module, "text_runs", lambda view, fragments: (Slot.SUBSCRIBED_ON.mark,)
    )

    with pytest.raises(ValueError, match="subscribed_on"):
        compose(issue(section(1)), "ML-1")
