from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import RequestFactory

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
    assert models[:3] == ["Issue", "Mailing", "Delivery"]
