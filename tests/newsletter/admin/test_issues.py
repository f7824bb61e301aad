"""Writing an issue."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from newsletter.editorial.scheduling import schedule
from newsletter.models import Assessment, Incident, Issue, Section
from subscribers.models import Publication, Region
from subscribers.models.texts import Texts
from tests.newsletter.admin.conftest import an_issue
from tests.newsletter.admin.opened import open_page
from tests.newsletter.factories import make_issue
from tests.newsletter.parts import en

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(publication: Publication) -> Issue:
    """Made for those alone that begin with one."""
    return an_issue(publication)


def region(code: str) -> int:
    return Region.objects.get(code=code).pk


def form(publication: Publication, **fields: object) -> dict[str, object]:
    """The form of a new issue with one section and one assessment, changed by `fields`."""
    management = {
        f"{prefix}-{name}": number
        for prefix in ("sections", "assessments")
        for name, number in (("TOTAL_FORMS", 1), ("INITIAL_FORMS", 0))
    }
    return {
        **management,
        "publication": publication.pk,
        "kind": "regular",
        "title": "October",
        "slug": "october",
        "subject": "What happened",
        "dated": "2023-10-31",
        "sections-0-position": 10,
        "sections-0-kind": "regions",
        "sections-0-title": "On Kayes",
        "sections-0-body": "Quiet.",
        "sections-0-regions": [region("ML-1")],
        "assessments-0-region": region("ML-1"),
        "assessments-0-trend": "decreased",
        **fields,
    }


def incident_form(section: Section, **fields: object) -> dict[str, object]:
    """The form of `section` with one new incident, changed by `fields`."""
    return {
        "position": section.position,
        "kind": section.kind,
        "title": section.title.original,
        "body": section.body.original,
        "regions": [r.pk for r in section.regions.all()],
        "incidents-TOTAL_FORMS": 1,
        "incidents-INITIAL_FORMS": 0,
        "incidents-0-date_precision": "day",
        "incidents-0-date_start": "2023-10-02",
        "incidents-0-regions": [region("ML-1")],
        "incidents-0-event_type": "attack",
        "incidents-0-summary": "An attack.",
        **fields,
    }


def test_an_issue_is_written_with_its_sections_and_assessments(
    admin_client: Client, publication: Publication
) -> None:
    admin_client.post(reverse("admin:newsletter_issue_add"), form(publication))

    issue = Issue.objects.get()
    assert [str(s.title) for s in issue.sections.all()] == ["On Kayes"]
    assert [a.trend for a in issue.assessments.all()] == ["decreased"]


def test_an_issue_is_in_the_first_language_of_its_publication_unless_told_otherwise(
    admin_client: Client, publication: Publication
) -> None:
    publication.languages = ["fr", "en"]
    publication.save()

    admin_client.post(reverse("admin:newsletter_issue_add"), form(publication))
    admin_client.post(
        reverse("admin:newsletter_issue_add"), form(publication, slug="other", language="en")
    )

    assert dict(Issue.objects.values_list("slug", "language")) == {"october": "fr", "other": "en"}


@pytest.mark.parametrize(
    ("trend", "before", "now", "contradicts"),
    [
        ("increased", 4, 7, False),
        ("increased", 7, 4, True),
        ("decreased", 4, 7, True),
        ("unchanged", 4, 7, True),
        ("unchanged", 4, 4, False),
        ("increased", None, 7, False),
        ("not_assessed", 4, 7, False),
    ],
)
def test_counts_bear_a_trend_out_or_not(
    trend: str, before: int | None, now: int, contradicts: bool
) -> None:
    assessment = Assessment(trend=trend, count=now, previous_count=before)

    assert assessment.contradicts_its_counts is contradicts


@pytest.mark.parametrize(("before", "warned"), [(4, False), (8, True), ("", False)])
def test_an_editor_is_warned_when_counts_and_trend_disagree(
    admin_client: Client, publication: Publication, before: object, warned: bool
) -> None:
    fields = {"trend": "increased", "count": 7, "previous_count": before, "counted": "attacks"}

    answer = admin_client.post(
        reverse("admin:newsletter_issue_add"),
        form(publication, **{f"assessments-0-{name}": value for name, value in fields.items()}),
        follow=True,
    )

    assert Issue.objects.get().assessments.get().trend == "increased"
    said = [str(message) for message in answer.context["messages"]]
    assert any("is that intended?" in sentence for sentence in said) is warned


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"title": "", "title_fr": "Octobre"}, "This field is required."),
        ({"title_fr": "Octobre\u2028et novembre"}, "Write it on one line"),
        ({"sections-0-title_fr": "\u200b"}, "Nothing of this can be seen."),
        ({"sections-0-body_fr": "x" * 60_001}, "at most 60000 characters"),
        ({"sections-0-body": "x" * 60_001}, "at most 60000 characters"),
        ({"sections-0-body": "x" * 3_000_000}, "at most 60000 characters"),
    ],
)
def test_a_missing_original_and_an_impossible_text_are_refused_with_a_sentence(
    admin_client: Client,
    publication: Publication,
    settings: Settings,
    fields: dict[str, object],
    sentence: str,
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000

    page = admin_client.post(
        reverse("admin:newsletter_issue_add"), form(publication, **fields)
    ).content.decode()

    assert sentence in page
    assert not Issue.objects.exists()


def test_saving_may_lead_to_the_preview(admin_client: Client, publication: Publication) -> None:
    answer = admin_client.post(
        reverse("admin:newsletter_issue_add"), form(publication, _preview="Save and preview")
    )

    assert answer["Location"] == reverse(
        "admin:newsletter_issue_preview", args=[Issue.objects.get().pk]
    )


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"assessments-0-count": 4}, "Say what is counted."),
        ({"assessments-0-previous_count": 4}, "A previous count needs a count now."),
    ],
)
def test_a_count_that_says_too_little_is_an_error_in_its_row(
    admin_client: Client, publication: Publication, fields: dict[str, object], sentence: str
) -> None:
    answer = admin_client.post(reverse("admin:newsletter_issue_add"), form(publication, **fields))

    assessments = answer.context["inline_admin_formsets"][1].formset
    assert assessments.forms[0].non_field_errors() == [sentence]
    assert not Issue.objects.exists()


def test_a_title_used_before_is_an_error_of_the_form(
    admin_client: Client, publication: Publication
) -> None:
    make_issue(publication, slug="october")

    answer = admin_client.post(reverse("admin:newsletter_issue_add"), form(publication))

    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"incidents-0-date_start": ""}, "Give the date, or the day it lies before."),
        ({"incidents-0-date_end": "2023-10-01"}, "It cannot end before it begins."),
        (
            {"incidents-0-toll_low": 5, "incidents-0-toll_high": 4},
            "The higher toll is below the lower one.",
        ),
    ],
)
def test_an_impossible_incident_is_an_error_in_its_place(
    admin_client: Client, issue: Issue, fields: dict[str, object], sentence: str
) -> None:
    section = issue.sections.get(title=en("On Kayes"))

    answer = admin_client.post(
        reverse("admin:newsletter_section_change", args=[section.pk]),
        incident_form(section, **fields),
    )

    incidents = answer.context["inline_admin_formsets"][0].formset
    assert incidents.forms[0].non_field_errors() == [sentence]
    assert not Incident.objects.exists()


def test_incidents_are_written_on_the_page_of_their_section(
    admin_client: Client, issue: Issue
) -> None:
    section = issue.sections.get(title=en("On Kayes"))
    page = reverse("admin:newsletter_section_change", args=[section.pk])

    assert (
        page
        in admin_client.get(
            reverse("admin:newsletter_issue_change", args=[issue.pk])
        ).content.decode()
    )
    answer = admin_client.post(page, incident_form(section))

    assert section.incidents.get().summary == en("An attack.")
    assert answer["Location"] == reverse("admin:newsletter_issue_change", args=[issue.pk])


def test_the_list_tells_the_sections_and_the_last_mailing(
    admin_client: Client, issue: Issue
) -> None:
    schedule(issue, at=None, by=None, even_to_nobody=True)

    page = admin_client.get(reverse("admin:newsletter_issue_changelist")).content.decode()

    assert '<td class="field-sections">3</td>' in page
    assert "scheduled" in page


def test_the_list_of_issues_does_not_query_row_by_row(
    admin_client: Client,
    publication: Publication,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(10):
        make_issue(publication, ("Letter", []))

    with django_assert_max_num_queries(8):
        admin_client.get(reverse("admin:newsletter_issue_changelist"))


def test_a_text_is_written_in_every_language_of_the_publication(
    admin_client: Client, publication: Publication
) -> None:
    publication.languages = ["en", "fr", "ar"]
    publication.save()

    typed = {"title_ar": "مالي", "sections-0-body_fr": "Calme.", "assessments-0-reason_ar": "هدوء"}
    admin_client.post(reverse("admin:newsletter_issue_add"), form(publication, **typed))

    issue = Issue.objects.get()
    section, assessment = issue.sections.get(), issue.assessments.get()
    assert issue.title == Texts({"en": "October", "ar": "مالي"})
    assert section.body == Texts({"en": "Quiet.", "fr": "Calme."})
    assert assessment.reason == Texts({"ar": "هدوء"})


def test_each_text_is_typed_in_its_own_direction(
    admin_client: Client, publication: Publication
) -> None:
    publication.languages = ["en", "ar"]
    publication.save()
    issue = make_issue(publication, ("Letter", []))

    page = admin_client.get(reverse("admin:newsletter_issue_change", args=[issue.pk]))

    html = page.content.decode()
    for name, language in (("title", "en"), ("title_ar", "ar"), ("sections-0-title_ar", "ar")):
        tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', html)
        assert tag
        direction = "rtl" if language == "ar" else "ltr"
        assert f'lang="{language}"' in tag[0]
        assert f'dir="{direction}"' in tag[0]
    assert "Title (Arabic):" in html


def test_words_in_a_language_that_the_publication_gave_up_stay(
    admin_client: Client, publication: Publication
) -> None:
    issue = make_issue(publication, ("Letter", []), title=en("October", es="Octubre"))

    open_page(admin_client, reverse("admin:newsletter_issue_change", args=[issue.pk])).put(
        title="November", title_fr="Novembre"
    ).send()

    issue.refresh_from_db()
    assert issue.title == Texts({"en": "November", "fr": "Novembre", "es": "Octubre"})


def test_who_may_only_look_sees_translations_too(publication: Publication) -> None:
    issue = make_issue(publication, ("Letter", []), title=en("October", fr="Octobre 2023"))
    issue.sections.update(body=en("Text.", fr="Texte français."))
    reader = User.objects.create_user("reader", is_staff=True)
    reader.user_permissions.set(
        Permission.objects.filter(codename__in=["view_issue", "view_section"])
    )
    client = Client()
    client.force_login(reader)

    page = client.get(reverse("admin:newsletter_issue_change", args=[issue.pk])).content.decode()

    assert "Octobre 2023" in page
    assert "Texte français." in page


@pytest.mark.parametrize(("language", "other"), [("en", "French"), ("fr", "English")])
def test_a_translation_is_called_by_its_language(
    admin_client: Client, publication: Publication, language: str, other: str
) -> None:
    issue = make_issue(publication, language=language)
    section = issue.sections.create(position=1, kind="letter", title=en("Letter"), body=en("Text."))
    pages = (
        reverse("admin:newsletter_issue_change", args=[issue.pk]),
        reverse("admin:newsletter_section_change", args=[section.pk]),
    )

    for page in pages:
        text = admin_client.get(page).content.decode()
        assert re.search(rf"<summary>.*?{other}.*?</summary>", text, re.DOTALL)
        assert "In the other language" not in text


def suggested(client: Client, page: str, name: str, term: str) -> set[str]:
    """What the field `name` of that page suggests for what is typed."""
    html = client.get(page).content.decode()
    field = re.search(rf'<select name="{name}"[^>]*>', html)
    assert field
    url = re.search(r'data-ajax--url="([^"]+)"', field[0])
    assert url
    about = re.findall(r'data-((?:app|model|field)-\w+)="(\w+)"', field[0])
    asked = {key.replace("-", "_"): value for key, value in about} | {"term": term}
    answer = client.get(f"{url[1]}&{urlencode(asked)}")
    return {one["text"] for one in answer.json()["results"]}


def test_only_regions_that_the_publication_covers_are_suggested(
    admin_client: Client, issue: Issue
) -> None:
    page = reverse("admin:newsletter_issue_change", args=[issue.pk])

    assert suggested(admin_client, page, "sections-0-regions", "ségou") == {"Segou (Mali)"}
    assert suggested(admin_client, page, "sections-0-regions", "dakar") == set()
    # Where no region is named, all are covered.
    issue.publication.regions.clear()
    assert suggested(admin_client, page, "sections-0-regions", "dakar") == {"Dakar (Senegal)"}
