"""The addresses of the outbox."""

from __future__ import annotations

from django.urls import path

from newsletter import views

app_name = "newsletter"

urlpatterns = [
    path("outbox/", views.outbox_list, name="outbox"),
    path("outbox/<str:name>/", views.outbox_message, name="outbox-message"),
    path("outbox/<str:name>/html/", views.outbox_html, name="outbox-html"),
    path("outbox/<str:name>/raw/", views.outbox_raw, name="outbox-raw"),
]
