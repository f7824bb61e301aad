"""What an editor may do with a mailing, and what they are told once it is done."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from newsletter.editorial import scheduling
from newsletter.ledger.mailings import may
from newsletter.models import Mailing, MailingState, MailingTransition
from newsletter.rendering.words import number
from newsletter.sending import deadlines, resending
from subscribers.wordings import later


def offered(mailing: Mailing) -> dict[str, bool]:
    """What may be done with `mailing` in the state it is in."""
    state = MailingState(mailing.state)
    ran_out = state in deadlines.WAITING and deadlines.unsent_of(mailing) > 0
    return {
        "undo": state == MailingState.HELD,
        "start": state == MailingState.OVERDUE and not ran_out,
        "after_all": ran_out,
        "pause": may(mailing, MailingTransition.PAUSE),
        "resume": state == MailingState.PAUSED and not ran_out,
        "cancel": may(mailing, MailingTransition.CANCEL),
    }


# Each of these answers with the sentence that is shown and logged, or raises LookAgain.


def start(mailing: Mailing, by: User) -> Promise:
    scheduling.start_late(mailing, by=by)
    return _("Started late.")


def after_all(mailing: Mailing, by: User) -> Promise:
    sent = deadlines.send_after_all(mailing, by=by)
    return later(
        lambda: (
            ngettext(
                "%(number)s email is being sent after all.",
                "%(number)s emails are being sent after all.",
                sent,
            )
            % {"number": number(sent)}
        )
    )


def leave_out(mailing: Mailing, by: User) -> Promise:
    without = deadlines.leave_out(mailing, by=by)
    return later(
        lambda: (
            ngettext("%(number)s email is left out.", "%(number)s emails are left out.", without)
            % {"number": number(without)}
        )
    )


def pause(mailing: Mailing, by: User) -> Promise:
    scheduling.pause(mailing, by=by)
    return _("Paused.")


def resume(mailing: Mailing, by: User) -> Promise:
    scheduling.resume(mailing, by=by)
    return _("Resumed.")


def cancel(mailing: Mailing, by: User) -> Promise:
    scheduling.cancel(mailing, by=by)
    return _("Cancelled.") if mailing.frozen_at else _("Cancelled. Nothing was sent.")


def send_again(mailing: Mailing, by: User) -> Promise:
    again = resending.resend_unknown(mailing, by=by)
    return later(
        lambda: (
            ngettext(
                "%(number)s email is being resent.", "%(number)s emails are being resent.", again
            )
            % {"number": number(again)}
        )
    )
