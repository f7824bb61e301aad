"""What the desk's own pages share."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.utils.functional import Promise


def visible(model_admin: ModelAdmin[Any], request: HttpRequest, object_id: str) -> Any:
    """The object of `model_admin` that an address names.

    Raises:
        Http404: there is none.
        PermissionDenied: the person who asks may not see it.
    """
    found = model_admin.get_object(request, unquote(object_id))
    if found is None:
        raise Http404
    if not model_admin.has_view_permission(request, found):
        raise PermissionDenied
    return found


def require_permission(request: HttpRequest, permission: str) -> None:
    """Let only those go on who have `permission`, such as "newsletter.add_mailing".

    Raises:
        PermissionDenied: the person who asks does not have it.
    """
    if not request.user.has_perm(permission):
        raise PermissionDenied


def page(
    model_admin: ModelAdmin[Any],
    request: HttpRequest,
    template: str,
    *,
    original: Model,
    title: str | Promise,
    **context: Any,
) -> TemplateResponse:
    """A page about `original` in the frame of the admin."""
    shared = model_admin.admin_site.each_context(request)
    about = {"opts": model_admin.opts, "original": original, "title": title}
    return TemplateResponse(request, f"admin/newsletter/{template}", shared | about | context)
