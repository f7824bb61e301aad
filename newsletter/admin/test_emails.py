"""Test emails: the button of the desk that sends an edition to the person who presses it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from newsletter.admin.showing import ShownEdition
from newsletter.editorial.test_emails import ExampleEmail, send_test_email
from newsletter.errors import NewsletterError
from subscribers.models import Publication


def send_to_me(request: HttpRequest, publication: Publication, shown: ShownEdition) -> None:
    """Mail `shown` to the person who asks, at their own address; the next page says whether."""
    user: Any = request.user
    example = ExampleEmail(publication, shown.language, shown.subject, shown.html, shown.text)
    try:
        send_test_email(example, to=user.email)
    except NewsletterError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("A test email is on its way to %(to)s.") % {"to": user.email})
