"""How often a password for the desk may be tried: counted in the database, ahead of any hashing.

Hashing is made to be slow, so that trying costs the site more than the person who tries. And a name
must not be locked by guessing at it: its owner gets in from where they have been before, unless
it is their own network that the guesses come from.
"""

from __future__ import annotations

import hmac
import logging
import unicodedata
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.utils import timezone

from subscribers.errors import AskToWait
from subscribers.models import AuditAction, SignInTry
from subscribers.services import auditing

logger = logging.getLogger(__name__)

#: For how long a wrong try counts.
WINDOW = timedelta(minutes=15)
#: Wrong tries: at one name from one network, at any names from one network, and at one name
#: from all networks that it has not been used from.
NAME_IN_NETWORK_CAP, NETWORK_CAP, NAME_CAP = 5, 20, 50
#: For how long a network is known that a name was used from.
KNOWN_FOR = timedelta(days=60)
#: Who tried, where no user has the name that was typed.
NOBODY = "unknown name"


def begin(name: str, network: str) -> SignInTry:
    """Count a try at the password of `name` from `network`, which may be unknown.

    It is wrong until :func:`was_right` says otherwise: it counts against others that come
    before it is answered.

    Raises:
        AskToWait: there were too many, and this one does not count.
    """
    this = SignInTry.objects.create(network=network, name_key=_key(name))
    if _too_many(this):
        this.delete()
        logger.warning("Too many tries to sign in to the desk from %s", network or "an address")
        raise AskToWait
    return this


def was_right(this: SignInTry) -> None:
    """Note that the password was right: from then on it counts for its name."""
    SignInTry.objects.filter(pk=this.pk).update(was_right=True)


def was_wrong(this: SignInTry, name: str) -> None:
    """Log a wrong try. What was typed is told only where it is the name of a user."""
    user = get_user_model().objects.filter(username=_as_meant(name)).first()
    who = user.get_username() if user else NOBODY
    logger.warning("A wrong password for the desk: %s, from %s", who, this.network or "an address")
    auditing.record(AuditAction.SIGN_IN_FAILED, by=who, note=this.network)


def old_tries() -> QuerySet[SignInTry]:
    """Those that are of no use any more."""
    now = timezone.now()
    return SignInTry.objects.filter(
        Q(at__lte=now - KNOWN_FOR) | Q(was_right=False, at__lte=now - WINDOW)
    )


def _too_many(this: SignInTry) -> bool:
    # Those before this one: of several at the same moment, as many go on as may.
    wrong = SignInTry.objects.filter(was_right=False, at__gt=this.at - WINDOW, pk__lt=this.pk)
    at_name = wrong.filter(name_key=this.name_key)
    if not this.network:
        return at_name.count() >= NAME_CAP
    from_there = wrong.filter(network=this.network)
    if from_there.count() >= NETWORK_CAP:
        return True
    if from_there.filter(name_key=this.name_key).count() >= NAME_IN_NETWORK_CAP:
        return True
    return not _is_known(this) and at_name.count() >= NAME_CAP


def _is_known(this: SignInTry) -> bool:
    """Whether its name was used from its network before."""
    return SignInTry.objects.filter(
        name_key=this.name_key,
        network=this.network,
        was_right=True,
        at__gt=this.at - KNOWN_FOR,
    ).exists()


def _key(name: str) -> str:
    secret = f"subscribers.sign-in:{settings.SECRET_KEY}".encode()
    return hmac.digest(secret, _as_meant(name).casefold().encode(), "sha256").hex()


def _as_meant(name: str) -> str:
    """The name that Django looks for when `name` is typed: ｅｄｉｔｏｒ is the editor too."""
    return unicodedata.normalize("NFKC", name.replace("\0", "")).strip()
