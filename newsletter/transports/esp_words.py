"""What ESPs call the things that they report, and what that means: their words decide.

Anymail calls some of it by one name that is not one thing. A reader who is taken for gone, or
for hostile, by mistake is lost for good; one who is so is reported again at the next mailing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from newsletter.models import EventKind

#: Where in its report an ESP has the word.
Place = tuple[str, ...]


@dataclass(frozen=True)
class Said:
    """At one place in a report, what each word means, in lower case; and every other word."""

    place: Place
    kinds: Mapping[str, EventKind]
    otherwise: EventKind


#: The types of a feedback report (RFC 5965 §7.3, RFC 6430, RFC 6591). A reader writes the first
#: two of them, and the third when taking our mail out of the spam folder. The rest are verdicts
#: of filters: of a virus, of a signature that does not verify, of something else.
_FEEDBACK: Mapping[str, EventKind] = {
    "abuse": EventKind.COMPLAINED,
    "fraud": EventKind.COMPLAINED,
    "not-spam": EventKind.DELIVERED,
    "opt-out": EventKind.UNSUBSCRIBED,
    "opt-out-list": EventKind.UNSUBSCRIBED,
}

#: The first place that has a word decides. Where none has one, what Anymail says stands.
SAID: Mapping[tuple[str, EventKind], tuple[Said, ...]] = {
    ("Amazon SES", EventKind.COMPLAINED): (
        Said(("complaint", "complaintFeedbackType"), _FEEDBACK, EventKind.NOTED),
        # It did not send this one, for the account has a complaint from before.
        Said(
            ("complaint", "complaintSubType"),
            {"onaccountsuppressionlist": EventKind.REJECTED},
            EventKind.COMPLAINED,
        ),
    ),
    # The reader's mail server, not the reader, took it for spam.
    ("Postmark", EventKind.COMPLAINED): (
        Said(("Type",), {"spamnotification": EventKind.BOUNCED}, EventKind.COMPLAINED),
    ),
    # Staff can end sending to somebody there, too.
    ("Postmark", EventKind.UNSUBSCRIBED): (
        Said(("Origin",), {"recipient": EventKind.UNSUBSCRIBED}, EventKind.NOTED),
    ),
    # The reader's mail server refused the mail. Elsewhere that is called so.
    ("Postal", EventKind.FAILED): (Said((), {}, EventKind.BOUNCED),),
    ("SparkPost", EventKind.COMPLAINED): (
        Said(("msys", "message_event", "fbtype"), _FEEDBACK, EventKind.NOTED),
    ),
}

#: Where an ESP says which kind of bounce it was, and what it calls a hard one.
HARD: Mapping[str, tuple[Place, frozenset[object]]] = {
    "Amazon SES": (("bounce", "bounceType"), frozenset({"Permanent"})),
    "Brevo": (("event",), frozenset({"hard_bounce", "invalid_email"})),
    "MailerSend": (("data", "type"), frozenset({"hard_bounced"})),
    # Its severity is permanent also where the reader, or a filter, wants no mail of ours.
    "Mailgun": (("event-data", "reason"), frozenset({"bounce", "suppress-bounce"})),
    "Mailjet": (("hard_bounce",), frozenset({True})),
    "Mailtrap": (("event",), frozenset({"bounce"})),
    "Mandrill": (("event",), frozenset({"hard_bounce"})),
    "Postmark": (("Type",), frozenset({"HardBounce"})),
    "Resend": (("data", "bounce", "type"), frozenset({"Permanent"})),
    "SparkPost": (("msys", "message_event", "bounce_class"), frozenset({"10", "30"})),
    "Unisender Go": (
        ("delivery_info", "delivery_status"),
        frozenset({"err_user_unknown", "err_user_inactive"}),
    ),
}


def word_at(report: object, place: Place) -> str | bool | None:
    """The word at `place` in `report`; None if there is none."""
    for name in place:
        report = report.get(name) if isinstance(report, Mapping) else None
    return report if isinstance(report, str | bool) else None


def kind_of(esp_name: str, kind: EventKind, report: object) -> EventKind:
    """What the ESP `esp_name` says in its `report` of what Anymail calls `kind`."""
    for said in SAID.get((esp_name, kind), ()):
        if not said.place:
            return said.otherwise
        if word := word_at(report, said.place):
            return said.kinds.get(str(word).strip().lower(), said.otherwise)
    return kind
