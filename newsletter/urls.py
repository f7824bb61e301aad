"""The addresses of the outbox and of what anyone may read. Those with a token stand in mail."""

from __future__ import annotations

from django.urls import path, re_path

from newsletter.views import outbox
from newsletter.views.archive import archive, archive_issue
from newsletter.views.maps import dark_edition_map, edition_map, map_picture
from newsletter.views.pictures import picture
from newsletter.views.web_view import web_view

app_name = "newsletter"

urlpatterns = [
    path("view/<str:token>/", web_view, name="web-view"),
    path("archive/<slug:slug>/", archive, name="archive"),
    path("archive/<slug:slug>/<slug:issue_slug>/", archive_issue, name="archive-issue"),
    path("maps/<str:token>.png", map_picture, name="map"),
    path("maps/of/<str:token>.png", edition_map, name="edition-map"),
    path("maps/of/<str:token>/dark.png", dark_edition_map, name="dark-edition-map"),
    re_path(
        r"^pictures/(?P<content_hash>[0-9a-f]{64})\.(?P<kind>jpg|png)\Z", picture, name="picture"
    ),
    path("outbox/", outbox.outbox_list, name="outbox"),
    path("outbox/<str:name>/", outbox.outbox_message, name="outbox-message"),
    path("outbox/<str:name>/html/", outbox.outbox_html, name="outbox-html"),
    path("outbox/<str:name>/raw/", outbox.outbox_raw, name="outbox-raw"),
]
