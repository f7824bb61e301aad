"""What a reader would get if the issue went out as it stands now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core import signing
from django.db.models import Q, QuerySet
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from newsletter.admin.showing import ShownEdition, show
from newsletter.audience.assigning import Interest, why_not
from newsletter.audience.builder import audience_of, reason_to_pass_over
from newsletter.audience.history import past_of
from newsletter.editions.compose import Composer
from newsletter.editions.past import history_of_all
from newsletter.editorial.drafts import draft_of
from newsletter.editorial.validation import problems_of
from newsletter.models import Issue, Reason
from subscribers.collation import collation_key
from subscribers.languages import name_of
from subscribers.models import (
    ChosenRegion,
    MailFormat,
    Publication,
    Region,
    Subscription,
)
from subscribers.regions import RegionTree
from subscribers.regions.reaching import covered_by

#: Who may learn whether an address is subscribed, and to what.
SEES_READERS = "subscribers.view_subscription"
#: Seconds for which a reader who was looked up can be looked at again without the address.
_LOOK_LASTS = 3600
_SALT = "newsletter.preview-of-a-reader"


class PreviewForm(forms.Form):
    """What the reader chose whose copy is to be shown."""

    mail_format = forms.ChoiceField(label=_("Format"), choices=MailFormat.choices)

    def __init__(self, issue: Issue, data: Mapping[str, Any]) -> None:
        """`data` as it stands in an address; without any, a reader of every region.

        The regions are those that the publication names, and what `issue` is on of all that it
        covers.
        """
        publication = issue.publication
        super().__init__(data or _everything(publication))
        self.fields["language"] = forms.ChoiceField(
            label=_("Language"),
            choices=[(tag, name_of(tag)) for tag in publication.languages],
        )
        self.fields["regions"] = forms.ModelMultipleChoiceField(
            Region.objects.filter(pk__in=covered_by(publication)),
            label=_("Regions the reader chose"),
            required=False,
            to_field_name="code",
            widget=forms.CheckboxSelectMultiple,
        )
        offered = sorted(_worth_a_look(issue), key=lambda r: collation_key(r.name))
        self.fields["regions"].widget.choices = [(r.code, r.name) for r in offered]

    def reader(self) -> PreviewReader:
        """Whom the valid form describes."""
        chosen = self.cleaned_data
        regions = [ChosenRegion(region=region) for region in chosen["regions"]]
        return PreviewReader(regions, chosen["language"], chosen["mail_format"])


class ReaderForm(forms.Form):
    """The address of a reader. It is sent by POST: no log and no history keeps it."""

    address = forms.CharField(
        label=_("A reader’s address"),
        help_text=_("Shows what this reader gets. The audit log keeps who looked."),
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
    )

    def __init__(self, publication: Publication, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self._publication = publication

    def clean_address(self) -> Subscription:
        """The subscription of the reader with the address typed."""
        mailbox = self.cleaned_data["address"].strip().lower()
        subscriptions = self._publication.subscriptions.select_related("subscriber")
        found = subscriptions.filter(subscriber__mailbox=mailbox).first()
        if found is None:
            raise forms.ValidationError(_("No reader of this publication has this address."))
        return found


def look_at(subscription: Subscription, by: int) -> str:
    """What stands in an address for `subscription`, good for the user with the key `by` alone."""
    return signing.dumps([subscription.pk, by], salt=_SALT)


def looked_at(token: str, by: int, publication: Publication) -> PreviewReader:
    """The reader that the user with the key `by` has looked up.

    Raises:
        BadSignature: `token` was not made for this user, or is too old.
    """
    subscription, made_for = signing.loads(token, salt=_SALT, max_age=_LOOK_LASTS)
    found = publication.subscriptions.select_related("subscriber", "interest_set")
    reader = found.filter(pk=subscription).first() if made_for == by else None
    if reader is None:
        raise signing.BadSignature
    return PreviewReader(
        list(reader.interest_set.chosen.select_related("region")),
        reader.language,
        reader.mail_format,
        reader,
    )


@dataclass(frozen=True)
class PreviewReader:
    chosen: Sequence[ChosenRegion]
    language: str
    mail_format: str
    subscription: Subscription | None = None

    def subscribed_on(self, publication: Publication) -> date:
        """The day that their mail names; of somebody who is only imagined, today."""
        if self.subscription is None or self.subscription.confirmed_at is None:
            return publication.today
        return publication.day_of(self.subscription.confirmed_at)


@dataclass(frozen=True)
class Preview:
    """The draft as one reader would get it, and what is wrong with it."""

    reader: PreviewReader
    edition: ShownEdition
    #: Why they get nothing; None where they do get it.
    reason: Reason | None
    problems: Sequence[str]


def preview_of(issue: Issue, reader: PreviewReader) -> Preview:
    """What `reader` would get, composed as for sending.

    A reader who is only imagined is one who was sent every issue so far.
    """
    content = draft_of(issue).content
    chosen = {one.region.code for one in reader.chosen if one.level in content.kind.levels}
    tree = RegionTree.around(chosen.union(content.regions))
    composer = Composer(content, tree, past_of(issue))
    reason, history = _standing(issue, reader, composer)
    composed = composer.edition_for(
        chosen,
        language=reader.language,
        mail_format=reader.mail_format,
        history=history,
    )
    waits = reader.subscription is not None and reader.subscription.only_on_change
    interest = Interest(0, reader.language, reader.mail_format, history, only_on_change=waits)
    reason = reason or why_not(interest, composed.order, issue)
    return Preview(
        reader=reader,
        edition=show(composed, content, reader.chosen, reader.subscribed_on(issue.publication)),
        reason=reason,
        problems=list(problems_of(content)),
    )


def _standing(issue: Issue, reader: PreviewReader, composer: Composer) -> tuple[Reason | None, str]:
    """Why `reader` gets nothing, if so, and what they were sent before, as the freeze sees it."""
    if reader.subscription is None:
        return None, history_of_all(composer.tracks)
    audience = audience_of(issue, composer).filter(pk=reader.subscription.pk)
    found = audience.values_list("reason", "history").first()
    if found is None:
        return reason_to_pass_over(issue, reader.subscription), ""
    reason, history = found
    return Reason(reason) if reason else None, history


def _worth_a_look(issue: Issue) -> QuerySet[Region]:
    named = Q(pk__in=issue.publication.regions.order_by().values("pk"))
    is_on = Q(sections__issue=issue) | Q(assessments__issue=issue)
    keys = Region.objects.order_by().filter(is_on).values("pk")
    return Region.objects.filter(named | Q(pk__in=keys) & Q(pk__in=covered_by(issue.publication)))


def _everything(publication: Publication) -> MultiValueDict[str, Any]:
    return MultiValueDict(
        {
            "regions": list(publication.regions.values_list("code", flat=True)),
            "language": publication.languages[:1],
            "mail_format": [MailFormat.HTML.value],
        }
    )
