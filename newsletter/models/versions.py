"""Frozen content: what is rendered and sent."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletter.models.content import Issue


class Version(models.Model):
    """The content of an issue at one moment, immutable, known by the hash of its content."""

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    content = models.JSONField()
    content_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("issue", "number")
        verbose_name = _("version")
        constraints = [
            models.UniqueConstraint(fields=("issue", "number"), name="version_number_once"),
            models.UniqueConstraint(fields=("issue", "content_hash"), name="version_content_once"),
        ]

    def __str__(self) -> str:
        return f"{self.issue} v{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store a new version.

        Raises:
            TypeError: the version is stored already; changed content is another version.
        """
        if not self._state.adding:
            raise TypeError("A version never changes: make another one.")
        super().save(*args, **kwargs)


class ContentChange(models.Model):
    """Somebody changed the content of an issue since another person approved it last."""

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="content_changes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("pk",)
        verbose_name = _("change of content")
        verbose_name_plural = _("changes of content")
        constraints = [
            models.UniqueConstraint(fields=("issue", "user"), name="content_change_once_each")
        ]

    def __str__(self) -> str:
        return str(self.user)


class Approval(models.Model):
    """Somebody's word that one version may go out. It is given once and never taken back.

    It binds to the content of the version: a draft that reads otherwise is another version,
    and has no approval.
    """

    version = models.ForeignKey(Version, models.PROTECT, related_name="approvals")
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("approved by")
    )
    #: Whether they had changed the content themselves since it was approved before.
    by_contributor = models.BooleanField(default=False, db_default=False)
    approved_at = models.DateTimeField(_("approved"), default=timezone.now)

    class Meta:
        ordering = ("approved_at", "pk")
        verbose_name = _("approval")
        constraints = [
            models.UniqueConstraint(
                fields=("version", "approved_by", "by_contributor"), name="approved_once_each"
            )
        ]

    def __str__(self) -> str:
        return f"{self.version} · {self.approved_by}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store a new approval.

        Raises:
            TypeError: it is stored already.
        """
        if not self._state.adding:
            raise TypeError("An approval never changes.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:  # noqa: ARG002
        """Refuse.

        Raises:
            TypeError: always.
        """
        raise TypeError("An approval is never taken back: change the issue, or cancel.")
