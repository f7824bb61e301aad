"""What is done at the desk is kept in the audit log, page by page, by one class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.contrib.admin.models import LogEntry
from django.db.models import Model, QuerySet
from django.forms.formsets import BaseFormSet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise

from subscribers.desk.lists import DeskList
from subscribers.models import AuditAction
from subscribers.services.auditing import HIDDEN, LONGEST_NOTE, plain, record, values_of
from subscribers.wordings import stored, told


class AuditedAdmin(DeskList):
    """Keeps every addition, change and deletion, with the old and the new values."""

    #: Whether looking is kept too, as for readers.
    audits_looking = False

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """As Django does; what the forms changed is kept for the entry that follows."""
        request.audited_changes = dict(_changes_in(form, formsets or ()))  # type: ignore[attr-defined]
        return super().construct_change_message(request, form, formsets, add)

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        self.audit(request, AuditAction.CREATED, obj, message)
        return super().log_addition(request, obj, message)

    def log_change(
        self,
        request: HttpRequest,
        obj: Model,
        message: Any,
        action: AuditAction = AuditAction.CHANGED,
    ) -> LogEntry:
        self.audit(request, action, obj, message)
        kept = stored(message) if isinstance(message, Promise) else message
        return super().log_change(request, obj, kept)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        for obj in queryset:
            lost = {name: [value, None] for name, value in values_of(obj).items() if value}
            record(AuditAction.DELETED, by=_user(request), about=obj, changes=lost)
        return super().log_deletions(request, queryset)

    def audit(
        self, request: HttpRequest, action: AuditAction, obj: Model, message: Any = ""
    ) -> None:
        """Keep that the person who asks did `action` to `obj`; `message` if it is a sentence."""
        record(
            action,
            by=_user(request),
            about=obj,
            changes=getattr(request, "audited_changes", None),
            note=stored(message, LONGEST_NOTE) if isinstance(message, str | Promise) else "",
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        answer = super().change_view(request, object_id, form_url, extra_context)
        if self.audits_looking and request.method == "GET" and answer.status_code == 200:
            self.audit(request, AuditAction.VIEWED, answer.context_data["original"])  # type: ignore[attr-defined]
        return answer

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        answer = super().changelist_view(request, extra_context)
        # However it was asked for: a form without an action is answered with the list too.
        if self.audits_looking and "cl" in (getattr(answer, "context_data", None) or {}):
            record(AuditAction.VIEWED, by=_user(request), about=self.model)
        return answer

    def history_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """As Django does, in the language of those who look rather than of those who acted."""
        answer = super().history_view(request, object_id, extra_context)
        for entry in (getattr(answer, "context_data", None) or {}).get("action_list", ()):
            entry.change_message = told(entry.change_message)
        if self.audits_looking and answer.status_code == 200:
            self.audit(request, AuditAction.VIEWED, answer.context_data["object"])  # type: ignore[attr-defined]
        return answer


def _user(request: HttpRequest) -> Any:
    return request.user


def _changes_in(form: Any, formsets: Iterable[BaseFormSet[Any]]) -> Iterator[tuple[str, list[Any]]]:
    """Each field that was changed, with its old and its new value; those of parts by number."""
    yield from _changed_fields(form)
    for formset in formsets:
        for part in formset.forms:
            yield from _changes_of_part(formset, part)


def _changes_of_part(formset: Any, part: Any) -> Iterator[tuple[str, list[Any]]]:
    place = f"{formset.prefix}.{part.instance.pk}"
    changed = _lost_fields if part in formset.deleted_forms else _changed_fields
    yield from ((f"{place}.{name}", pair) for name, pair in changed(part))


def _lost_fields(form: Any) -> Iterator[tuple[str, list[Any]]]:
    for name, old in form.initial.items():
        if name in form.fields and not form.fields[name].widget.is_hidden:
            yield name, [_plain(form.fields[name], old), None]


def _changed_fields(form: Any) -> Iterator[tuple[str, list[Any]]]:
    for name in form.changed_data:
        field = form.fields.get(name)
        if field is None or isinstance(field, forms.FileField):
            yield name, [HIDDEN, HIDDEN]
            continue
        old, new = form.initial.get(name, field.initial), form.cleaned_data.get(name)
        pair = [_plain(field, old), _plain(field, new)]
        # What may only be looked at is not sent, and Django takes that for a change.
        if pair[0] != pair[1]:
            yield name, pair


def _plain(field: forms.Field, value: Any) -> Any:
    """`value` as it is kept; of another object, its name."""
    if isinstance(field, forms.ModelMultipleChoiceField):
        return plain(value or [])
    if isinstance(field, forms.ModelChoiceField) and value and not isinstance(value, Model):
        objects: Any = field.queryset
        return plain(objects.filter(pk=value).first() or value)
    return plain(value)
