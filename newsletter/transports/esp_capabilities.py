"""What each ESP can do for a newsletter, as data.

The rule of the table: one call for one reader, unless it is proven, by the ESP's documents and
by our tests, that a call for many shows each reader their own values, in the body and in the
one-click headers, and says which reader was refused. Many may share an edition, whose values are
merged, or be sent distinct messages. Anything in doubt stays one by one, which works everywhere;
a larger call is only faster.

What is said of answers here is what the ESP documents. An answer that nothing here explains
is judged by its HTTP status (:mod:`newsletter.transports.esp_outcomes`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from newsletter.transports.esp_batches import MAILJET, POSTMARK, RESEND, Distinct
from subscribers.channels import Channel

#: Every ESP stamps the date itself, says to Gmail with a Feedback-ID of its own who sends, and
#: may have a Precedence of its own: one of ours beside it would only confuse. Without our date,
#: a call repeated with the same key is the same call, byte for byte.
STAMPED = frozenset({"Date", "Feedback-ID", "Precedence"})


@dataclass(frozen=True)
class Merge:
    """How an ESP takes one call for many readers, each with values of their own."""

    #: Readers in one call, at most.
    limit: int
    #: What stands in the text where the value of a slot goes. Values come in as they are:
    #: those for the HTML are escaped by us, under a name of their own.
    placeholder: str
    #: What the ESP would take for its own code. A text with it goes out one by one, where
    #: it is only text.
    code: re.Pattern[str]
    in_subject: bool = True
    #: Whether a reader's own headers take the place of the shared ones instead of joining
    #: them: then each reader is given all of them.
    own_headers_replace: bool = False


class KeyPlace(Enum):
    """Where an idempotency key goes."""

    HTTP_HEADER = "an HTTP header of the call"
    MESSAGE_HEADER = "among the headers of the message, where the ESP takes it out"


@dataclass(frozen=True)
class Idempotency:
    """A call repeated with the same key, while the ESP remembers it, is not another mail."""

    place: KeyPlace
    remembered_for: timedelta
    #: What a repeated call is answered with, where it is not the first answer once more.
    already_taken: re.Pattern[str] | None = None


@dataclass(frozen=True)
class Esp:
    """One row of the table, by Anymail's name for the ESP."""

    name: str
    merge: Merge | None = None
    distinct: Distinct | None = None
    idempotency: Idempotency | None = None
    #: Whether each reader of a call gets an id of their own. Where not, what is heard of them
    #: later is told by their metadata.
    distinct_ids: bool = True
    #: Whether it keeps our metadata and sends it back with its events.
    metadata: bool = True
    #: Whether an answer names those it refused. Where not, they are counted: as many as are
    #: missing were refused, or else somebody was left out.
    names_refused: bool = True
    #: Whether we have a backend of our own for it, made from Anymail's.
    own_backend: bool = False
    #: Headers that it sets itself, or refuses a call for.
    own_headers: frozenset[str] = STAMPED
    #: In the answer to a call that no other call will do better than, before a person mends
    #: the account.
    needs_a_person: re.Pattern[str] | None = None
    #: In an answer that puts off what it certainly did not take, whatever the status.
    not_now: re.Pattern[str] | None = None

    @property
    def backend(self) -> str:
        """Where its Anymail backend is."""
        where = "newsletter.transports.esp_" if self.own_backend else "anymail.backends."
        return f"{where}{self.name}.EmailBackend"


def _error_codes(*codes: int) -> str:
    return rf'"ErrorCode":\s*({"|".join(map(str, codes))})\b'


