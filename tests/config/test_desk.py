from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import RequestFactory
from django.utils import translation
from django.utils.formats import localize
from django.utils.functional import Promise

from config.desk import DeskSite


@pytest.mark.django_db
def test_what_editors_use_most_comes_first(admin_user: User) -> None:
    site = DeskSite()
    for model, model_admin in admin.site._registry.items():
        site.register(model, type(model_admin))
    request = RequestFactory().get("/admin/")
    request.user = admin_user

    apps = site.get_app_list(request)

    assert [app["app_label"] for app in apps] == ["newsletter", "subscribers", "auth"]
    models = [model["object_name"] for model in apps[0]["models"]]
    assert models[:3] == ["Issue", "Mailing", "Correction"]


@pytest.mark.parametrize(("language", "month"), [("en", "March"), ("fr", "mars")])
def test_days_and_moments_are_written_in_one_way_with_their_zone(language: str, month: str) -> None:
    with translation.override(language):
        assert localize(date(2023, 3, 7)) == f"7 {month} 2023"
        assert localize(datetime(2023, 3, 7, 8, 5, tzinfo=UTC)) == f"7 {month} 2023, 08:05 (UTC)"


def test_every_model_has_a_name_in_the_language_of_the_desk() -> None:
    """It stands in the rights of staff, in logs, and where a deletion is asked about."""
    ours = [
        model
        for label in ("newsletter", "subscribers")
        for model in apps.get_app_config(label).get_models()
    ]

    nameless = [
        model.__name__ for model in ours if not isinstance(model._meta.verbose_name, Promise)
    ]

    assert nameless == []
