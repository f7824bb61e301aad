"""People who changed anything in an issue, in whichever way, have edited it.

That they may not approve it then: test_preflight.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from newsletter.models import Incident, Issue, Picture
from subscribers.models import Publication, Region
from tests.newsletter.admin import opened
from tests.newsletter.admin.conftest import Keep
from tests.newsletter.admin.opened import KeptPages, OpenPage, open_page
from tests.newsletter.admin.test_merging import page_of
from tests.newsletter.factories import assess, make_issue, make_picture
from tests.newsletter.parts import en

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def kept_issue(kept_for_the_module: Keep, kept_publication: int) -> int:
    with kept_for_the_module():
        return an_issue(Publication.objects.get(pk=kept_publication)).pk


def an_issue(publication: Publication) -> Issue:
    """It has a part with an incident, an assessment, and a picture in its letter."""
    issue = make_issue(publication, ("Letter", []), ("On Kayes", ["ML-1"]))
    issue.sections.filter(title=en("Letter")).update(body=en(f"See:\n\n{make_picture().markdown}"))
    Incident.objects.create(
        section=issue.sections.get(title=en("On Kayes")),
        summary=en("An attack."),
        event_type=en("attack"),
        date_start="2023-10-02",
    ).regions.set(Region.objects.filter(code="ML-1"))
    assess(issue, "ML-1")
    return issue


@dataclass
class Browser:
    client: Client
    pages: KeptPages

    def open(self, row: Any) -> OpenPage:
        return self.pages.open(self.client, page_of(row))


@pytest.fixture
def browser(admin_client: Client, pages: KeptPages) -> Browser:
    return Browser(admin_client, pages)


def change(row: Any, **values: object) -> Callable[[Browser], Any]:
    return lambda browser: browser.open(row).put(**values).send()


def delete(row: Any) -> Callable[[Browser], Any]:
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_delete", args=[row.pk])
    return lambda browser: opened.delete(browser.client, address)


def delete_from_list(row: Any) -> Callable[[Browser], Any]:
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_changelist")
    return lambda browser: opened.delete_chosen(browser.client, address, row)


WAYS: dict[str, Callable[[Issue], Callable[[Browser], Any]]] = {
    "the subject": lambda issue: change(issue, subject="Other"),
    "a text, on the page of the issue": lambda issue: change(issue, sections__0__body="Other."),
    "regions, on the page of the issue": lambda issue: change(issue, sections__1__regions=[]),
    "a trend": lambda issue: change(issue, assessments__0__trend="decreased"),
    "a part taken out": lambda issue: change(issue, sections__1__DELETE="on"),
    "a text, on its own page": lambda issue: change(issue.sections.first(), body="Other."),
    "regions, on its own page": lambda issue: change(issue.sections.last(), regions=[]),
    "an incident": lambda issue: change(issue.sections.last(), incidents__0__summary="Other."),
    "an incident taken out": lambda issue: change(issue.sections.last(), incidents__0__DELETE="on"),
    "a part, deleted on its own page": lambda issue: delete(issue.sections.last()),
    "a part, deleted from the list": lambda issue: delete_from_list(issue.sections.last()),
    "the words of a picture": lambda _issue: change(Picture.objects.get(), alt="Other."),
    "a picture, deleted": lambda _issue: delete(Picture.objects.get()),
    "a picture, deleted from the list": lambda _: delete_from_list(Picture.objects.get()),
    "the sender": lambda issue: change(issue.publication, from_name="Other"),
    "the sender’s address": lambda issue: change(issue.publication, from_address="o@a.example"),
    "the accent": lambda issue: change(issue.publication, accent="#7a4a12"),
    "the order of parts": lambda issue: change(
        issue.publication, section_order_0="outlook", section_order_4="letter"
    ),
    "where replies go": lambda issue: change(issue.publication, reply_to="o@a.example"),
}


@pytest.mark.parametrize("way", WAYS)
def test_whoever_changed_anything_has_edited_it(
    browser: Browser, admin_user: User, issue: Issue, way: str
) -> None:
    WAYS[way](issue)(browser)

    assert [change.user for change in issue.content_changes.all()] == [admin_user]


@pytest.mark.parametrize(
    "way",
    [
        lambda issue: change(issue),
        lambda issue: change(issue.publication, undo_seconds=30),
        lambda _issue: change(make_picture("Another"), alt="Other."),
        lambda issue: change(make_issue(issue.publication, ("Letter", [])), subject="Other"),
    ],
)
def test_what_leaves_the_content_as_it_is_makes_nobody_its_editor(
    browser: Browser, issue: Issue, way: Any
) -> None:
    way(issue)(browser)

    assert not issue.content_changes.exists()


def test_whoever_writes_an_issue_has_edited_it(
    admin_client: Client, admin_user: User, publication: Publication
) -> None:
    page = open_page(admin_client, reverse("admin:newsletter_issue_add"))

    page.put(publication=publication.pk, title="October", slug="october", subject="S").send()

    written = Issue.objects.get(slug="october")
    assert [change.user for change in written.content_changes.all()] == [admin_user]
