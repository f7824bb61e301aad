from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from newsletter.audience.freezing import freeze_due
from newsletter.editorial import scheduling
from newsletter.models import Issue, Mailing, MailingState
from newsletter.sending.recovering import finish_drained
from subscribers.models import Publication
from tests.factories import make_publication, make_region, make_subscription
from tests.newsletter.factories import assess, make_issue, published
from tests.newsletter.parts import en
from tests.newsletter.views.conftest import mail, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def publication(publication: Publication) -> Publication:
    publication.archive_open = True
    publication.save()
    return publication


def list_path(publication: Publication) -> str:
    return f"/archive/{publication.slug}/"


def path_of(issue: Issue) -> str:
    return f"/archive/{issue.publication.slug}/{issue.slug}/"


def page_of(client: Client, path: str, **query: Any) -> str:
    answer = client.get(path, query)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def titles(page: str) -> list[str]:
    return re.findall(r'<h2>\s*<a href="[^"]*">([^<]*)</a>', page)


# Who may read


def test_a_new_publication_keeps_its_archive_closed(client: Client) -> None:
    closed = make_publication()

    assert client.get(list_path(closed)).status_code == 404


def test_nothing_of_a_closed_archive_can_be_read(client: Client, issue: Issue) -> None:
    published(issue)
    Publication.objects.update(archive_open=False)

    assert client.get(list_path(issue.publication)).status_code == 404
    assert client.get(path_of(issue)).status_code == 404


def test_an_unknown_publication_or_issue_is_not_found(client: Client, issue: Issue) -> None:
    assert client.get("/archive/nothing/").status_code == 404
    assert client.get(f"{list_path(issue.publication)}nothing/").status_code == 404


def test_a_post_is_refused(client: Client, issue: Issue) -> None:
    published(issue)

    assert client.post(list_path(issue.publication)).status_code == 405
    assert client.post(path_of(issue)).status_code == 405


# What is in it


def test_an_issue_that_was_not_sent_is_not_in_it(client: Client, issue: Issue) -> None:
    scheduling.schedule(issue, at=None, by=None, even_to_nobody=True)

    assert titles(page_of(client, list_path(issue.publication))) == []
    assert client.get(path_of(issue)).status_code == 404


def test_an_issue_that_nobody_has_in_their_mailbox_is_not_in_it(
    client: Client, issue: Issue
) -> None:
    mailing = send(issue)

    for stop in (scheduling.pause, scheduling.cancel):
        stop(mailing)
        assert titles(page_of(client, list_path(issue.publication))) == []
        assert client.get(path_of(issue)).status_code == 404


@pytest.mark.parametrize(
    "then", [lambda mailing: None, scheduling.pause, scheduling.cancel], ids=["", "pause", "cancel"]
)
def test_an_issue_is_in_it_as_soon_as_one_reader_has_it_whatever_becomes_of_the_rest(
    client: Client, issue: Issue, then: Callable[[Mailing], None]
) -> None:
    for address in ("first@a.example", "second@a.example"):
        make_subscription(publication=issue.publication, regions=["ML-1"], address=address)

    then(mail(issue, finish=False))

    assert titles(page_of(client, list_path(issue.publication))) == [str(issue.title)]
    assert "Text of Letter." in page_of(client, path_of(issue))


def test_a_mailing_that_finds_nobody_to_go_to_changes_nothing_in_it(
    client: Client, issue: Issue
) -> None:
    published(issue)
    issue.sections.filter(title=en("Letter")).update(body=en("Another figure: 12."))

    scheduling.schedule(issue, at=None, by=None, even_to_nobody=True)
    freeze_due(50)
    finish_drained()

    assert Mailing.objects.filter(state=MailingState.FINISHED).count() == 2
    page = page_of(client, path_of(issue))
    assert "Text of Letter." in page
    assert "Another figure" not in page


def test_a_version_that_some_were_mailed_after_others_is_the_one_in_it(
    client: Client, issue: Issue
) -> None:
    published(issue)
    issue.sections.filter(title=en("Letter")).update(body=en("Another figure: 12."))
    make_subscription(publication=issue.publication, regions=["ML-1"], address="new@a.example")

    mail(issue)

    assert "Another figure: 12." in page_of(client, path_of(issue))


def test_issues_of_other_publications_are_not_in_it(
    client: Client, publication: Publication, issue: Issue
) -> None:
    other = make_publication(archive_open=True)
    published(issue)

    assert titles(page_of(client, list_path(other))) == []
    assert client.get(f"/archive/{other.slug}/{issue.slug}/").status_code == 404


def test_the_newest_issue_comes_first(client: Client, publication: Publication) -> None:
    for title, day in (("August", "2023-09-03"), ("October", "2023-11-02"), ("May", "2023-06-01")):
        published(
            make_issue(publication, ("Letter", []), title=title, dated=date.fromisoformat(day))
        )

    assert titles(page_of(client, list_path(publication))) == ["October", "August", "May"]


