"""The addresses of the outbox."""

from __future__ import annotations

from django.urls import path

from newsletter.views import outbox

app_name = "newsletter"

urlpatterns = [
    path("outbox/", outbox.outbox_list, name="outbox"),
    path("outbox/<str:name>/", outbox.outbox_message, name="outbox-message"),
    path("outbox/<str:name>/html/", outbox.outbox_html, name="outbox-html"),
    path("outbox/<str:name>/raw/", outbox.outbox_raw, name="outbox-raw"),
]
