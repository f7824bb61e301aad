"""The desk where mailings are watched, paused and stopped. They are made from an issue."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from newsletter.admin import transitions
from newsletter.admin.desk import (
    OUTCOMES,
    channel_of,
    draft_has_changed,
    editions_of,
    number_of_parts,
    progress_of,
)
from newsletter.admin.pages import page, require_permission, visible
from newsletter.admin.showing import ShownEdition, framed, show, stored
from newsletter.admin.timeline import timeline_of
from newsletter.editions.stored import from_json
from newsletter.errors import LookAgain
from newsletter.models import DeliveryState, Edition, LeakCheck, Mailing
from newsletter.queries import choices_of, number_of
from newsletter.rendering.words import number
from newsletter.tasks import drain
from subscribers.bell import ring
from subscribers.days import moment
from subscribers.desk.lists import DeskChangeList
from subscribers.desk.reading import ReadOnlyAdmin
from subscribers.models import WITH_REGIONS
from subscribers.time_zones import place_of

#: Rights by which the numbers of a mailing offer more.
SHOW_MORE = tuple(
    f"newsletter.{may}" for may in ("view_delivery", "change_delivery", "change_mailing")
)
#: Seconds for which one answer is given to all who poll.
SHARED_FOR = 1


class MailingList(DeskChangeList):
    """Adds what is planned and accepted for the list alone: the page of one mailing has its own."""

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[Mailing]:
        mailings: QuerySet[Mailing] = super().get_queryset(request, exclude_parameters)
        return mailings.annotate(
            number_planned=number_of(*OUTCOMES), number_accepted=number_of(DeliveryState.ACCEPTED)
        )


@admin.register(Mailing)
class MailingAdmin(ReadOnlyAdmin):
    list_display = ("sends", "scheduled", "state", "planned", "accepted")
    list_filter = ("kind", "state", "issue__publication")
    narrowed_by = ("issue__id__exact",)
    list_select_related = ("issue__publication",)
    list_per_page = 20
    search_fields = ("issue__title",)
    show_full_result_count = False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[MailingList]:
        return MailingList

    @admin.display(description=gettext_lazy("issue"), ordering="issue")
    def sends(self, mailing: Mailing) -> str:
        return mailing.title

    @admin.display(description=gettext_lazy("scheduled for"), ordering="scheduled_at")
    def scheduled(self, mailing: Mailing) -> str:
        zone = mailing.issue.publication.zone
        local = timezone.localtime(mailing.scheduled_at, zone)
        return f"{moment(local)} ({place_of(zone.key)})"

    @admin.display(description=gettext_lazy("planned"))
    def planned(self, mailing: Mailing) -> str:
        return number(getattr(mailing, "number_planned", 0))

    @admin.display(description=gettext_lazy("accepted"))
    def accepted(self, mailing: Mailing) -> str:
        return number(getattr(mailing, "number_accepted", 0))

    def get_urls(self) -> list[URLPattern]:
        mine: list[URLPattern] = [
            path(
                f"<path:object_id>/{address}",
                self.admin_site.admin_view(view),
                name=f"newsletter_mailing_{name}",
            )
            for address, name, view in (
                ("progress/", "progress", require_safe(self.progress_view)),
                ("start/", "start", require_POST(partial(self._act, does=transitions.start))),
                (
                    "after-all/",
                    "after_all",
                    require_POST(partial(self._act, does=transitions.after_all)),
                ),
                (
                    "leave-out/",
                    "leave_out",
                    require_http_methods(["GET", "POST"])(self.leave_out_view),
                ),
                ("pause/", "pause", require_POST(partial(self._act, does=transitions.pause))),
                ("resume/", "resume", require_POST(partial(self._act, does=transitions.resume))),
                ("cancel/", "cancel", require_http_methods(["GET", "POST"])(self.cancel_view)),
                (
                    "again/",
                    "send_again",
                    require_http_methods(["GET", "POST"])(self.send_again_view),
                ),
                ("editions/<int:edition_id>/", "edition", require_safe(self.edition_view)),
                (
                    "editions/<int:edition_id>/mail/",
                    "edition_mail",
                    require_safe(self.edition_mail_view),
                ),
            )
        ]
        return mine + super().get_urls()

    @method_decorator(require_safe)
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The desk: where the mailing stands, and what became of every mail."""
        mailing: Mailing = visible(self, request, object_id)
        return page(
            self,
            request,
            "mailing/desk.html",
            original=mailing,
            title=_title(mailing),
            zone=mailing.issue.publication.time_zone,
            place=place_of(mailing.issue.publication.time_zone),
            progress=progress_of(mailing),
            channel=channel_of(mailing),
            may=transitions.offered(mailing),
            draft_has_changed=draft_has_changed(mailing),
            timeline=timeline_of(mailing),
            editions=editions_of(mailing),
            checked=LeakCheck.objects.filter(edition__mailing=mailing).count(),
            number_of_parts=number_of_parts(mailing),
        )

    def progress_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The numbers of the desk, for the script that keeps them moving.

        Those who ask within a moment, and are shown the same, share an answer.
        """
        mailing: Mailing = visible(self, request, object_id)
        rights = "".join(str(int(request.user.has_perm(one))) for one in SHOW_MORE)
        key = f"progress-{mailing.pk}-{get_language()}-{rights}"
        return JsonResponse(cache.get_or_set(key, partial(_numbers, mailing, request), SHARED_FOR))

    def cancel_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Cancel for good, after a page that asks."""
        if request.method == "POST":
            return self._act(request, object_id, does=transitions.cancel)
        return self._ask(
            request, object_id, "mailing/cancel.html", gettext_lazy("Cancel this mailing?")
        )

    def leave_out_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Leave out what is not sent though time ran out, after a page that asks."""
        if request.method == "POST":
            return self._act(request, object_id, does=transitions.leave_out)
        return self._ask(
            request, object_id, "mailing/leave_out.html", gettext_lazy("Leave them out?")
        )

    def send_again_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Resend what is unknown, after a page that says what that means."""
        if request.method == "POST":
            return self._act(request, object_id, does=transitions.send_again)
        return self._ask(
            request, object_id, "mailing/send_again.html", gettext_lazy("Resend them?")
        )

    def _ask(
        self, request: HttpRequest, object_id: str, template: str, title: Promise
    ) -> HttpResponse:
        mailing: Mailing = visible(self, request, object_id)
        require_permission(request, "newsletter.change_mailing")
        return page(
            self,
            request,
            template,
            original=mailing,
            title=title,
            progress=progress_of(mailing),
            may=transitions.offered(mailing),
        )

    def _act(
        self, request: HttpRequest, object_id: str, *, does: Callable[[Mailing, User], Promise]
    ) -> HttpResponseRedirect:
        """Do it, and say and log what it says."""
        mailing: Mailing = visible(self, request, object_id)
        require_permission(request, "newsletter.change_mailing")
        try:
            done = does(mailing, cast("User", request.user))
        except LookAgain as error:
            messages.error(request, str(error))
        else:
            transaction.on_commit(partial(ring, drain))
            self.log_change(request, mailing, done)
            messages.success(request, str(done))
        return redirect("admin:newsletter_mailing_change", mailing.pk)

    def edition_view(self, request: HttpRequest, object_id: str, edition_id: int) -> HttpResponse:
        """One stored edition, as its readers get it."""
        mailing: Mailing = visible(self, request, object_id)
        edition = get_object_or_404(mailing.editions, pk=edition_id)
        choices = choices_of(edition)
        return page(
            self,
            request,
            "mailing/edition.html",
            original=mailing,
            title=_("Edition %(key)s") % {"key": edition.key[:8]},
            edition=edition,
            shown=_shown(edition, mailing),
            choices=choices.sets.prefetch_related(WITH_REGIONS),
            are_some=choices.are_some,
            frame=reverse("admin:newsletter_mailing_edition_mail", args=[mailing.pk, edition.pk]),
        )

    def edition_mail_view(
        self, request: HttpRequest, object_id: str, edition_id: int
    ) -> HttpResponse:
        """The mail itself, for the frames of the page of its edition."""
        mailing: Mailing = visible(self, request, object_id)
        edition = get_object_or_404(mailing.editions, pk=edition_id)
        return framed(_shown(edition, mailing).html)


def _numbers(mailing: Mailing, request: HttpRequest) -> dict[str, object]:
    progress = progress_of(mailing)
    return {
        "state": mailing.state,
        "over": progress.is_over,
        "summary": progress.summary,
        "countdown": progress.countdown,
        "html": render_to_string(
            "admin/newsletter/mailing/numbers.html", {"progress": progress}, request
        ),
    }


def _title(mailing: Mailing) -> str:
    issue = {"issue": mailing.issue}
    if mailing.is_correction:
        return _("Correction of %(issue)s") % issue
    return _("Mailing of %(issue)s") % issue


def _shown(edition: Edition, mailing: Mailing) -> ShownEdition:
    """`edition` as a reader of the first of its sets of regions gets it."""
    interest_set = choices_of(edition).sets.first()
    content = from_json(mailing.version.content)
    return show(
        stored(edition, content),
        content,
        interest_set.chosen.select_related("region") if interest_set else (),
        mailing.issue.publication.today,
    )
