"""Finding readers by their address: by all of it, by how it begins, or by its domain."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from subscribers.addresses import normalise
from subscribers.desk.lists import DeskList
from subscribers.errors import AskForAnotherAddress
from subscribers.models import Subscriber

#: Of so many readers is found what is theirs. The database would guess badly how many there are.
FEW = 100


def is_at(typed: str) -> Q:
    """The condition that a mailbox begins with what was `typed`, which its index finds.

    Of a whole address, the domain may be in any script. With the @ in front it is the domain
    alone, which takes as long as reading all of them.
    """
    stored = as_stored(typed)
    return Q(mailbox__endswith=stored) if stored.startswith("@") else Q(mailbox__startswith=stored)


def as_stored(typed: str) -> str:
    """What was `typed` of an address as mailboxes are stored: in ASCII and lower case."""
    try:
        return normalise(typed).lower()
    except AskForAnotherAddress:
        return typed.strip().lower()


class FoundByAddress(DeskList):
    """A list of what belongs to readers."""

    #: Leads from a row to its subscriber.
    reader = "subscriber"
    #: Django shows the field for it if there are any.
    search_fields = ("pk",)
    search_help_text = _("Search by address, or by how it begins.")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Those of readers whose address begins with what was typed; of some, if they are many."""
        if not search_term.strip():
            return queryset, False
        readers = Subscriber.objects.filter(is_at(search_term)).order_by()
        found = list(readers.values_list("pk", flat=True)[: FEW + 1])
        if len(found) > FEW:
            text = gettext("More than %(number)d readers match. Type more of the address.")
            messages.info(request, text % {"number": FEW})
        return queryset.filter(**{f"{self.reader}__in": found[:FEW]}), False
