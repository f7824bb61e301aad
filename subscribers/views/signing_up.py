"""Sign up, and what comes right after."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from subscribers import bell
from subscribers.errors import SubscriberError
from subscribers.forms import SignUpForm
from subscribers.models import Publication
from subscribers.services import subscribing
from subscribers.services.consenting import Shown
from subscribers.tasks import send_notices
from subscribers.views.answers import SeeOther, shown


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The form of the only publication, or the publications to choose from."""
    publications = list(Publication.objects.all())
    if len(publications) == 1:
        return _form_page(request, publications[0], _empty_form(publications[0]))
    return render(request, "subscribers/publications.html", {"publications": publications})


@require_http_methods(["GET", "HEAD", "POST"])
def signup(request: HttpRequest, slug: str) -> HttpResponse:
    """The form of one publication. Every address gets the same answer."""
    publication = get_object_or_404(Publication, slug=slug)
    if request.method != "POST":
        return _form_page(request, publication, _empty_form(publication))
    form = SignUpForm(request.POST, publication=publication)
    seen = shown(request, _wording(publication), page=request.path)
    if form.is_valid() and _requested(form, publication, seen):
        transaction.on_commit(partial(bell.ring, send_notices))
        return SeeOther(reverse("subscribers:check_your_mail"))
    return _form_page(request, publication, form)


@require_safe
def check_your_mail(request: HttpRequest) -> HttpResponse:
    return render(request, "subscribers/check_your_mail.html")


def _requested(form: SignUpForm, publication: Publication, seen: Shown) -> bool:
    """Whether the request was taken; what stands against it is shown on `form`."""
    try:
        subscribing.request(publication=publication, shown=seen, **form.cleaned_data)
    except SubscriberError as error:
        form.add_error(None, str(error))
    return form.is_valid()


def _empty_form(publication: Publication) -> SignUpForm:
    language = get_language()
    offered = publication.languages
    initial = {"language": language if language in offered else offered[0]}
    return SignUpForm(publication=publication, initial=initial)


def _form_page(request: HttpRequest, publication: Publication, form: SignUpForm) -> HttpResponse:
    context = {"publication": publication, "form": form, "wording": _wording(publication)}
    return render(request, "subscribers/signup.html", context)


def _wording(publication: Publication) -> str:
    return _(
        "I want to get “%(publication)s” by email, on the regions ticked here. I can change"
        " or stop that at any time, with the links at the end of every issue. My address is"
        " used for nothing else."
    ) % {"publication": publication.name}