_ROWS = (
    # Raw MIME, a message each: the bulk call wants a stored template, or content that it
    # reads as one. boto3 repeats calls by itself unless told not to (esp_connections).
    Esp(
        "amazon_ses",
        needs_a_person=re.compile(
            "AccountSuspended|SendingPaused|MailFromDomainNotVerified|not verified"
        ),
        not_now=re.compile("Throttling|TooManyRequests|LimitExceeded"),
    ),
    # Calls for many fill in values only through a template stored there. The first changelog
    # says that keys live 15 minutes, the documents 30: we count on the shorter.
    Esp(
        "brevo",
        idempotency=Idempotency(
            KeyPlace.MESSAGE_HEADER,
            timedelta(minutes=15),
            already_taken=re.compile("duplicate_parameter"),
        ),
        needs_a_person=re.compile("not_enough_credits|permission_denied|account_under_validation"),
    ),
    # No headers for one reader in a call for many. It takes custom headers from enterprise
    # accounts only, and keeps no metadata: events are told by its id.
    Esp("mailersend", metadata=False),
    # One id for all of a call, and one bad address spoils the call for all.
    Esp(
        "mailgun",
        merge=Merge(
            limit=1000,
            placeholder="%recipient.{slot}%",
            code=re.compile(r"%(recipient|unsubscribe|mailing_list|tag_unsubscribe)", re.I),
        ),
        distinct_ids=False,
        own_backend=True,
        needs_a_person=re.compile("Domain not found|Mailgun Magnificent API"),
    ),
    # Placeholders work in the bodies, not in the subject. Of refused readers it names none.
    Esp(
        "mailjet",
        merge=Merge(
            limit=50,
            placeholder="[[var:{slot}]]",
            code=re.compile(r"\[\[\s*(var|data)\s*:", re.I),
            in_subject=False,
            own_headers_replace=True,
        ),
        distinct=MAILJET,
        names_refused=False,
        own_headers=STAMPED | {"List-Id", "Message-ID"},
    ),
    # Calls for many fill in values only through a template stored there.
    Esp("mailtrap"),
    # No headers for one reader in a call for many. Every error has the status 500.
    Esp("mandrill", needs_a_person=re.compile("Invalid_Key|PaymentRequired|Unknown_Subaccount")),
    # No calls for many, and no metadata: events are told by its id.
    Esp("postal", metadata=False),
    # A merged call has to be allowed by them; see POSTMARK_IN_BULK. An address that bounced
    # before is refused at once.
    Esp(
        "postmark",
        distinct=POSTMARK,
        needs_a_person=re.compile(_error_codes(10, 400, 401, 405, 412, 413)),
        not_now=re.compile(_error_codes(100, 429)),
    ),
    # It does not merge. A key is of all messages of a call.
    Esp(
        "resend",
        distinct=RESEND,
        idempotency=Idempotency(KeyPlace.HTTP_HEADER, timedelta(hours=24)),
        own_backend=True,
    ),
    # No calls for many.
    Esp("scaleway"),
    # It merges, but puts its own List-Unsubscribe in place of ours, and has one id for a call
    # and one answer for all of it as soon as anyone was refused.
    Esp("sparkpost"),
    # It takes a List-Unsubscribe of ours only from accounts that were allowed to.
    Esp("unisender_go"),
)
ESPS: Mapping[str, Esp] = {row.name: row for row in _ROWS}

#: Postmark's bulk call, which it enables on request: POSTMARK_USE_BULK_API says that it did.
#: Three braces are a value as it is. Whom it refuses is heard of later.
POSTMARK_IN_BULK = Esp(
    "postmark",
    merge=Merge(limit=500, placeholder="{{{{{{{slot}}}}}}}", code=re.compile(r"\{\{")),
    distinct=POSTMARK,
    needs_a_person=ESPS["postmark"].needs_a_person,
    not_now=ESPS["postmark"].not_now,
)


def capabilities(channel: Channel) -> Esp:
    """What the ESP of `channel` can do, with the settings that the channel has."""
    if channel.transport == "postmark" and channel.anymail.get("POSTMARK_USE_BULK_API"):
        return POSTMARK_IN_BULK
    return ESPS.get(channel.transport, Esp(channel.transport))
