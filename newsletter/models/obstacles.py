"""What kept mail from being handed over, where it is we who say so."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Obstacle(models.TextChoices):
    """A code that stands beside the words of somebody else, which it may have a place for.

    Those are a mail service's, the system's, or a value that is wrong. They stay as they are;
    ours are made when they are shown. None of it is told to readers.
    """

    NO_ANSWER = "no_answer", _("no answer came in time")
    HUNG_UP = "hung_up", _("the mail service hung up")
    BROKEN = "broken", _("the connection broke: %(words)s")
    TLS = "tls", _("TLS with the mail service does not work: %(words)s")
    NO_STARTTLS = "no_starttls", _("the mail service does not offer STARTTLS")
    NO_SIGN_IN = "no_sign_in", _("the mail service offers no way to sign in that we know")
    NOT_LET_IN = "not_let_in", _("the mail service does not let us in: %(words)s")
    TURNED_AWAY = "turned_away", _("the mail service turned us away: %(words)s")
    OUT_OF_TURN = "out_of_turn", _("the mail service spoke out of turn: %(words)s")
    UNREADABLE = "unreadable", _("the answer of the mail service cannot be read: %(words)s")
    ENDLESS = "endless", _("the answer of the mail service does not end")
    UNCLEAR = "unclear", _("the mail service does not answer clearly: %(words)s")
    NO_FRESH_START = "no_fresh_start", _("the mail service does not start afresh: %(words)s")
    BROKEN_OFF = "broken_off", _("the mail service broke the message off: %(words)s")
    WOULD_BE_EMPTY = "would_be_empty", _("the mail service would send an empty message")
    NOT_MENTIONED = "not_mentioned", _("the mail service did not mention this address")
    STATUS = "status", _("the mail service says of this address: %(words)s")
    WITHHELD = "withheld", _("a receiver of Anymail’s signal pre_send stopped it")
    UNUSABLE = "unusable", _("the mail service cannot be called: %(words)s")
    TIMEOUT_SETTING = (
        "timeout_setting",
        _(
            "%(words)s does not work. It must be seconds, like 30, or like 5,30 to connect and to "
            "wait for an answer, and at most 120"
        ),
    )
    SES_SETTING = (
        "ses_setting",
        _('%(words)s is not JSON like {"region_name": "eu-west-3", "config": {}}'),
    )
    MISSING_SETTING = "missing_setting", _("%(words)s is not set")
    SHOWS_ADDRESSES = (
        "shows_addresses",
        _(
            "ANYMAIL_IGNORE_UNSUPPORTED_FEATURES has to be unset: with it, readers may see each "
            "other’s addresses"
        ),
    )
    DKIM_KEY = (
        "dkim_key",
        _("no DKIM key goes with %(words)s: nobody would believe the signature"),
    )
    UNWRITABLE = "unwritable", _("this mail cannot be written: %(words)s")
    HEADER = "header", _("this cannot stand in a header: %(words)s")
    LINES = "lines", _("this is more than one line, and a header has one: %(words)s")
    ADDRESS = "address", _("mail cannot be addressed to %(words)s")
    MANY_ADDRESSES = "many_addresses", _("this is more than one address: %(words)s")


#: Characters in the longest code.
LONGEST_OBSTACLE = max(map(len, Obstacle.values))


def obstacle_in_words(obstacle: str, words: str) -> str:
    """What `obstacle` stands for with another's `words` in it; those alone where it is empty.

    In the language that is active.
    """
    return str(Obstacle(obstacle).label) % {"words": words} if obstacle else words
