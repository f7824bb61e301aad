"""Those who work at the desk, and their rights."""

from __future__ import annotations

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from subscribers.desk.generic import UserAdmin
from subscribers.desk.permissions import RightsInWords
from subscribers.models import AuditAction

admin.site.unregister((User, Group))


@admin.register(User)
class StaffAdmin(RightsInWords, UserAdmin[User]):
    """Nobody is deleted: with them would go what they approved, and Django's log of them."""

    actions = ("deactivate",)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    @admin.action(description=_("Deactivate: they can no longer sign in"), permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Let those chosen no longer sign in; never the person who asks: they could not undo it."""
        users = [user for user in queryset.filter(is_active=True) if user != request.user]
        for user in users:
            user.is_active = False
            user.save(update_fields=["is_active"])
            self.log_change(request, user, "", AuditAction.DEACTIVATED)
        text = ngettext(
            "%(number)d user can no longer sign in.",
            "%(number)d users can no longer sign in.",
            len(users),
        )
        self.message_user(request, text % {"number": len(users)}, messages.SUCCESS)


@admin.register(Group)
class StaffGroupAdmin(RightsInWords, GroupAdmin):
    """Rights that several people have."""
