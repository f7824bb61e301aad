"""Pages of the desk on which staff look and change nothing."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from subscribers.desk.auditing import AuditedAdmin
from subscribers.desk.generic import TabularInline


class ReadOnly:
    """What the service writes by itself: staff look at it and change nothing."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, AuditedAdmin):
    pass


class ReadOnlyInline(ReadOnly, TabularInline[Any, Any]):
    extra = 0
    can_delete = False
