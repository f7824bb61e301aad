"""What staff did and looked at."""

from __future__ import annotations

from django.apps import apps
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from subscribers.models.append_only import AppendOnlyModel
from subscribers.models.constraints import one_of


class AuditAction(models.TextChoices):
    CREATED = "created", _("added")
    CHANGED = "changed", _("changed")
    DELETED = "deleted", _("deleted")
    VIEWED = "viewed", _("looked at")
    EXPORTED = "exported", _("exported")
    ERASED = "erased", _("erased")
    SIGNED_IN = "signed_in", _("signed in")
    SIGN_IN_FAILED = "sign_in_failed", _("failed to sign in")
    DEACTIVATED = "deactivated", _("deactivated")
    APPROVED = "approved", _("gave approval")
    SCHEDULED = "scheduled", pgettext_lazy("act", "scheduled")


class AuditEntry(AppendOnlyModel):
    """One thing that one member of staff did or looked at. Append-only.

    It outlives all that it speaks of: neither who did it nor what it is about is more than
    named, so that deleting them takes nothing away here. Readers are named by number alone.
    """

    at = models.DateTimeField(_("moment"), default=timezone.now, editable=False)
    #: No constraint, no cascade: the id stays after its user is gone.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="+",
        verbose_name=_("user"),
    )
    #: The user's name then; what was typed, where nobody was signed in; or a command.
    actor_name = models.CharField(_("who"), max_length=150)
    action = models.CharField(_("action"), max_length=14, choices=AuditAction)
    #: A model, such as "subscribers.publication"; empty where it is about the desk as such.
    about_kind = models.CharField(_("kind"), max_length=100, blank=True)
    #: Empty where it is about all of that kind, such as their list.
    about_id = models.CharField(_("number"), max_length=64, blank=True)
    about_label = models.CharField(_("name"), max_length=200, blank=True)
    #: The old and the new value of each field: {"name": ["before", "after"]}.
    changes = models.JSONField(_("changes"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        default_permissions = ("view",)
        constraints = [
            one_of("action", AuditAction),
            models.CheckConstraint(
                condition=~models.Q(actor_name=""), name="audit_entry_names_its_actor"
            ),
            models.CheckConstraint(
                condition=models.Q(about_id="", about_label="") | ~models.Q(about_kind=""),
                name="audit_entry_says_the_kind",
            ),
        ]
        indexes = [
            models.Index(fields=("about_kind", "about_id"), name="audit_entries_about"),
            models.Index(fields=("actor",), name="audit_entries_by"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.get_action_display()} {self.about}".rstrip()

    @property
    def about(self) -> str:
        """What it is about, in words."""
        if not self.about_kind:
            return ""
        kind = capfirst(self._kind_in_words())
        if self.about_label:
            return gettext("%(kind)s “%(name)s”") % {"kind": kind, "name": self.about_label}
        return f"{kind} {self.about_id}".rstrip()

    def _kind_in_words(self) -> str:
        try:
            meta = apps.get_model(self.about_kind)._meta
        except LookupError:
            return self.about_kind
        return str(meta.verbose_name if self.about_id else meta.verbose_name_plural)
