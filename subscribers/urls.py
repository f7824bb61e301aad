"""The addresses of the reader's pages. Those with a token stand in mail: they never change."""

from __future__ import annotations

from django.urls import path, re_path

from subscribers.views.changing import end_links, links_ended, preferences
from subscribers.views.confirming import confirm, new_link
from subscribers.views.faces import accent, logo
from subscribers.views.signing_up import check_your_mail, home, signup
from subscribers.views.stopping import stop
from subscribers.views.undoing import undo
from subscribers.views.unsubscribing import unsubscribe

app_name = "subscribers"
urlpatterns = [
    path("", home, name="home"),
    re_path(r"^logos/(?P<content_hash>[0-9a-f]{64})\.(?P<kind>jpg|png)\Z", logo, name="logo"),
    re_path(r"^accents/(?P<light>[0-9a-f]{6})-(?P<dark>[0-9a-f]{6})\.css\Z", accent, name="accent"),
    path("p/<slug:slug>/", signup, name="signup"),
    path("check-your-mail/", check_your_mail, name="check_your_mail"),
    path("confirm/<str:token>/", confirm, name="confirm"),
    path("new-link/", new_link, name="new_link"),
    path("preferences/<str:token>/", preferences, name="preferences"),
    path("preferences/<str:token>/end-links/", end_links, name="end_links"),
    path("links-ended/", links_ended, name="links_ended"),
    path("undo/<str:token>/", undo, name="undo"),
    path("stop/<str:token>/", stop, name="stop"),
    path("unsubscribe/<str:token>/", unsubscribe, name="unsubscribe"),
]
