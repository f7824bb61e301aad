"""Two people at one page: neither loses what they wrote."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from newsletter.models import DomainGroup, Issue, Lane
from subscribers.desk.pages import DeskForms
from subscribers.desk.reading import ReadOnly
from tests.newsletter.admin.conftest import Keep, Login, a_publication
from tests.newsletter.admin.opened import (
    KeptPages,
    OpenPage,
    delete,
    open_page,
    take_values,
)
from tests.newsletter.factories import assess, make_picture
from tests.newsletter.parts import en

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def kept_publication(kept_for_the_module: Keep) -> int:
    """In one language: each more is a text more on each form."""
    with kept_for_the_module():
        return a_publication(languages=["en"]).pk


@pytest.fixture(scope="module")
def kept_people(kept_for_the_module: Keep) -> list[Login]:
    with kept_for_the_module():
        return [Login.of(User.objects.create_superuser(name)) for name in ("awa", "ben")]


@pytest.fixture
def awa(db: None, kept_people: list[Login]) -> Client:
    return kept_people[0].client()


@pytest.fixture
def ben(db: None, kept_people: list[Login]) -> Client:
    return kept_people[1].client()


@pytest.fixture
def of_awa(awa: Client, issue: Issue, pages: KeptPages) -> OpenPage:
    """The page of the issue, in Awa’s browser."""
    return pages.open(awa, page_of(issue))


@pytest.fixture
def of_ben(ben: Client, issue: Issue, pages: KeptPages) -> OpenPage:
    """The same, opened by Ben at the same time."""
    return pages.open(ben, page_of(issue))


LIST = "/admin/newsletter/section/"


def ask_to_delete(client: Client, *rows: Any) -> dict[str, str]:
    """What the page that asks whether to delete `rows` would send."""
    chosen = {"action": "delete_selected", "_selected_action": [row.pk for row in rows]}
    return hidden_in(client.post(LIST, chosen))


def hidden_in(page: Any) -> dict[str, str]:
    form = page.content.decode().rpartition("<form")[2]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))


def page_of(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def body(issue: Issue, title: str = "Letter") -> str:
    return str(issue.sections.get(title=en(title)).body)


def test_a_colleagues_correction_stays_when_an_older_page_is_saved(
    of_awa: OpenPage, of_ben: OpenPage, issue: Issue
) -> None:
    of_awa.put(sections__0__body="The toll is 12, not 21.").send()
    answer = of_ben.put(subject="Another subject").send()

    issue.refresh_from_db()
    assert answer.status_code == 302
    assert body(issue) == "The toll is 12, not 21."
    assert str(issue.subject) == "Another subject"


def test_both_texts_are_shown_where_both_wrote_and_neither_is_lost(
    of_awa: OpenPage, of_ben: OpenPage, issue: Issue
) -> None:
    of_awa.put(sections__0__body="The toll is 12.").send()
    answer = of_ben.put(sections__0__body="The toll is 13.", subject="Mine").send()

    page = answer.content.decode()
    assert "awa changed this while you had it open." in page
    assert "The toll is 12." in page
    assert "The toll is 13." in page
    assert 'value="Mine"' in page
    assert body(issue) == "The toll is 12."


@pytest.mark.parametrize(
    ("choice", "stored"), [("mine", "The toll is 13."), ("theirs", "The toll is 12.")]
)
def test_whoever_has_seen_both_texts_chooses_one(
    of_awa: OpenPage, of_ben: OpenPage, issue: Issue, choice: str, stored: str
) -> None:
    of_awa.put(sections__0__body="The toll is 12.").send()
    answer = of_ben.put(sections__0__body="The toll is 13.", subject="Mine").send()

    take_values(of_ben, answer.content.decode())
    answer = of_ben.put(**{"sections-0-body-merge": choice}).send()

    issue.refresh_from_db()
    assert answer.status_code == 302
    assert (body(issue), str(issue.subject)) == (stored, "Mine")


def in_languages(
    languages: list[str], issue: Issue, awa: Client, ben: Client
) -> tuple[OpenPage, OpenPage]:
    """The page of the issue in both browsers, once its publication has `languages`."""
    issue.publication.languages = languages
    issue.publication.save()
    of_awa = open_page(awa, page_of(issue))
    return of_awa, of_awa.in_browser(ben)


def test_two_who_translate_into_two_languages_do_not_meet(
    awa: Client, ben: Client, issue: Issue
) -> None:
    of_awa, of_ben = in_languages(["en", "fr", "ar"], issue, awa, ben)

    of_awa.put(title_fr="Octobre", sections__0__body_fr="Lettre.").send()
    answer = of_ben.put(title_ar="مالي", sections__0__body_ar="رسالة.").send()

    issue.refresh_from_db()
    section = issue.sections.first()
    assert section
    assert answer.status_code == 302
    assert (issue.title["fr"], issue.title["ar"]) == ("Octobre", "مالي")
    assert (section.body["fr"], section.body["ar"]) == ("Lettre.", "رسالة.")


def test_two_who_translate_into_one_language_see_both_texts(
    awa: Client, ben: Client, issue: Issue
) -> None:
    of_awa, of_ben = in_languages(["en", "fr"], issue, awa, ben)

    of_awa.put(title_fr="Octobre").send()
    page = of_ben.put(title_fr="Le mois d’octobre").send().content.decode()

    issue.refresh_from_db()
    assert "awa changed this while you had it open." in page
    assert "Octobre" in page
    assert "Le mois d’octobre" in page
    assert issue.title["fr"] == "Octobre"


def test_who_wrote_again_meanwhile_is_asked_about_again(
    awa: Client, of_awa: OpenPage, of_ben: OpenPage, issue: Issue
) -> None:
    of_awa.put(title="One").send()
    answer = of_ben.put(title="Two").send()
    open_page(awa, page_of(issue)).put(title="Three").send()

    answer = take_values(of_ben, answer.content.decode()).send()

    issue.refresh_from_db()
    assert "Three" in answer.content.decode()
    assert str(issue.title) == "Three"


def test_two_who_write_the_same_are_not_asked(
    of_awa: OpenPage, of_ben: OpenPage, issue: Issue
) -> None:
    of_awa.put(title="October", sections__1__regions=[]).send()
    answer = of_ben.put(title="October").send()

    assert answer.status_code == 302
    assert not issue.sections.get(title=en("On Kayes")).regions.exists()


def test_the_page_of_a_section_and_that_of_its_issue_are_merged(
    of_awa: OpenPage, ben: Client, issue: Issue
) -> None:
    section = issue.sections.get(title=en("On Kayes"))
    of_section = open_page(ben, page_of(section))

    of_section.put(body="From its own page.").send()
    of_awa.put(sections__1__title="Kayes").send()

    section.refresh_from_db()
    assert (str(section.title), str(section.body)) == ("Kayes", "From its own page.")


def test_an_untouched_text_stays_to_the_byte(awa: Client, issue: Issue) -> None:
    text = "One line,\nand another.\n\nAnd more."
    issue.sections.filter(title=en("Letter")).update(body=en(text))

    open_page(awa, page_of(issue)).put(title="October").send()

    assert body(issue) == text


def test_the_text_of_a_section_deleted_meanwhile_comes_back_and_can_be_saved(
    of_awa: OpenPage, of_ben: OpenPage, issue: Issue
) -> None:
    of_awa.put(sections__1__DELETE="on").send()

    answer = of_ben.put(sections__1__body="An hour of work.", sections__2__body="More.").send()

    page = answer.content.decode()
    assert "This was deleted while you had it open." in page
    assert "An hour of work." in page
    take_values(of_ben, page).send()
    assert sorted((str(part.title), str(part.body)) for part in issue.sections.all()) == [
        ("Letter", "Text of Letter."),
        ("On Kayes", "An hour of work."),
        ("On Segou", "More."),
    ]


def test_a_section_deleted_meanwhile_can_be_left_so(
    of_awa: OpenPage, of_ben: OpenPage, issue: Issue
) -> None:
    of_awa.put(sections__1__DELETE="on").send()
    answer = of_ben.put(sections__1__body="An hour of work.", title="October").send()

    answer = take_values(of_ben, answer.content.decode()).put(sections__2__DELETE="on").send()

    issue.refresh_from_db()
    assert (answer.status_code, str(issue.title)) == (302, "October")
    assert [str(section.title) for section in issue.sections.all()] == ["Letter", "On Segou"]


def test_a_section_nobody_wrote_in_stays_deleted(
    of_awa: OpenPage, of_ben: OpenPage, issue: Issue
) -> None:
    of_awa.put(sections__0__DELETE="on").send()

    answer = of_ben.put(sections__2__body="More.").send()

    assert answer.status_code == 302
    assert {str(part.title): str(part.body) for part in issue.sections.all()} == {
        "On Kayes": "Text of On Kayes.",
        "On Segou": "More.",
    }


def test_a_section_written_in_meanwhile_is_not_deleted_unseen(
    of_awa: OpenPage, of_ben: OpenPage, issue: Issue
) -> None:
    of_awa.put(sections__0__body="An hour of work.").send()

    answer = of_ben.put(sections__0__DELETE="on").send()

    assert "An hour of work." in answer.content.decode()
    assert body(issue) == "An hour of work."
    take_values(of_ben, answer.content.decode()).send()
    assert not issue.sections.filter(title=en("Letter")).exists()


def test_a_section_that_got_an_incident_meanwhile_is_not_deleted_unseen(
    of_awa: OpenPage, issue: Issue
) -> None:
    section = issue.sections.get(title=en("On Kayes"))
    section.incidents.create(
        summary=en("An attack."), event_type=en("attack"), date_start="2023-10-02"
    )

    answer = of_awa.put(sections__1__DELETE="on").send()

    assert answer.status_code == 200
    assert section.incidents.exists()


def test_what_was_written_on_the_page_of_a_section_deleted_meanwhile_comes_back(
    of_awa: OpenPage, ben: Client, issue: Issue
) -> None:
    section = issue.sections.get(title=en("On Kayes"))
    of_section = open_page(ben, page_of(section))
    of_awa.put(sections__1__DELETE="on").send()

    answer = of_section.put(body="An hour <of> work.").send()

    assert answer.status_code == 409
    assert "An hour &lt;of&gt; work." in answer.content.decode()


def test_a_section_written_in_since_its_deletion_was_asked_about_is_asked_about_again(
    awa: Client, ben: Client, issue: Issue
) -> None:
    section = issue.sections.get(title=en("On Kayes"))
    address = reverse("admin:newsletter_section_delete", args=[section.pk])
    asked = ben.get(address, follow=True)
    section.incidents.create(
        summary=en("An attack."), event_type=en("attack"), date_start="2023-10-02"
    )

    shown = asked.request["PATH_INFO"] + "?" + asked.request["QUERY_STRING"]
    again = ben.post(shown, {"post": "yes"}, follow=True)

    assert "Look again before you delete it." in again.content.decode()
    assert section.incidents.exists()
    shown = again.request["PATH_INFO"] + "?" + again.request["QUERY_STRING"]
    ben.post(shown, {"post": "yes"})
    assert not issue.sections.filter(title=en("On Kayes")).exists()


def test_nothing_is_deleted_unless_it_was_asked_about(awa: Client, issue: Issue) -> None:
    section = issue.sections.get(title=en("On Kayes"))
    chosen = {"action": "delete_selected", "_selected_action": [section.pk], "post": "yes"}

    for address in (reverse("admin:newsletter_section_delete", args=[section.pk]), LIST):
        asked = awa.post(address, chosen, follow=True)
        assert asked.status_code == 200
        assert "Yes, " in asked.content.decode()

    assert issue.sections.filter(pk=section.pk).exists()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_what_is_deleted_is_locked_before_it_is_looked_at(awa: Client, issue: Issue) -> None:
    section = issue.sections.get(title=en("On Kayes"))

    with CaptureQueriesContext(connection) as queries:
        delete(awa, reverse("admin:newsletter_section_delete", args=[section.pk]))

    about = [q["sql"] for q in queries if "newsletter_section" in q["sql"]]
    locking = [number for number, sql in enumerate(about) if "FOR UPDATE" in sql]
    deleting = [number for number, sql in enumerate(about) if sql.startswith("DELETE")]
    assert locking[0] < deleting[0]


def test_sections_chosen_from_the_list_are_asked_about_again_once_one_was_written_in(
    ben: Client, issue: Issue
) -> None:
    section = issue.sections.get(title=en("On Kayes"))
    asked = ask_to_delete(ben, section)
    section.incidents.create(
        summary=en("An attack."), event_type=en("attack"), date_start="2023-10-02"
    )

    again = ben.post(LIST, asked)

    assert "Look again before you delete it." in again.content.decode()
    assert section.incidents.exists()


def test_whoever_looked_again_deletes_the_sections_chosen_from_the_list(
    ben: Client, issue: Issue
) -> None:
    section = issue.sections.get(title=en("On Kayes"))
    asked = ask_to_delete(ben, section)
    section.incidents.create(
        summary=en("An attack."), event_type=en("attack"), date_start="2023-10-02"
    )

    ben.post(LIST, hidden_in(ben.post(LIST, asked)))

    assert not issue.sections.filter(title=en("On Kayes")).exists()


def row_of(kind: str, issue: Issue) -> Any:
    assess(issue, "ML-1")
    Lane.objects.create(name="outbox", rate=1)
    rows: dict[str, Callable[[], Any]] = {
        "issue": lambda: issue,
        "section": lambda: issue.sections.first(),
        "publication": lambda: issue.publication,
        "picture": make_picture,
        "lane": Lane.objects.get,
        "domaingroup": lambda: DomainGroup.objects.create(name="Google"),
        "user": lambda: User.objects.create_user("one", first_name="One"),
        "group": lambda: Group.objects.create(name="One"),
    }
    return rows[kind]()


@pytest.mark.parametrize(
    ("kind", "field", "other"),
    [
        ("issue", "title", "subject"),
        ("section", "title", "body"),
        ("publication", "from_name", "name"),
        ("picture", "alt", None),
        ("lane", "rate", "daily_cap"),
        ("domaingroup", "name", "rate"),
        ("user", "first_name", "last_name"),
        ("group", "name", None),
    ],
)
def test_every_form_that_changes_a_row_merges(
    awa: Client, ben: Client, issue: Issue, kind: str, field: str, other: str | None
) -> None:
    row = row_of(kind, issue)
    first = open_page(awa, page_of(row))
    second, third = first.in_browser(ben), first.in_browser(ben)

    first.put(**{field: "7"}).send()
    if other:
        assert second.put(**{other: "5"}).send().status_code == 302
    conflict = third.put(**{field: "6"}).send()

    row.refresh_from_db()
    assert conflict.status_code == 200
    assert "while you had it open" in conflict.content.decode()
    assert str(getattr(row, field)) in ("7", "7.0")
    if other:
        assert str(getattr(row, other)) in ("5", "5.0")


def test_no_page_on_which_rows_are_changed_goes_without() -> None:
    pages = list(admin.site._registry.values())
    kinds = [*map(type, pages), *(inline for page in pages for inline in page.inlines)]

    assert [kind for kind in kinds if not issubclass(kind, DeskForms | ReadOnly)] == []


def test_a_form_without_marks_is_taken_as_just_opened(of_awa: OpenPage, issue: Issue) -> None:
    of_awa.values = {n: v for n, v in of_awa.values.items() if not n.endswith("merge_base")}

    assert of_awa.put(title="October").send().status_code == 302
    issue.refresh_from_db()
    assert str(issue.title) == "October"


@pytest.mark.parametrize("marks", ["[]", "{", '{"title": 1, "nothing": "x"}', "\x00"])
def test_marks_that_were_tampered_with_are_no_error(of_awa: OpenPage, marks: str) -> None:
    answer = of_awa.put(merge_base=marks, title="October").send()

    assert answer.status_code in (200, 302)