def test_an_issue_is_listed_with_its_date_and_regions(client: Client, issue: Issue) -> None:
    Issue.objects.update(dated=date(2023, 10, 3))
    issue.refresh_from_db()
    published(issue)

    page = " ".join(page_of(client, list_path(issue.publication)).split())

    assert '<time datetime="2023-10-03">3 October 2023</time> · Kayes, Segou' in page


def test_the_list_can_be_narrowed_to_a_region(client: Client, publication: Publication) -> None:
    for title, codes in (("West", ["ML-1"]), ("Centre", ["ML-4"]), ("Country", ["ML"])):
        published(make_issue(publication, ("Part", codes), title=title, dated=date(2023, 1, 1)))

    page = page_of(client, list_path(publication), region="ML-1")

    assert set(titles(page)) == {"West", "Country"}
    assert '<option value="ML-1" selected>Kayes</option>' in page


def test_a_region_that_no_issue_is_about_says_so(client: Client, issue: Issue) -> None:
    published(issue)

    page = page_of(client, list_path(issue.publication), region="SN")

    assert "No issue is about this region yet." in page


def test_namesakes_are_told_apart_by_their_country(client: Client, issue: Issue) -> None:
    twin = make_region("SN-KY", name_en="Kayes", parent=make_region("SN"))
    section = issue.sections.get(title=en("On Segou"))
    section.regions.set([twin])
    published(issue)

    page = page_of(client, path_of(issue))

    assert "<span>Kayes (Mali)</span>" in page
    assert "<span>Kayes (Senegal)</span>" in page


@pytest.mark.parametrize("region", ["XX-9", "", "\0", "<script>alert(1)</script>"])
def test_a_region_that_does_not_exist_is_ignored(client: Client, issue: Issue, region: str) -> None:
    published(issue)

    assert titles(page_of(client, list_path(issue.publication), region=region)) == [
        str(issue.title)
    ]
    assert "Text of On Segou." in page_of(client, path_of(issue), region=region)


