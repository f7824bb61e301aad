"""Why a mailing stands still, or goes on badly."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Trouble(models.TextChoices):
    """A code with its parameters, which stand beside it: words are made when it is shown."""

    MISSED = (
        "missed",
        _("Its time passed while nothing was running to send it. Start it now?"),
    )
    NOT_FROZEN = (
        "not_frozen",
        _(
            "Who gets what could not be worked out. It is tried again every minute; the log says "
            "what is wrong."
        ),
    )
    #: With `number` and `edition`.
    LEAK_CHECK = "leak_check", _("It was stopped: its leak check failed.")
    #: With an `obstacle` and `words`, as all of these.
    REFUSED = "refused", _("Everyone in a batch was refused: %(words)s")
    MISCONFIGURED = "misconfigured", _("No email can be sent: %(words)s")
    #: With `channel`.
    NO_CHANNEL = (
        "no_channel",
        _(
            "Its channel “%(channel)s” is not set up here any more. Resume it once that is set "
            "up again; or cancel it, choose another channel for the publication, and schedule "
            "what is left."
        ),
    )
    UNAVAILABLE = "unavailable", _("The mail service can’t be reached: %(words)s")
    BUSY = "busy", _("The mail service asks for fewer emails at a time: %(words)s")
    CRASHES = (
        "crashes",
        _(
            "Whatever takes up an email of this mailing stops, and none got through. "
            "The log says why."
        ),
    )
    #: With `total` and `size`.
    MISCOUNTED = (
        "miscounted",
        _(
            "The counts do not add up: %(total)s of %(size)s are accounted for. "
            "Nothing more is sent; ask the developers."
        ),
    )
    OTHER_MAILING = (
        "other_mailing",
        _("Some emails wait until the other mailing of this issue is over."),
    )
