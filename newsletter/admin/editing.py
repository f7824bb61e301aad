"""The last person to change an issue, who may not approve it where another person has to."""

from __future__ import annotations

from collections.abc import Iterable

from django.forms import BaseForm
from django.forms.formsets import BaseFormSet
from django.http import HttpRequest

from newsletter.models import Issue


def keep_editor(
    request: HttpRequest, issue_id: int, form: BaseForm, formsets: Iterable[BaseFormSet]
) -> None:
    """Keep who sent these forms as the last editor of the issue, if they change anything."""
    if form.has_changed() or any(formset.has_changed() for formset in formsets):
        Issue.objects.filter(pk=issue_id).update(edited_by=request.user.pk)
