"""The parts on a page, of which others may have deleted some since it was opened."""

from __future__ import annotations

import re
from typing import Any, cast

from django.forms.formsets import INITIAL_FORM_COUNT, TOTAL_FORM_COUNT
from django.http import QueryDict

from subscribers.desk.generic import BaseInlineFormSet
from subscribers.desk.merging import MergingForm


class MergingFormSet(BaseInlineFormSet[Any, Any, Any]):
    """The parts of a row, of which some may have been deleted since the page was opened."""

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(data, *args, **kwargs)
        if self.is_bound and self.management_form.is_valid():
            self._take_deleted_aside()

    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        form = super()._construct_form(i, **kwargs)  # type: ignore[misc]
        form.part_of = self.instance
        return form

    def _should_delete_form(self, form: Any) -> bool:
        """Not what its sender has not seen as it is now: that form is answered instead."""
        return bool(super()._should_delete_form(form)) and not getattr(  # type: ignore[misc]
            form, "is_deleted_in_vain", False
        )

    def _take_deleted_aside(self) -> None:
        """Leave out parts that are gone, and let those that hold somebody's words come as new."""
        sent = range(self.initial_form_count())
        there = {str(row.pk) for row in self.get_queryset()}
        gone = [n for n in sent if self.data.get(self._key(n, self._pk_name)) not in there]
        if not gone:
            return
        kept = [n for n in gone if self._holds_words(n)]
        old = [n for n in sent if n not in gone]
        order = [*old, *kept, *range(len(sent), self.total_form_count())]
        self.data = sent_anew = self._renumbered(order)
        for place in range(len(old), len(old) + len(kept)):
            sent_anew[self._key(place, self._pk_name)] = ""
        sent_anew[f"{self.prefix}-{TOTAL_FORM_COUNT}"] = str(len(order))
        sent_anew[f"{self.prefix}-{INITIAL_FORM_COUNT}"] = str(len(old))
        del self.management_form

    @property
    def _pk_name(self) -> str:
        model: Any = self.model
        return str(model._meta.pk.name)

    def _key(self, number: int, field: str) -> str:
        return f"{self.prefix}-{number}-{field}"

    def _holds_words(self, number: int) -> bool:
        if self._key(number, "DELETE") in self.data:
            return False
        form = self.form(self.data, prefix=self.add_prefix(number), **self.get_form_kwargs(number))
        return isinstance(form, MergingForm) and any(form.touched())

    def _renumbered(self, order: list[int]) -> QueryDict:
        """What was sent, with the forms in `order` alone, from zero."""
        place_of = {number: place for place, number in enumerate(order)}
        numbered = re.compile(rf"{re.escape(str(self.prefix))}-(\d+)-(.+)")
        renumbered, sent = QueryDict(mutable=True), cast(QueryDict, self.data)
        for key, values in sent.lists():
            found = numbered.fullmatch(key)
            if found is None:
                renumbered.setlist(key, values)
            elif (number := int(found[1])) in place_of:
                renumbered.setlist(self._key(place_of[number], found[2]), values)
        return renumbered
