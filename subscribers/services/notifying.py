"""Owe transactional mail to one person, and send what is owed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from itertools import islice

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from subscribers import emails
from subscribers.channels import NoSuchChannel, channel_named
from subscribers.differences import differences
from subscribers.models import (
    Notice,
    NoticeKind,
    NoticeReason,
    NoticeState,
    SignUpRequest,
    Subscriber,
    Subscription,
    SubscriptionStatus,
)
from subscribers.services.claiming import claim, held
from subscribers.services.clone_guard import mail_may_leave, register
from subscribers.services.suppressing import is_suppressed

logger = logging.getLogger(__name__)

#: Fresh links that one mailbox is sent within so long: a page must not be a means to flood it.
NEW_LINK_CAPS = {timedelta(minutes=10): 1, timedelta(days=1): 3, timedelta(days=30): 6}
#: The wait after the first try that failed; each further one doubles it.
RETRY_AFTER = timedelta(minutes=1)
MAX_ATTEMPTS = 6
#: By which a notice goes, as queries ask for it.
PUBLICATIONS_CHANNEL = "subscription__publication__channel"

WRITE: Mapping[str, Callable[[Notice], EmailMultiAlternatives]] = {
    NoticeKind.CONFIRM: emails.confirm,
    NoticeKind.ALREADY_ACTIVE: emails.already_active,
    NoticeKind.NEW_LINK: emails.new_link,
    NoticeKind.CHANGED: emails.changed,
    NoticeKind.LINKS_ENDED: emails.links_ended,
}


def owe(
    subscription: Subscription, kind: NoticeKind, *, request: SignUpRequest | None = None
) -> bool:
    """Owe a notice to the subscriber; False where their mailbox is suppressed."""
    if is_suppressed(subscription.subscriber.mailbox):
        return False
    # From here on something is owed, and a copy would owe it too.
    register()
    Notice.objects.create(subscription=subscription, kind=kind, request=request)
    return True


@transaction.atomic
def ask_new_link(subscription: Subscription) -> bool:
    """Owe the subscriber a link to their preferences; False where nothing will be mailed."""
    if subscription.status != SubscriptionStatus.ACTIVE:
        return False
    # Locked, so that two requests at once do not both count one and write the next.
    subscriber = Subscriber.objects.select_for_update().get(pk=subscription.subscriber_id)
    before = Notice.objects.filter(subscription__subscriber=subscriber, kind=NoticeKind.NEW_LINK)
    now = timezone.now()
    if any(
        before.filter(created_at__gt=now - window).count() >= cap
        for window, cap in NEW_LINK_CAPS.items()
    ):
        return False
    return owe(subscription, NoticeKind.NEW_LINK)


def notices_due() -> bool:
    return _due().exists()


def send_due(limit: int = 100) -> int:
    """Send up to `limit` notices that are due by each channel; how many were taken.

    Where a mail service cannot be reached, or the channel is not set up here, everything stays
    owed for a later time and no try is counted.
    """
    owing = _due().order_by(PUBLICATIONS_CHANNEL).values_list(PUBLICATIONS_CHANNEL, flat=True)
    return sum(_send_by(channel, limit) for channel in list(owing.distinct()))


def _send_by(channel: str, limit: int) -> int:
    try:
        mail = channel_named(channel).connection()
    except NoSuchChannel:
        _wait(channel, NoticeReason.NO_CHANNEL, channel)
        return 0
    except Exception as error:  # every mail backend has errors of its own
        _wait(channel, NoticeReason.UNREACHABLE, str(error))
        return 0
    try:
        return sum(_send(notice, mail) for notice in islice(_claims(channel, mail), limit))
    finally:
        mail.close()


def _due() -> QuerySet[Notice]:
    return Notice.objects.filter(state=NoticeState.OWED, due_at__lte=timezone.now())


def _due_by(channel: str) -> QuerySet[Notice]:
    return _due().filter(**{PUBLICATIONS_CHANNEL: channel})


def _claims(channel: str, mail: BaseEmailBackend) -> Iterator[Notice]:
    """Due notices, each claimed when it is taken, while mail may leave and the service answers."""
    while _due_by(channel).exists() and mail_may_leave() and _answers(channel, mail):
        notice = claim(_due_by(channel))
        if notice is None:
            return
        yield notice


def _answers(channel: str, mail: BaseEmailBackend) -> bool:
    """Whether the mail service can be reached; if not, all that is due by it is put off."""
    try:
        mail.open()
    except Exception as error:  # every mail backend has errors of its own
        _wait(channel, NoticeReason.UNREACHABLE, str(error))
        return False
    return True


def _wait(channel: str, reason: NoticeReason, words: str) -> None:
    """Put off all that is due by `channel`; `words` are those of the mail service."""
    logger.warning("Nothing leaves by the channel %s: %s (%s)", channel, reason.value, words)
    later = timezone.now() + RETRY_AFTER
    _due_by(channel).update(due_at=later, reason=reason, trouble=words[:300])


def _send(notice: Notice, mail: BaseEmailBackend) -> bool:
    if reason := _reason_not_to(notice):
        _record(notice, NoticeState.FAILED, reason=reason, trouble="")
        return False
    try:
        message = WRITE[notice.kind](notice)
        with held(notice):
            mail.send_messages([message])
    except Exception as error:  # every mail backend has errors of its own
        logger.warning("Notice %s was not sent: %s", notice.pk, type(error).__name__)
        _put_off(notice, error)
        # What the session is worth after an error is not known: the next one opens another.
        mail.close()
        return False
    _record(notice, NoticeState.SENT, sent_at=timezone.now(), reason="", trouble="")
    return True


def _reason_not_to(notice: Notice) -> NoticeReason | None:
    has_ended = notice.subscription.status == SubscriptionStatus.ENDED
    if has_ended and notice.kind not in (NoticeKind.CONFIRM, NoticeKind.CHANGED):
        return NoticeReason.ENDED
    if notice.change is not None and not differences(notice.change):
        return NoticeReason.UNCHANGED
    if is_suppressed(notice.subscription.subscriber.mailbox):
        return NoticeReason.SUPPRESSED
    return None


def _put_off(notice: Notice, error: Exception) -> None:
    """Try again after 1, 2, 4 … minutes, or give up."""
    # What Django and our own mail backends say of what cannot be a message is a ValueError.
    unwritable = isinstance(error, ValueError)
    reason = NoticeReason.UNWRITABLE if unwritable else NoticeReason.NOT_TAKEN
    state = NoticeState.FAILED if notice.attempts >= MAX_ATTEMPTS else NoticeState.OWED
    wait = RETRY_AFTER * 2 ** (notice.attempts - 1)
    trouble = "" if unwritable else str(error)[:300]
    _record(notice, state, due_at=timezone.now() + wait, reason=reason, trouble=trouble)


def _record(notice: Notice, state: NoticeState, **fields: object) -> None:
    """Write what became of `notice`, unless another worker has sent it since."""
    Notice.objects.filter(pk=notice.pk, state=NoticeState.OWED).update(state=state, **fields)