def test_the_list_takes_as_many_queries_for_many_issues_as_for_one(
    client: Client, publication: Publication
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            client.get(list_path(publication))
        return len(counted)

    published(make_issue(publication, ("Letter", [])))
    few = queries()
    for _ in range(3):
        published(make_issue(publication, ("Letter", [])))

    assert queries() == few


def test_a_page_of_the_list_holds_fifty_issues(client: Client, publication: Publication) -> None:
    version = published(make_issue(publication, ("Letter", []), title="Issue 1")).version
    for number in range(2, 52):
        another = make_issue(publication, title=f"Issue {number}")
        mailing = Mailing.objects.get(version=version)
        copied = another.versions.create(
            number=1, content={**version.content, "title": another.title.pairs}, content_hash=number
        )
        mailing.pk, mailing.issue, mailing.version = None, another, copied
        mailing.save()

    first, second = (page_of(client, list_path(publication), page=n) for n in (1, 2))

    assert (len(titles(first)), len(titles(second))) == (50, 1)
    assert 'href="?page=2"' in first


# One issue


def test_an_issue_is_shown_whole(client: Client, issue: Issue) -> None:
    published(issue)

    page = page_of(client, path_of(issue))

    for part in ("Letter", "On Kayes", "On Segou"):
        assert f"Text of {part}." in page


def test_only_the_parts_on_the_chosen_regions_are_shown(client: Client, issue: Issue) -> None:
    assess(issue, "ML-1", reason="The road is closed.")
    assess(issue, "ML-4", reason="The fields are dry.")
    published(issue)

    page = page_of(client, path_of(issue), region=["ML-1"])

    assert "Text of Letter." in page
    assert "Text of On Kayes." in page
    assert "The road is closed." in page
    assert "You see the parts on Kayes." in page
    assert "On Segou" not in page
    assert "The fields are dry." not in page
    assert re.search(r'value="ML-1" checked', page)


def test_several_regions_can_be_chosen(client: Client, issue: Issue) -> None:
    published(issue)

    page = page_of(client, path_of(issue), region=["ML-1", "ML-4"])

    assert "Text of On Kayes." in page
    assert "Text of On Segou." in page


def test_a_wider_region_brings_the_parts_inside_it(client: Client, issue: Issue) -> None:
    published(issue)

    assert "Text of On Segou." in page_of(client, path_of(issue), region="ML")


def test_a_region_with_nothing_in_the_issue_leaves_the_parts_for_everyone_and_says_so(
    client: Client, issue: Issue
) -> None:
    published(issue)

    page = page_of(client, path_of(issue), region="SN")

    assert "Nothing in this issue is about these regions." in page
    assert "Text of Letter." in page
    assert "Text of On" not in page


def test_what_was_sent_is_shown_and_not_what_is_written_now(client: Client, issue: Issue) -> None:
    published(issue)
    issue.sections.update(body=en("Rewritten."))
    Issue.objects.update(title=en("Rewritten too"))

    page = page_of(client, path_of(issue))

    assert "Text of Letter." in page
    assert "Rewritten" not in page + page_of(client, list_path(issue.publication))


def test_a_version_that_has_reached_nobody_yet_is_not_shown(client: Client, issue: Issue) -> None:
    published(issue)
    issue.sections.update(body=en("Corrected."))
    make_subscription(publication=issue.publication, regions=["ML-1"], address="new@a.example")

    send(issue)

    assert "Text of Letter." in page_of(client, path_of(issue))


def test_hostile_text_is_inert(client: Client, issue: Issue) -> None:
    hostile = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    issue.sections.update(title=en(hostile), body=en(hostile))
    Issue.objects.update(title=en(hostile))
    issue.refresh_from_db()
    published(issue)

    for path in (path_of(issue), list_path(issue.publication)):
        page = client.get(path).content
        assert b"<script" not in page
        assert b"<img" not in page


def test_the_pages_keep_to_the_policy_of_the_site(client: Client, issue: Issue) -> None:
    issue.sections.update(body=en("[a link](https://example.org/) and *words*"))
    assess(issue, "ML-1")
    published(issue)

    for path in (path_of(issue), list_path(issue.publication)):
        answer = client.get(path)
        assert not re.search(rb"<style|\sstyle=|\son\w+=", answer.content)
        assert "'unsafe-inline'" not in answer["Content-Security-Policy"]


def test_search_engines_learn_what_a_page_is_and_where(
    client: Client, issue: Issue, settings: Settings
) -> None:
    settings.SITE_URL = "https://news.example.org"
    assess(issue, "ML-1", trend="increased")
    assess(issue, "ML-4", trend="decreased")
    published(issue)

    answer = client.get(path_of(issue), {"region": "ML-1"})

    page = unescape(answer.content.decode())
    assert f'<link rel="canonical" href="https://news.example.org{path_of(issue)}">' in page
    assert f"{issue.title} · Sahel Dispatch" in page
    assert '<meta name="description" content="' in page
    assert "X-Robots-Tag" not in answer
    assert "noindex" not in page


def test_the_description_is_the_issue_in_a_sentence(client: Client, issue: Issue) -> None:
    assess(issue, "ML-1", trend="increased")
    assess(issue, "ML-4", trend="decreased")
    published(issue)

    page = page_of(client, path_of(issue))

    assert 'name="description" content="Up in Kayes, down in Segou."' in page


def test_a_french_reader_gets_french_pages_and_french_names(client: Client, issue: Issue) -> None:
    published(issue)
    french = {"accept-language": "fr"}

    listed = unescape(client.get(list_path(issue.publication), headers=french).content.decode())
    page = unescape(client.get(path_of(issue), headers=french).content.decode())

    assert "Kayes, Ségou" in listed
    assert '<html lang="fr" dir="ltr">' in page
    assert '<article lang="fr" dir="ltr">' in page
    assert "Numéros parus" in page


@pytest.mark.parametrize(
    ("translated", "marked"),
    [("Mali, octobre", ">Mali, octobre<"), ("", ' lang="en" dir="ltr">Mali, October<')],
)
def test_a_title_is_in_the_language_of_the_page_or_says_in_which(
    client: Client, issue: Issue, translated: str, marked: str
) -> None:
    Issue.objects.update(title=en("Mali, October", fr=translated))
    issue.refresh_from_db()
    published(issue)

    for path in (list_path(issue.publication), path_of(issue)):
        page = client.get(path, headers={"accept-language": "fr"}).content.decode()
        assert marked in page


def test_what_a_publication_has_in_english_alone_is_marked_as_english(
    client: Client, issue: Issue, publication: Publication
) -> None:
    publication.languages = ["en"]
    publication.save()
    Issue.objects.update(dated=date(2023, 10, 3))
    issue.refresh_from_db()
    published(issue)

    page = client.get(path_of(issue), headers={"accept-language": "fr"}).content.decode()

    assert '<html lang="fr" dir="ltr">' in page
    assert '<article lang="en" dir="ltr">' in page
    assert "3 October 2023" in page


def test_the_sign_up_form_leads_to_an_open_archive(
    client: Client, publication: Publication
) -> None:
    assert f'href="{list_path(publication)}"' in page_of(client, f"/p/{publication.slug}/")

    Publication.objects.update(archive_open=False)
    assert "/archive/" not in page_of(client, f"/p/{publication.slug}/")


def test_the_pages_lead_to_the_sign_up_form(client: Client, issue: Issue) -> None:
    published(issue)

    for path in (path_of(issue), list_path(issue.publication)):
        assert f'href="/p/{issue.publication.slug}/"' in page_of(client, path)
