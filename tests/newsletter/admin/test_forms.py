"""What holds for every form of the desk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest
from django import forms
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.auth.models import User
from django.db.models import DateField, Model, QuerySet
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse

from newsletter.admin.scheduling import ScheduleForm
from newsletter.editions.content import AssessmentContent, IncidentContent, SectionContent
from newsletter.editorial.drafts import draft_of
from newsletter.models import Assessment, Incident, Issue, Section
from subscribers.desk.dates import DayField, MomentField
from subscribers.desk.reading import ReadOnly
from tests.newsletter.admin.test_issues import incident_form
from tests.newsletter.parts import en

pytestmark = pytest.mark.django_db


def request_by(user: User) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = user
    return request


def pages_and_parts(request: HttpRequest) -> Iterator[Any]:
    """Every page of the desk, and every kind of part that a page has."""
    for model_admin in admin.site._registry.values():
        yield model_admin
        yield from model_admin.get_inline_instances(request)


def test_no_page_loses_the_order_in_which_its_rows_stand(admin_user: User) -> None:
    request = request_by(admin_user)
    rows: dict[str, QuerySet[Any]] = {
        type(page).__name__: page.get_queryset(request)
        for page in pages_and_parts(request)
        if page.model._meta.ordering
    }

    assert [name for name, queryset in rows.items() if not queryset.ordered] == []


def test_an_issue_shows_its_sections_by_position(admin_client: Client, issue: Issue) -> None:
    for position, title in ((1000, "last"), (0, "first"), (500, "middle")):
        Section.objects.create(issue=issue, position=position, title=en(title), body=en("Text."))

    page = admin_client.get(reverse("admin:newsletter_issue_change", args=[issue.pk]))

    sections = page.context["inline_admin_formsets"][0].formset
    positions = [form.instance.position for form in sections.initial_forms]
    assert positions == sorted(positions)


def test_every_date_of_the_desk_is_typed_as_everyone_reads_it(admin_user: User) -> None:
    request = request_by(admin_user)
    dates = {
        f"{type(page).__name__}.{field.name}": page.formfield_for_dbfield(field, request)
        for page in pages_and_parts(request)
        if not isinstance(page, ReadOnly)
        for field in page.model._meta.fields
        if isinstance(field, DateField) and field.editable
    }

    assert dates
    guessing = [
        name for name, field in dates.items() if not isinstance(field, DayField | MomentField)
    ]
    assert guessing == []


def test_no_form_of_the_desk_has_a_date_field_that_guesses(issue: Issue) -> None:
    fields = ScheduleForm(draft_of(issue)).fields.values()

    assert [
        field for field in fields if type(field) in (forms.DateField, forms.DateTimeField)
    ] == []


@pytest.mark.parametrize("language", ["en-GB,en;q=0.9", "fr"])
def test_a_day_that_may_be_two_is_stored_as_neither_and_nothing_typed_is_lost(
    admin_client: Client, issue: Issue, language: str
) -> None:
    section = issue.sections.get(title=en("On Kayes"))
    page = reverse("admin:newsletter_section_change", args=[section.pk])
    form = incident_form(section, **{"incidents-0-date_start": "07/09/2023"})

    answer = admin_client.post(page, form, headers={"Accept-Language": language})

    said = answer.content.decode()
    assert "2023-07-09" in said
    assert "2023-09-07" in said
    assert "An attack." in said
    assert not Incident.objects.exists()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_form_shows_days_as_it_takes_them(
    admin_client: Client, issue: Issue, language: str
) -> None:
    page = reverse("admin:newsletter_issue_change", args=[issue.pk])

    shown = admin_client.get(page, headers={"Accept-Language": language}).content.decode()

    assert f'value="{issue.dated.isoformat()}"' in shown


@pytest.mark.parametrize(
    ("model", "shape", "pages", "not_content"),
    [
        (Incident, IncidentContent, ("section",), {"section"}),
        (Section, SectionContent, ("section", "issue"), {"issue", "position"}),
        (Assessment, AssessmentContent, ("issue",), {"issue"}),
    ],
)
def test_what_is_a_column_is_content_and_on_the_form(
    issue: Issue,
    admin_user: User,
    model: type[Model],
    shape: type[Any],
    pages: tuple[str, ...],
    not_content: set[str],
) -> None:
    """A field more costs a column, a line of the shape, a place on the form, and its phrase."""
    own = (*model._meta.fields, *model._meta.many_to_many)
    columns = {field.name for field in own if field.editable and not field.primary_key}
    shown = {page: fields_on(page, model, issue, request_by(admin_user)) for page in pages}

    assert columns - not_content == {
        field.name for field in fields(shape) if field.name not in ("id", "incidents", "pictures")
    }
    assert all(columns - {"issue", "section"} <= names for names in shown.values())


def fields_on(page: str, model: type[Model], issue: Issue, request: HttpRequest) -> set[str]:
    """The fields for a `model` on the page of an issue or of a section, as a part or itself."""
    row: Any = issue if page == "issue" else issue.sections.first()
    owner: Any = admin.site._registry[type(row)]
    parts = owner.get_inline_instances(request, row)
    place = next(one for one in (owner, *parts) if one.model is model)
    return set(flatten_fieldsets(place.get_fieldsets(request, row)))
