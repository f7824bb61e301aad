"""The form of a region, and that of what else it is called."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from subscribers.collation import fold
from subscribers.desk.generic import ModelForm
from subscribers.desk.merging_parts import MergingFormSet
from subscribers.desk.region_names import NamesForm
from subscribers.errors import OutlineRefused, RegionRefused
from subscribers.models import RegionSpelling
from subscribers.outlines.drawing import DrawnOutline
from subscribers.outlines.geojson import check_size, read
from subscribers.services import mending_regions
from subscribers.services.mending_regions import Placing


class RegionForm(NamesForm):
    """A region as staff want it, checked as a whole."""

    outline = forms.FileField(
        label=gettext_lazy("Outline"),
        required=False,
        help_text=gettext_lazy(
            "GeoJSON, 5 MB at most: one Polygon or MultiPolygon in longitude and latitude (WGS 84)."
            " It is simplified, and maps draw the region from it."
        ),
        widget=forms.FileInput(attrs={"accept": ".geojson,.json,application/geo+json"}),
    )
    outline_removed = forms.BooleanField(
        label=gettext_lazy("Remove this outline"), required=False, initial=False
    )

    def replaces(self) -> dict[str, str]:
        """Which outline a file, or the tick, would take the place of."""
        stored = getattr(self.instance, "outline", None)
        return dict.fromkeys(("outline", "outline_removed"), stored.digest if stored else "")

    def clean_code(self) -> str:
        """In capitals but for the “x-” of codes of one's own, as all codes are."""
        typed = str(self.cleaned_data["code"]).strip().upper()
        return f"x-{typed[2:]}" if typed.startswith("X-") else typed

    def clean_outline(self) -> DrawnOutline | None:
        """The outline, simplified, whatever was uploaded; None if nothing was."""
        file = self.cleaned_data["outline"]
        if not file:
            return None
        try:
            check_size(file.size)
            return read(file.read())
        except OutlineRefused as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("outline") and cleaned.get("outline_removed"):
            self.add_error("outline", _("Choose a file, or tick to remove the outline; not both."))
        if not {"code", "kind", "parent"} & self.errors.keys():
            self._check_placing(cleaned)
        return cleaned

    def _check_placing(self, cleaned: dict[str, Any]) -> None:
        """As it would come to stand; what the page does not show stays as it is."""
        stored = self.instance
        placing = Placing(
            code=cleaned.get("code", stored.code),
            kind=cleaned.get("kind", stored.kind),
            parent=cleaned.get("parent", stored.parent),
            members=cleaned.get("members", ()),
            successors=cleaned.get("successors", ()),
        )
        try:
            mending_regions.check(placing)
        except RegionRefused as error:
            for field, sentence in error.sentences.items():
                self.add_error(field if field in self.fields else None, sentence)


class SpellingForm(ModelForm[RegionSpelling]):
    class Meta:
        model = RegionSpelling
        fields = ("text",)
        labels = {"text": gettext_lazy("name")}

    def clean_text(self) -> str:
        """Also sets what the name is found by."""
        text: str = self.cleaned_data["text"]
        self.instance.folded = fold(text)
        return text


class SpellingFormSet(MergingFormSet):
    def clean(self) -> None:
        """Refuses a name that differs from another one of its region by accents or case only."""
        known = (
            {alias.folded for alias in self.instance.spellings.all()} if self._is_old() else set()
        )
        for form in self.extra_forms:
            folded = form.instance.folded
            if folded and folded in known:
                form.add_error("text", _("This region has that name already."))
            known.add(folded)

    def _is_old(self) -> bool:
        return not self.instance._state.adding

    def delete_existing(self, obj: RegionSpelling, commit: bool = True) -> None:
        """As Django does; what came with the service does not come back."""
        if commit:
            mending_regions.remove_alias(obj)
