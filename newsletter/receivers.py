"""Where ESPs report: a door for each of a channel, and what comes in is kept and answered at once.

A worker does the rest. Nobody rings for it: a webhook's answer waits for the database alone,
and the ticker looks every second.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from json import JSONDecodeError
from typing import Any, cast

import requests
from anymail.exceptions import (
    AnymailConfigurationError,
    AnymailImproperlyInstalled,
    AnymailWebhookValidationFailure,
)
from anymail.signals import AnymailTrackingEvent
from anymail.webhooks.base import AnymailBasicAuthMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.module_loading import import_string
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from newsletter.feedback.tracking import store_event
from newsletter.transports.esp_connections import missing_variable
from newsletter.transports.esp_events import event_of, refuse_stale
from newsletter.transports.sns import NotSigned, verify
from subscribers.channels import MAIN, Channel, channel_named

logger = logging.getLogger(__name__)

#: Anymail's views, by the name of the ESP and of its module. Each is imported where it is in use:
#: together, with all that they import, they take more memory than the rest of a worker.
_VIEWS = {
    "amazon_ses": "AmazonSESTrackingWebhookView",
    "brevo": "BrevoTrackingWebhookView",
    "mailersend": "MailerSendTrackingWebhookView",
    "mailgun": "MailgunTrackingWebhookView",
    "mailjet": "MailjetTrackingWebhookView",
    "mailtrap": "MailtrapTrackingWebhookView",
    "mandrill": "MandrillCombinedWebhookView",
    "postal": "PostalTrackingWebhookView",
    "postmark": "PostmarkTrackingWebhookView",
    "resend": "ResendTrackingWebhookView",
    "sendgrid": "SendGridTrackingWebhookView",
    "sendinblue": "SendinBlueTrackingWebhookView",
    "sparkpost": "SparkPostTrackingWebhookView",
    "unisender_go": "UnisenderGoTrackingWebhookView",
}


def doors(channel: str) -> list[URLPattern]:
    """The addresses at which the ESPs of `channel` report, below that of its webhooks."""
    known = [esp for esp in channel_named(channel).reporting if esp in _VIEWS]
    addresses = [
        path(f"{esp}/tracking/", door(esp, channel), name=f"{esp}_tracking") for esp in known
    ]
    if "mandrill" in known:
        # It checks with a HEAD of the very address that it signs.
        addresses.append(path("mandrill/", door("mandrill", channel), name="mandrill"))
    return addresses


def door(esp: str, channel: str = MAIN) -> Callable[..., HttpResponse]:
    """The view at which `esp` reports of mail by `channel`; none while what it needs is not set."""
    base = _view_of(esp)
    kind = SesDoor if esp == "amazon_ses" else Door
    of_channel = {"esp": esp, "channel": channel}
    view = cast("type[Door]", type(f"{base.__name__}Door", (kind, base), of_channel)).as_view()

    @csrf_exempt
    def reports(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            answer: HttpResponse = view(request, *args, **kwargs)
        except (AnymailConfigurationError, AnymailImproperlyInstalled) as error:
            said = _in_our_words(error, channel_named(channel))
            logger.error("Reports of %s cannot be taken: %s", esp, said)
            raise Http404 from error
        return answer

    return reports


def what_is_missing(esp: str, channel: Channel) -> str:
    """What keeps the door of `esp` from being opened; empty if nothing does."""
    if esp not in _VIEWS:
        return ""
    view = _view_of(esp)
    try:
        view(**_own_settings(channel, esp))
    except (AnymailConfigurationError, AnymailImproperlyInstalled) as error:
        return _in_our_words(error, channel)
    return ""


def _in_our_words(error: Exception, channel: Channel) -> str:
    variable = missing_variable(error, channel)
    return f"{variable} is not set." if variable else str(error)


def _view_of(esp: str) -> type[Any]:
    view: type[Any] = import_string(f"anymail.webhooks.{esp}.{_VIEWS[esp]}")
    return view


def _own_settings(channel: Channel, esp: str) -> dict[str, Any]:
    """What the view for `esp` is told of `channel`, ahead of the settings of `main`."""
    own = channel.settings_of(esp)
    # What the view does not ask for becomes an attribute of it, and must not hide another one.
    harmless = {name: value for name, value in own.items() if not hasattr(View, name)}
    return {**harmless, "webhook_secret": channel.anymail["WEBHOOK_SECRET"]}


class Door(AnymailBasicAuthMixin):  # type: ignore[misc]
    """Ahead of a view of Anymail: nothing that is posted makes it fail, nor lose the rest.

    A sender that does not know the secret is not listened to. What of a batch cannot be read is
    counted, and the others are kept: no repetition would make it better.
    """

    #: Whose door it is: set in the class that is made for it.
    esp = channel = ""

    def __init__(self, **kwargs: Any) -> None:
        own = _own_settings(channel_named(self.channel), self.esp)
        super().__init__(**{**own, **kwargs})

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        if not request.headers.get("Authorization"):
            # Amazon SNS signs in only after it was asked to.
            challenge = {"WWW-Authenticate": 'Basic realm="reports"'}
            return HttpResponse(status=401, headers=challenge)
        try:
            self._let_in(request)
        except requests.RequestException as error:
            logger.warning("Who signed a report of %s cannot be told: %s", self.esp_name, error)
            return HttpResponse(status=503)
        self.unread = 0
        for event in self._events(request):
            self._take(event)
        if self.unread:
            logger.warning("%s: %d of its reports cannot be read.", self.esp_name, self.unread)
        return HttpResponse()

    def esp_to_anymail_event(self, *parts: Any) -> AnymailTrackingEvent | None:
        """One event of a batch; None for one that cannot be read."""
        try:
            return cast("AnymailTrackingEvent", super().esp_to_anymail_event(*parts))
        except AnymailConfigurationError:
            raise
        except Exception:  # Anymail reads whatever was posted as if it were as documented
            self.unread += 1
            return None

    def unwrap_event(self, raw_event: Any) -> Any:
        """SparkPost's, of which the one that cannot be read is taken for an empty one."""
        try:
            return super().unwrap_event(raw_event)
        except Exception:  # as above
            self.unread += 1
            return None, None, raw_event

    def _let_in(self, request: HttpRequest) -> None:
        # The secret first: the signatures of some are looked for in what was posted.
        AnymailBasicAuthMixin.validate_request(self, request)
        try:
            self.run_validators(request)
        except (AnymailWebhookValidationFailure, requests.RequestException):
            raise
        except Exception as error:  # as above
            raise AnymailWebhookValidationFailure(f"This is no report: {error!r}") from error

    def _events(self, request: HttpRequest) -> list[AnymailTrackingEvent]:
        try:
            events = self.parse_events(request)
        except AnymailConfigurationError as error:
            raise AnymailWebhookValidationFailure(str(error)) from error
        except (JSONDecodeError, UnicodeDecodeError) as error:
            raise AnymailWebhookValidationFailure(f"This is not JSON: {error}") from error
        except Exception:  # as above
            self.unread += 1
            return []
        return [event for event in events if event is not None]

    def _take(self, event: AnymailTrackingEvent) -> None:
        refuse_stale(self.esp_name, event)
        try:
            reported = event_of(self.esp_name, event)
        except Exception:  # as above
            self.unread += 1
            return
        if reported:
            reported.channel = self.channel
            store_event(reported)


class SesDoor(Door):
    """Amazon SES reports by way of SNS, which signs; Anymail does not look at that."""

    def validate_request(self, request: HttpRequest) -> None:
        try:
            verify(self._parse_sns_message(request))
        except NotSigned as error:
            raise AnymailWebhookValidationFailure(str(error)) from error

    def esp_to_anymail_events(self, *parts: Any) -> list[AnymailTrackingEvent]:
        try:
            return cast("list[AnymailTrackingEvent]", super().esp_to_anymail_events(*parts))
        except AnymailConfigurationError:
            raise
        except Exception:  # as above
            self.unread += 1
            return []
