"""What a reader would get if the issue went out as it stands now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.utils import translation
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from newsletter.admin.showing import ShownEdition, show
from newsletter.editions.compose import Composer
from newsletter.models import Issue
from newsletter.services.remembering import past_of
from newsletter.services.versioning import content_of, problems_of
from subscribers.models import (
    MailFormat,
    Publication,
    Region,
    Subscription,
    SubscriptionStatus,
)
from subscribers.regions import RegionTree


class PreviewForm(forms.Form):
    """Whose copy to show: a reader by their address, or anyone with these choices."""

    address = forms.CharField(
        label=_("A reader’s address"),
        required=False,
        help_text=_("Shows what this reader gets; the choices below then play no part."),
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
    )
    mail_format = forms.ChoiceField(label=_("Format"), choices=MailFormat.choices)

    def __init__(self, publication: Publication, data: Mapping[str, Any]) -> None:
        """`data` as it stands in an address; without any, a reader of every region."""
        super().__init__(data or _everything(publication))
        self._publication = publication
        self.fields["language"] = forms.ChoiceField(
            label=_("Language"),
            choices=[c for c in settings.LANGUAGES if c[0] in publication.languages],
        )
        self.fields["regions"] = forms.ModelMultipleChoiceField(
            publication.regions.all(),
            label=_("Regions the reader chose"),
            required=False,
            to_field_name="code",
            widget=forms.CheckboxSelectMultiple,
        )

    def clean_address(self) -> Subscription | None:
        """The subscription of the reader with the address typed."""
        address = self.cleaned_data["address"].strip()
        if not address:
            return None
        subscriptions = self._publication.subscriptions.select_related("subscriber")
        found = subscriptions.filter(subscriber__mailbox=address.lower()).first()
        if found is None:
            raise forms.ValidationError(_("No reader of this publication has this address."))
        return found

    def reader(self) -> PreviewReader:
        """Whom the valid form describes."""
        chosen, subscription = self.cleaned_data, self.cleaned_data["address"]
        if subscription is None:
            return PreviewReader(chosen["regions"], chosen["language"], chosen["mail_format"])
        subscriber, region_set = subscription.subscriber, subscription.region_set
        return PreviewReader(
            region_set.regions.all(), subscriber.language, subscriber.mail_format, subscription
        )


@dataclass(frozen=True)
class PreviewReader:
    regions: Sequence[Region]
    language: str
    mail_format: str
    subscription: Subscription | None = None

    @property
    def gets_no_mail(self) -> bool:
        """Whether their subscription is not one to be mailed."""
        if self.subscription is None:
            return False
        return self.subscription.status != SubscriptionStatus.ACTIVE


@dataclass(frozen=True)
class Preview:
    """The draft as one reader would get it, and what is wrong with it."""

    reader: PreviewReader
    edition: ShownEdition
    #: Their regions have nothing in this issue, and the publication mails nothing then.
    is_not_sent: bool
    problems: Sequence[str]


def preview_of(issue: Issue, reader: PreviewReader) -> Preview:
    """What `reader` would get, composed as for sending to one who got the last issue."""
    tree = RegionTree.load()
    content = content_of(issue, tree)
    past = past_of(issue)
    composed = Composer(content, tree, past).edition_for(
        {region.code for region in reader.regions},
        language=reader.language,
        mail_format=reader.mail_format,
        since=past.newest,
    )
    with translation.override(reader.language):
        chosen = [region.name for region in reader.regions]
    return Preview(
        reader=reader,
        edition=show(composed, content, chosen),
        is_not_sent=composed.has_nothing_regional and not issue.publication.mail_when_nothing,
        problems=list(problems_of(content)),
    )


def _everything(publication: Publication) -> MultiValueDict[str, Any]:
    return MultiValueDict(
        {
            "regions": list(publication.regions.values_list("code", flat=True)),
            "language": publication.languages[:1],
            "mail_format": [MailFormat.HTML.value],
        }
    )
