"""Change regions, language, format and time zone."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from subscribers import bell, days
from subscribers.collation import in_order
from subscribers.errors import SubscriberError
from subscribers.forms import ChangeForm, typed_in
from subscribers.languages import spoken_to
from subscribers.listing import listed
from subscribers.models import Subscription, SubscriptionStatus
from subscribers.services import changing
from subscribers.services.preferences import change
from subscribers.tasks import send_notices
from subscribers.tokens import Purpose
from subscribers.views.answers import SeeOther, shown
from subscribers.views.proposing import ShownProposal, codes_proposed, proposal_in
from subscribers.views.token_pages import about, ended, subscription_page, unsubscribe_path


@require_http_methods(["GET", "HEAD", "POST"])
@subscription_page(Purpose.PREFERENCES)
def preferences(request: HttpRequest, subscription: Subscription) -> HttpResponse:
    """The reader's choice as it stands, or as a link proposes it, to be changed and saved."""
    if subscription.status == SubscriptionStatus.ENDED:
        return ended(request, subscription)
    form, proposal = _form(request, subscription)
    if form.is_valid() and _changed(request, form, subscription):
        with override(spoken_to(subscription.language)):
            messages.success(request, _saved(subscription))
        return SeeOther(request.path)
    context = {
        **about(subscription),
        "form": form,
        "proposal": proposal,
        "no_longer_covered": _about_regions_gone(form),
        "wording": _wording(subscription),
        "unsubscribe": unsubscribe_path(subscription),
        # With the token of this page: a fresh one would be good for longer.
        "end_links": f"{request.path}end-links/",
    }
    return render(request, "subscribers/preferences.html", context)


@require_POST
@subscription_page(Purpose.PREFERENCES)
def end_links(_request: HttpRequest, subscription: Subscription) -> HttpResponse:
    """End all links to this reader's preferences; a fresh one goes to their mailbox."""
    changing.end_older_links(subscription)
    transaction.on_commit(partial(bell.ring, send_notices))
    return SeeOther(reverse("subscribers:links_ended"))


@require_safe
def links_ended(request: HttpRequest) -> HttpResponse:
    return render(request, "subscribers/links_ended.html")


def _form(
    request: HttpRequest, subscription: Subscription
) -> tuple[ChangeForm, ShownProposal | None]:
    """The form as it was sent; else with the regions of the link, if it proposes any."""
    held = list(subscription.interest_set.regions.all())
    levels = subscription.interest_set.levels
    publication = subscription.publication
    if find := request.POST.get("find", "").strip():
        typed = typed_in(ChangeForm, request.POST)
        looking = ChangeForm(
            publication=publication, held=held, levels=levels, initial=typed, find=find
        )
        return looking, None
    if request.method == "POST":
        return ChangeForm(request.POST, publication=publication, held=held, levels=levels), None
    form = ChangeForm(
        publication=publication,
        held=held,
        levels=levels,
        asked_for=codes_proposed(request),
        initial={
            "regions": [region.code for region in held],
            "language": subscription.language,
            "mail_format": subscription.mail_format,
            "time_zone": subscription.subscriber.time_zone,
            "only_on_change": subscription.only_on_change,
            "paused_until": subscription.pause_ends_on,
        },
    )
    proposal = proposal_in(request, held, form.offered.values())
    if proposal is not None:
        form.initial["regions"] = proposal.ticked
        form.wanted = proposal.levels(levels)
        form.initial["level"] = form.usual_level()
    return form, proposal


def _changed(request: HttpRequest, form: ChangeForm, subscription: Subscription) -> bool:
    """Whether the change was made; what stands against it is shown on `form`."""
    seen = shown(request, _wording(subscription), page="/preferences/")
    try:
        change(subscription, shown=seen, **form.cleaned_data)
    except SubscriberError as error:
        form.add_error(None, str(error))
    return form.is_valid()


def _about_regions_gone(form: ChangeForm) -> str:
    """What becomes of regions that the reader chose and the newsletter dropped; empty if none."""
    gone = in_order(region.name for region in form.offer.no_longer_covered)
    text = _(
        "We no longer cover %(regions)s. Your choice is kept: if we cover it again, you get it. "
        "Untick what you no longer want."
    )
    return text % {"regions": listed(gone)} if gone else ""


def _saved(subscription: Subscription) -> str:
    if until := subscription.pause_ends_on:
        return _("Saved. We send you nothing until %(day)s.") % {"day": days.day(until)}
    return _("Saved. The next issue follows your new choice.")


def _wording(subscription: Subscription) -> str:
    return _("Send me “%(publication)s” as chosen here from now on.") % {
        "publication": subscription.publication.name
    }
