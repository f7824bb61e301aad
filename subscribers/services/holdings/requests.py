"""What was asked for in somebody's name, and the transactional mail that answers it."""

from __future__ import annotations

from datetime import timedelta

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from subscribers.models import (
    WITH_REGIONS,
    Notice,
    NoticeState,
    SignUp,
    SignUpRequest,
)
from subscribers.services import claiming, limiting
from subscribers.services.holdings.readers import publication_of, regions_of
from subscribers.services.personal_data import Holding, Leaving, Person


def _requests(person: Person) -> QuerySet[SignUpRequest]:
    mine = _requests_of([person.id], [person.mailbox])
    return mine.select_related("publication").prefetch_related(f"interest_set__{WITH_REGIONS}")


def _requests_of(ids: list[int], mailboxes: list[str]) -> QuerySet[SignUpRequest]:
    """What these people asked for, and what was asked for in their name and waits for an answer."""
    answered = Q(subscription__subscriber__in=ids)
    addresses = SignUpRequest.objects.annotate(mailbox=Lower("address"))
    return addresses.filter(answered | Q(mailbox__in=mailboxes))


def _notices(person: Person) -> QuerySet[Notice]:
    mine = Notice.objects.filter(subscription__subscriber=person.id)
    return mine.select_related("subscription__publication")


def _sign_ups(*people: Person) -> QuerySet[SignUp]:
    return SignUp.objects.filter(mailbox_key__in=[limiting.key_of(one.address) for one in people])


def _forget_requests(leaving: Leaving) -> None:
    _requests_of(leaving.ids, leaving.mailboxes).delete()


def _forget_notices(leaving: Leaving) -> None:
    mine = Notice.objects.filter(subscription__subscriber__in=leaving.ids)
    mine._raw_delete(DEFAULT_DB_ALIAS)


def _noticed_now(leaving: Leaving) -> frozenset[int]:
    """Those to whom a worker may be sending a notice: it is heard of within its lease."""
    now = timezone.now()
    claimed = Notice.objects.filter(
        subscription__subscriber__in=leaving.ids,
        state=NoticeState.OWED,
        attempts__gt=0,
        due_at__gt=now,
        due_at__lte=now + claiming.LEASE + timedelta(seconds=1),
    )
    return frozenset(claimed.values_list("subscription__subscriber", flat=True))


def _forget_sign_ups(leaving: Leaving) -> None:
    _sign_ups(*leaving.people)._raw_delete(DEFAULT_DB_ALIAS)


REQUESTS = Holding(
    key="requests",
    title=_("Requests to subscribe that you can confirm"),
    model=SignUpRequest,
    shown=(
        "publication",
        "address",
        "language",
        "mail_format",
        "wording",
        "page",
        "page_language",
        "network",
        "requested_at",
        "expires_at",
        "used_at",
    ),
    derived={"regions": (_("regions"), regions_of)},
    internal=("id", "public_id", "subscription", "interest_set", "due_at"),
    rows=_requests,
    erase=_forget_requests,
    kept="7 days",
)
NOTICES = Holding(
    key="notices",
    title=_("Confirmations and links sent to you"),
    model=Notice,
    shown=("kind", "state", "created_at", "sent_at", "reason", "trouble"),
    derived={"publication": (_("publication"), publication_of)},
    internal=("id", "subscription", "request", "change", "due_at", "attempts"),
    rows=_notices,
    erase=_forget_notices,
    in_use=_noticed_now,
    kept="RETAIN_NOTICES_DAYS",
)
SIGN_UPS = Holding(
    key="sign_ups",
    title=_("Requests of the last month, counted"),
    model=SignUp,
    shown=("at", "network"),
    internal=("id", "mailbox_key", "answered", "confirmed"),
    rows=_sign_ups,
    erase=_forget_sign_ups,
    kept="30 days",
)
