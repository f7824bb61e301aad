"""What readers fill in: the sign-up form, and the form to change it later."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.http import QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from subscribers.addresses import normalise
from subscribers.directions import isolated
from subscribers.errors import AskForAnotherAddress, AskForOtherRegions, AskForRegions
from subscribers.fieldsets import Arrangement, RegionFieldset
from subscribers.languages import name_of, nearest, own_name_of, spoken_to
from subscribers.models import Level, MailFormat, Publication, Region
from subscribers.regions.offering import Offer
from subscribers.time_zones import place_of, places

#: Who wants nothing for longer had better unsubscribe.
LONGEST_PAUSE = timedelta(days=366)


#: With more regions than these, there is a field to find one.
LOOKED_THROUGH = 40
#: In place of a level: regions differ in it.
EACH = "each"


class PreferencesForm(forms.Form):
    """Regions, how much of them, language and format, as a publication offers them.

    When it is valid, `cleaned_data` holds `regions` (a dict: of each Region, how much is
    wanted), `language` and `mail_format`.
    """

    regions = forms.MultipleChoiceField(
        label=_("Regions"),
        help_text=_("You get the parts on the regions you tick, and what concerns everyone."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": AskForRegions.sentence,
            "invalid_choice": AskForOtherRegions.sentence,
        },
    )
    level = forms.ChoiceField(
        label=_("What to send"),
        help_text=_("An alert is a short email, sent at once when something happens."),
        choices=Level.choices,
        initial=Level.ALL,
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Choose what we send you.")},
    )
    language = forms.ChoiceField(
        label=_("Language"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose a language."),
            "invalid_choice": _("Choose one of these languages."),
        },
    )
    mail_format = forms.ChoiceField(
        label=_("Format"),
        choices=MailFormat.choices,
        initial=MailFormat.HTML,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose a format."),
            "invalid_choice": _("Choose one of these formats."),
        },
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        publication: Publication,
        held: Collection[Region] = (),
        initial: dict[str, Any] | None = None,
        find: str = "",
        asked_for: Iterable[str] = (),
    ) -> None:
        """Offer what `publication` covers, and the regions `held` already, so that none is lost.

        Where that is too much for one page, it is in there what somebody looks for with `find`,
        and what goes by the codes `asked_for`.
        """
        super().__init__(data, initial=initial)
        self.find = find
        asked_for = {*asked_for, *self._sent_or_given(data, initial or {})}
        self.offer = Offer(publication, held=held, asked_for=asked_for, find=find)
        self.offered = self.offer.regions
        self._offer("regions", [(code, region.name) for code, region in self.offered.items()])
        self._offer("language", [(tag, _language_offered(tag)) for tag in publication.languages])

    def clean(self) -> dict[str, Any]:
        answers: dict[str, Any] = super().clean() or self.cleaned_data
        level = answers.pop("level", "")
        if "regions" in answers:
            levels = self.levels_said(answers["regions"], level)
            answers["regions"] = {self.offered[code]: levels[code] for code in levels}
        return answers

    def levels_said(self, codes: Sequence[str], level: str) -> dict[str, Level]:
        """How much is wanted of the regions `codes`, where `level` is chosen for them all."""
        return dict.fromkeys(codes, Level(level or Level.ALL))

    def region_fieldsets(self) -> list[RegionFieldset]:
        """The regions to tick, as the page shows them."""
        return Arrangement(self.offer, self._ticked(), get_language() or "en").fieldsets()

    @property
    def can_find(self) -> bool:
        """Whether there are more regions than a person looks through."""
        return not self.offer.is_all or len(self.offered) > LOOKED_THROUGH

    def _sent_or_given(
        self, data: Mapping[str, Any] | None, initial: Mapping[str, Any]
    ) -> Iterable[str]:
        """What is ticked, before the form is put together."""
        if data is None:
            return initial.get("regions") or ()
        widget = self.fields["regions"].widget
        sent: Iterable[str] = widget.value_from_datadict(data, {}, self.add_prefix("regions"))
        return sent or ()

    def _ticked(self) -> Sequence[str]:
        ticked: Sequence[str] = self["regions"].value() or ()
        return ticked

    def _offer(self, name: str, choices: Sequence[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  the type of the field above
        field.choices = list(choices)


class LongSelect(forms.Select):
    """A select of hundreds of options, without groups.

    Django renders two templates for each option: most of the time that such a page takes.
    """

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,  # noqa: ARG002  it has no template
    ) -> SafeString:
        chosen = self.format_value(value)
        rows = (
            (option, mark_safe(" selected") if option in chosen else "", label)
            for option, label in self.choices
        )
        options = format_html_join("\n", '<option value="{}"{}>{}</option>', rows)
        attributes = flatatt(self.build_attrs(self.attrs, attrs))
        return format_html('<select name="{}"{}>\n{}\n</select>', name, attributes, options)


class ChangeForm(PreferencesForm):
    """What a reader may change.

    When it is valid, `cleaned_data` has a `time_zone` and `paused_until` (None for no pause)
    too.
    """

    #: A region and how much is wanted of it, in one value each: “ML-1 alerts”.
    levels = forms.MultipleChoiceField(
        required=False,
        error_messages={"invalid_choice": _("Choose how much you want of each region.")},
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("For issues that are sent at a local time."),
        required=False,
        widget=LongSelect,
        error_messages={"invalid_choice": _("Choose one of these time zones.")},
    )

    only_on_change = forms.BooleanField(
        label=_("Only when a trend of my regions changed"),
        help_text=_(
            "We skip issues in which the trend of each of your regions is as you last read."
        ),
        required=False,
    )
    paused_until = forms.DateField(
        label=_("Pause until"),
        help_text=_("We send you nothing before that day. Leave it empty to get every issue."),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("Choose a day, like 2024-09-24.")},
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        publication: Publication,
        held: Collection[Region] = (),
        levels: Mapping[str, Level],
        initial: dict[str, Any] | None = None,
        find: str = "",
        asked_for: Iterable[str] = (),
    ) -> None:
        """`levels` are those of the regions `held`, by their codes."""
        super().__init__(
            data,
            publication=publication,
            held=held,
            initial=initial,
            find=find,
            asked_for=asked_for,
        )
        self._today = publication.today
        #: How much is wanted of a region, by its code, where nothing else is said.
        self.wanted = levels
        self._offer("levels", [(value, value) for value in self._levels()])
        self._offer("level", [*Level.choices, (EACH, gettext("Differently for each region"))])
        self.initial.setdefault("level", self.usual_level())
        usual = gettext("Same as the newsletter (%(zone)s)") % {
            "zone": place_of(publication.time_zone)
        }
        self._offer("time_zone", [("", usual), *places()])

    def clean_paused_until(self) -> date | None:
        until: date | None = self.cleaned_data["paused_until"]
        if until and not self._today < until <= self._today + LONGEST_PAUSE:
            raise forms.ValidationError(_("Choose a day within the next year."))
        return until

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("level") == EACH and not self._asks_for_each(self.data):
            self.add_error("level", _("Choose how much you want of each region, and save again."))
        answers = super().clean()
        answers.pop("levels", None)
        return answers

    def levels_said(self, codes: Sequence[str], level: str) -> dict[str, Level]:
        """How much is wanted of the regions `codes`: `level` of all, or what is said of each."""
        if level and level != EACH:
            return super().levels_said(codes, level)
        said = dict(one.split() for one in self.cleaned_data.get("levels", ()))
        return {c: Level(said.get(c, self.wanted.get(c, Level.ALL))) for c in codes}

    def _levels(self) -> list[str]:
        return [f"{code} {level}" for code in self.offered for level in Level]

    def usual_level(self) -> str:
        """What is wanted of all regions alike, or that they differ."""
        levels = set(self.wanted.values()) or {Level.ALL}
        return levels.pop() if len(levels) == 1 else EACH

    @staticmethod
    def _asks_for_each(data: Mapping[str, Any]) -> bool:
        """Whether the form that was sent showed a choice beside each region."""
        return "levels" in data

    def region_fieldsets(self) -> list[RegionFieldset]:
        """The regions to tick, each with how much is wanted of it where they differ."""
        if self["level"].value() != EACH:
            return super().region_fieldsets()
        said = dict(one.split() for one in self["levels"].value() or () if one in self._levels())
        levels = {**dict.fromkeys(self.offered, Level.ALL), **self.wanted, **said}
        language = get_language() or "en"
        return Arrangement(self.offer, self._ticked(), language, levels).fieldsets()


def typed_in(form: type[forms.Form], data: QueryDict) -> dict[str, Any]:
    """What was typed into `form`, to show it again without judging it."""
    fields = form.base_fields.items()
    return {name: field.widget.value_from_datadict(data, {}, name) for name, field in fields}


def _language_offered(tag: str) -> str:
    """Its own name; where the site does not speak it, with the language of what is ours."""
    spoken = spoken_to(tag)
    if nearest(tag, [spoken]):
        return own_name_of(tag)
    return gettext("%(language)s (links and notices in %(spoken)s)") % {
        "language": isolated(own_name_of(tag)),
        "spoken": name_of(spoken),
    }


class SignUpForm(PreferencesForm):
    """What a new reader fills in. When it is valid, `cleaned_data` has an `address` too."""

    address = forms.CharField(
        label=_("Email address"),
        max_length=254,
        widget=forms.EmailInput(
            attrs={"autocomplete": "email", "spellcheck": "false", "dir": "ltr"}
        ),
        error_messages={
            "required": AskForAnotherAddress.sentence,
            "max_length": AskForAnotherAddress.sentence,
        },
    )

    field_order = ("address",)

    def fingerprint(self) -> str:
        """What was filled in, so that the same is known again. To be asked of a valid form."""
        answers = {
            **self.cleaned_data,
            "regions": sorted((r.code, n) for r, n in self.cleaned_data["regions"].items()),
        }
        return json.dumps(answers, sort_keys=True)

    def clean_address(self) -> str:
        try:
            return normalise(self.cleaned_data["address"])
        except AskForAnotherAddress as error:
            raise forms.ValidationError(str(error)) from None
