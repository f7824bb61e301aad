"""What a person can mend, named by what to ask of them."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class SubscriberError(Exception):
    """The request cannot be met as it is. As text it is a sentence to show to the person."""

    sentence: Promise

    def __init__(self) -> None:
        super().__init__(self.sentence)


class AskForAnotherAddress(SubscriberError):
    """No mail can be sent to this address."""

    sentence = _("Enter an address like name@example.com.")


class AskForRegions(SubscriberError):
    """No region was chosen."""

    sentence = _("Choose at least one region.")


class AskForOtherRegions(SubscriberError):
    """A chosen region is not among those the publication offers."""

    sentence = _("One of these regions is not offered. Please choose from the list.")


class AskToSignUpAgain(SubscriberError):
    """The subscription has ended."""

    sentence = _("This subscription has ended. You are welcome to sign up again.")


class AskLater(SubscriberError):
    """Too many requests came from one network."""

    sentence = _("Many people are signing up from your network. Please try again in an hour.")


class AskToWait(SubscriberError):
    """A password was tried too often."""

    sentence = _("Too many wrong passwords. Please wait 15 minutes and try again.")


class AskToSendAgain(SubscriberError):
    """The form came back quicker than a person fills it in, or long after it was shown."""

    sentence = _("Please check your answers and send the form again.")


class TryAgainSoon(SubscriberError):
    """Something of this reader's is in use at this moment, such as an email on its way."""

    sentence = _("An email to this reader is being sent right now. Try again in two minutes.")


class AskWithAnotherStamp(AskToSendAgain):
    """The form came back before, with other answers: it needs a stamp of its own."""


class AskToLeaveEmpty(SubscriberError):
    """The field that no person sees came back filled in."""

    sentence = _(
        "A field that stays empty was filled in, perhaps by your browser. It is empty again:"
        " please send the form again."
    )


class RegionsRefused(Exception):
    """A file of regions is no tree of regions. As text, what is wrong with it and where."""


class RegionRefused(RegionsRefused):
    """A region cannot be as somebody wants it. `sentences` has why, by the field it is about."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        super().__init__(" ".join(sentences.values()))
        self.sentences = sentences


class RegionInUse(RegionsRefused):
    """A region that something names, or that comes with the service, is not deleted."""


class OutlineRefused(RegionsRefused):
    """A file is no outline that a region can be drawn from. As text, what is wrong and where."""


class LinkInvalid(SubscriberError):
    """Nobody was ever given this link, or its end is missing."""

    sentence = _("This link is not complete. Please copy all of it from the email.")


class LinkOutlived(LinkInvalid):
    """We did give this link, and what it was for was never confirmed and is gone."""

    sentence = _("This request has expired. You are welcome to sign up again.")


class LinkExpired(SubscriberError):
    """The link was good once. `public_id` says whose it was, so that a new one can be mailed."""

    sentence = _("This link is too old. We can send you a fresh one.")

    def __init__(self, public_id: UUID, purpose: str) -> None:
        super().__init__()
        self.public_id = public_id
        #: What it was good for.
        self.purpose = purpose


class LinkEnded(LinkExpired):
    """The reader has ended the links of that time."""

    sentence = _("This link has been ended. We can send you the one that works now.")
