"""The desk's page on which a publication picks the regions that it covers, out of the world."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from subscribers.collation import in_order
from subscribers.desk.pages import DeskAdmin
from subscribers.errors import AskForRegions
from subscribers.listing import listed
from subscribers.models import Publication
from subscribers.regions.picking import RegionPicker
from subscribers.services.auditing import plain
from subscribers.services.covering import cover

PAGE = "subscribers_publication_regions"


class CoveringPage(DeskAdmin):
    """The page of a publication leads to one of its own, where its regions are picked."""

    def get_urls(self) -> list[URLPattern]:
        view = require_http_methods(["GET", "HEAD", "POST"])(self.regions_view)
        address = path("<path:object_id>/regions/", self.admin_site.admin_view(view), name=PAGE)
        mine: list[URLPattern] = [address]
        return mine + super().get_urls()

    def regions_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The tree to tick in. Every button but “Save” shows more of it, with what is ticked."""
        publication = self._publication(request, object_id)
        sent = request.POST
        if "save" in sent and self._covered(request, publication):
            return redirect("admin:subscribers_publication_change", publication.pk)
        named = [region.code for region in publication.regions.all()]
        ticked = sent.getlist("regions") if sent else named
        opened = [*sent.getlist("opened"), *sent.getlist("open")]
        find = sent.get("find", "").strip()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": publication,
            "title": _("Regions covered"),
            "picker": RegionPicker(ticked, opened=opened, find=find),
            "find": find,
            "opened": opened,
            "shown": sent.get("shown", ",".join(named)),
        }
        return TemplateResponse(request, "admin/subscribers/publication/regions.html", context)

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        """What a new publication needs next is regions."""
        return redirect(f"admin:{PAGE}", obj.pk)

    @admin.display(description=gettext_lazy("regions covered"))
    def regions_covered(self, publication: Publication) -> str:
        """By name, in their order."""
        if publication._state.adding:
            return _("Save first, then pick the regions.")
        return listed(in_order(region.name for region in publication.regions.all())) or "–"

    def _publication(self, request: HttpRequest, object_id: str) -> Publication:
        publication: Publication | None = self.get_object(request, unquote(object_id))
        if publication is None:
            raise Http404
        if not self.has_change_permission(request, publication):
            raise PermissionDenied
        return publication

    def _covered(self, request: HttpRequest, publication: Publication) -> bool:
        """Whether what was sent is done; a message says why not."""
        ticked = request.POST.getlist("regions")
        shown = request.POST.get("shown", "").split(",")
        try:
            covered = cover(publication, ticked, shown=shown)
        except AskForRegions as error:
            messages.error(request, str(error))
            return False
        if set(covered.before) != set(covered.after):
            changes = {"regions": [plain(covered.before), plain(covered.after)]}
            request.audited_changes = changes  # type: ignore[attr-defined]
            self.log_change(request, publication, gettext_lazy("Picked the regions covered."))
        messages.success(request, _("The regions are saved."))
        return True
