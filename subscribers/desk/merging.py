"""Two people at one form: what was saved while a page was open is merged, never overwritten.

Each form on a page of the desk carries what its fields held when it was opened, as fingerprints.
When it comes back, three things are known of each field: what it held then, what is stored now,
and what was sent. A field that was not touched keeps what is stored; one that only its sender
touched is saved; one that both touched is answered with both texts, to choose from.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from django import forms
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, Q
from django.forms.boundfield import BoundField
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from subscribers.desk.generic import ModelForm
from subscribers.desk.values import comparable, in_words, posted_comparable
from subscribers.models import AuditAction, AuditEntry
from subscribers.services.auditing import values_of

#: The hidden field with the fingerprints.
BASE = "merge_base"
#: The fingerprint of what would be deleted along with a row.
PARTS = "*"
#: What follows a field's name where one of two texts is chosen.
CHOICE = "-merge"
THEIRS = "theirs"


class BaseField(forms.CharField):
    """Fingerprints of what a form was opened on; shown again, of what is stored by then."""

    widget = forms.HiddenInput

    def __init__(self) -> None:
        super().__init__(required=False)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False

    def bound_data(self, data: Any, initial: Any) -> Any:
        return initial


class MergedField(BoundField):
    """A field that may hold what is stored whatever was sent, and be written in all the same."""

    def build_widget_attrs(
        self, attrs: dict[str, Any], widget: forms.Widget | None = None
    ) -> dict[str, Any]:
        built = dict(super().build_widget_attrs(attrs, widget))
        if self.name in getattr(self.form, "kept", ()):
            built.pop("disabled", None)
        return built


class MergingForm(ModelForm[Any]):
    """A form of one row that may have been saved by somebody else since it was opened."""

    bound_field_class = MergedField
    merge_base = BaseField()

    #: Relations whose rows are deleted along with this one.
    goes_with: tuple[str, ...] = ()
    #: The row that this one is a part of.
    part_of: Model | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept: set[str] = set()
        self.conflicts: list[str] = []
        self.base = self._opened_on() if self.is_bound else {}
        self.fingerprints = {} if self.instance._state.adding else dict(self._fingerprints())
        if self.fingerprints:
            self.initial[BASE] = json.dumps(self.fingerprints)
            self._merge()

    def touched(self) -> Iterator[str]:
        """The fields that were sent with another value than they were opened on."""
        for name, fingerprint in self.base.items():
            if name in self.fields and self._is_touched(name, fingerprint):
                yield name

    @property
    def changed_meanwhile(self) -> bool:
        """Whether anything of the row, or of what belongs to it, is another than then."""
        return any(
            self.fingerprints.get(name) != fingerprint for name, fingerprint in self.base.items()
        )

    @property
    def is_deleted_in_vain(self) -> bool:
        """Whether it is to be deleted by somebody who has not seen it as it is now."""
        name = self.add_prefix("DELETE")
        return "DELETE" in self.fields and name in self.data and self.changed_meanwhile

    def clean(self) -> Any:
        """As the form does, and says what stands against saving over somebody else."""
        cleaned = super().clean()
        if self.base and self.instance._state.adding:
            self.add_error(None, self._deleted())
        elif self.is_deleted_in_vain:
            self.add_error(None, self._changed())
        for name in self.conflicts:
            self.add_error(name, self._both_texts(name))
        return cleaned

    @cached_property
    def _replaced(self) -> Mapping[str, str]:
        """By field, what is stored that it would replace and does not show: see `replaces`.

        A form with files has a method of that name, which tells it by digests.
        """
        find = getattr(self, "replaces", None)
        return find() if find else {}

    def _opened_on(self) -> Mapping[str, str]:
        try:
            base = json.loads(self.data.get(self.add_prefix(BASE)) or "{}")
        except ValueError:
            return {}
        return base if isinstance(base, dict) else {}

    def _fingerprints(self) -> Iterator[tuple[str, str]]:
        for name, field in self.fields.items():
            if name == BASE or field.disabled:
                continue
            if name in self._replaced:
                yield name, fingerprint_of(self._replaced[name])
            elif not isinstance(field, forms.FileField):
                yield name, fingerprint_of(self._stored(name))
        if self.goes_with:
            parts = (part for name in self.goes_with for part in getattr(self.instance, name).all())
            yield PARTS, fingerprint_of(sorted([part.pk, values_of(part)] for part in parts))

    def _is_touched(self, name: str, fingerprint: str) -> bool:
        if name in self._replaced:
            return bool(self._raw(name))
        return fingerprint_of(self._sent(name)) != fingerprint

    def _merge(self) -> None:
        touched = set(self.touched())
        for name in self.base.keys() & self.fingerprints.keys() & self.fields.keys():
            chosen = self.data.get(self.add_prefix(name) + CHOICE)
            if name not in touched or chosen == THEIRS:
                self._keep(name)
            elif self.fingerprints[name] not in (self.base[name], fingerprint_of(self._sent(name))):
                self.conflicts.append(name)

    def _keep(self, name: str) -> None:
        """Let the field hold what is stored, as Django does for those it calls disabled."""
        self.fields[name].disabled = True
        self.kept.add(name)

    def _stored(self, name: str) -> Any:
        return comparable(self.fields[name], self[name].initial)

    def _raw(self, name: str) -> Any:
        widget = self.fields[name].widget
        return widget.value_from_datadict(self.data, self.files, self.add_prefix(name))

    def _sent(self, name: str) -> Any:
        return posted_comparable(self.fields[name], self._raw(name))

    def _both_texts(self, name: str) -> str:
        """Both texts, with the lines that differ marked, and the choice between them."""
        if name in self._replaced:
            return " ".join((self._changed(), _("Look at what is there now, and choose again.")))
        field = self.fields[name]
        mine, theirs = in_words(field, self._raw(name)), in_words(field, self[name].initial)
        context = {
            "sentence": self._changed(),
            "mine": _lines(mine, theirs),
            "theirs": _lines(theirs, mine),
            "choice": self.add_prefix(name) + CHOICE,
        }
        return render_to_string("admin/desk/both_texts.html", context)

    def _changed(self) -> str:
        who = who_saved(self.instance, self.part_of)
        if not who:
            return _("This was changed while you had it open.")
        return _("%(who)s changed this while you had it open.") % {"who": who}

    def _deleted(self) -> str:
        sentence = _(
            "This was deleted while you had it open. Your text is still here: save again to put "
            "it back."
        )
        return render_to_string(
            "admin/desk/deleted_part.html",
            {"sentence": sentence, "delete": self.add_prefix("DELETE")},
        )


def who_saved(*rows: Model | None) -> str:
    """Who changed any of `rows` last, by name; empty where the audit log does not say."""
    about = Q(pk=None)
    for row in rows:
        if row is not None:
            about |= Q(about_kind=row._meta.label_lower, about_id=str(row.pk))
    entries = AuditEntry.objects.filter(
        about, action__in=(AuditAction.CHANGED, AuditAction.DELETED)
    )
    return entries.values_list("actor_name", flat=True).first() or ""


def _lines(text: str, other: str) -> list[tuple[str, bool]]:
    """The lines of `text`, each with whether `other` is without it."""
    known = {line.strip() for line in other.splitlines()}
    return [(line, line.strip() not in known) for line in text.splitlines()]


def fingerprint_of(value: Any) -> str:
    """A digest of `value`, to tell whether it is still the same."""
    plain = json.dumps(value, cls=DjangoJSONEncoder, sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()[:12]
