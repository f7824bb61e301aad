"""Showing a password at the desk: counted, logged, and not even looked at where it is guessed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from subscribers.errors import AskToWait
from subscribers.models import AuditAction
from subscribers.services import auditing, signing_in
from subscribers.services.auditing import HIDDEN
from subscribers.services.consenting import cut_network
from subscribers.visitors import visitor_ip

#: Answers a request as Django does.
Answer = Callable[[], HttpResponse]


def sign_in(request: HttpRequest, answer: Answer) -> HttpResponse:
    """What `answer` says of the name and the password in `request`."""

    def is_right(answered: HttpResponse) -> bool:
        return answered.status_code == 302 and request.user.is_authenticated

    answered = _counted(request, request.POST.get("username", ""), answer, is_right)
    if is_right(answered):
        auditing.record(AuditAction.SIGNED_IN, by=_user(request))
    return answered


def change_password(request: HttpRequest, answer: Answer) -> HttpResponse:
    """What `answer` says of the old and the new password in `request`."""

    def is_right(answered: HttpResponse) -> bool:
        context: Any = getattr(answered, "context_data", None) or {}
        return "form" not in context or "old_password" not in context["form"].errors

    user = _user(request)
    answered = _counted(request, user.get_username(), answer, is_right)
    if answered.status_code == 302:
        changes = {"password": (HIDDEN, HIDDEN)}
        auditing.record(AuditAction.CHANGED, by=user, about=user, changes=changes)
    return answered


def _counted(
    request: HttpRequest, name: str, answer: Answer, is_right: Callable[[HttpResponse], bool]
) -> HttpResponse:
    """What `answer` says, if the password of `name` was not tried too often."""
    try:
        this = signing_in.begin(name, cut_network(visitor_ip(request)))
    except AskToWait as error:
        refusal = render(request, "429.html", {"error": error}, status=429)
        refusal.headers["Retry-After"] = str(int(signing_in.WINDOW.total_seconds()))
        return refusal
    answered = answer()
    if is_right(answered):
        signing_in.was_right(this)
    else:
        signing_in.was_wrong(this, name)
    return answered


def _user(request: HttpRequest) -> Any:
    return request.user
