"""Sign up, and what comes right after."""

from __future__ import annotations

import logging
from functools import partial

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from subscribers import bell
from subscribers.collation import collation_key
from subscribers.errors import (
    AskToLeaveEmpty,
    AskToSendAgain,
    AskWithAnotherStamp,
    SubscriberError,
)
from subscribers.forms import SignUpForm, typed_in
from subscribers.languages import asked_for
from subscribers.models import Publication
from subscribers.robots import SLOWEST, RobotCheck
from subscribers.services import limiting, stamping, subscribing
from subscribers.services.consenting import Shown
from subscribers.tasks import send_notices
from subscribers.views.answers import SeeOther, lead_on, shown

logger = logging.getLogger(__name__)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The form of the only publication, or the publications to choose from."""
    publications = sorted(Publication.objects.all(), key=lambda p: collation_key(str(p.name)))
    if len(publications) == 1:
        return form_of(request, publications[0])
    return render(request, "subscribers/publications.html", {"publications": publications})


@require_http_methods(["GET", "HEAD", "POST"])
def signup(request: HttpRequest, slug: str) -> HttpResponse:
    """The form of one publication. Every address gets the same answer."""
    try:
        publication = Publication.at(slug)
    except Publication.DoesNotExist:
        raise Http404 from None
    if request.method != "POST":
        if publication.slug != slug:
            return lead_on(request, "subscribers:signup", slug=publication.slug)
        return form_of(request, publication)
    check = _check_of(publication, request.POST)
    if find := request.POST.get("find", "").strip():
        typed = typed_in(SignUpForm, request.POST)
        looking = SignUpForm(publication=publication, initial=typed, find=find)
        return _form_page(request, publication, looking, check)
    form = SignUpForm(request.POST, publication=publication)
    if form.is_valid() and _taken(request, form, check, publication):
        return SeeOther(reverse("subscribers:check_your_mail"))
    return _form_page(request, publication, form, check)


def form_of(request: HttpRequest, publication: Publication) -> HttpResponse:
    """The empty form of `publication`, as it is stored or as it is to be."""
    return _form_page(request, publication, _empty_form(request, publication))


@require_safe
def check_your_mail(request: HttpRequest) -> HttpResponse:
    return render(request, "subscribers/check_your_mail.html")


def _taken(
    request: HttpRequest, form: SignUpForm, check: RobotCheck, publication: Publication
) -> bool:
    """Whether the request was taken; what stands against it is shown on `form`."""
    seen = shown(request, _wording(publication), page=request.path)
    try:
        _ask_if_in_doubt(check, seen)
        with transaction.atomic():
            _take(form, check, publication, seen)
    except SubscriberError as error:
        check.is_spent = isinstance(error, AskWithAnotherStamp)
        form.add_error(None, str(error))
    else:
        transaction.on_commit(partial(bell.ring, send_notices))
    return form.is_valid()


def _ask_if_in_doubt(check: RobotCheck, seen: Shown) -> None:
    """Ask for the form once more where a program may have sent it: a person can do that."""
    if check.in_the_trap:
        logger.warning(
            "A sign-up from %s came with its hidden field filled in.",
            seen.network or "an unknown network",
        )
        raise AskToLeaveEmpty
    if not check.took_its_time:
        raise AskToSendAgain


def _take(form: SignUpForm, check: RobotCheck, publication: Publication, seen: Shown) -> None:
    """Ask for the subscription, once for each form that was shown."""
    if stamping.use(check.note, form.fingerprint(), life=SLOWEST):
        subscribing.request(
            publication=publication,
            shown=seen,
            proven=check.proves(settings.SIGNUP_PROOF_BITS),
            **form.cleaned_data,
        )


def _check_of(publication: Publication, data: QueryDict | None = None) -> RobotCheck:
    # Not by its short name: that may change while somebody fills in the form.
    return RobotCheck(str(publication.pk), data)


def _empty_form(request: HttpRequest, publication: Publication) -> SignUpForm:
    initial = {"language": asked_for(request, publication.languages)}
    return SignUpForm(publication=publication, initial=initial)


def _form_page(
    request: HttpRequest,
    publication: Publication,
    form: SignUpForm,
    check: RobotCheck | None = None,
) -> HttpResponse:
    context = {
        "publication": publication,
        "form": form,
        "check": (check or _check_of(publication)).again(),
        "proof_bits": settings.SIGNUP_PROOF_BITS if limiting.brake_is_on() else 0,
        "wording": _wording(publication),
    }
    return render(request, "subscribers/signup.html", context)


def _wording(publication: Publication) -> str:
    return _(
        "I want to get “%(publication)s” by email, on the regions ticked here. I can change"
        " or stop that at any time, with the links at the end of every issue. My address is"
        " used for nothing else."
    ) % {"publication": publication.name}
