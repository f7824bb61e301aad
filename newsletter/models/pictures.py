"""Pictures that editors upload, and the versions that show them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletter.models.versions import Version
from subscribers.models.constraints import one_of
from subscribers.models.fields import LineField


class PictureKind(models.TextChoices):
    """How a picture is stored; the value is the end of its address."""

    JPEG = "jpg", "JPEG"
    PNG = "png", "PNG"


class Picture(models.Model):
    """A picture that texts may show. Its file never changes: another one is another picture."""

    alt = LineField(
        _("what it shows, in words"),
        max_length=300,
        help_text=_("For readers who do not see the picture. Say what it tells them."),
    )
    #: SHA-256 of the file, which is its name in the folder of pictures.
    content_hash = models.CharField(max_length=64, editable=False)
    kind = models.CharField(max_length=4, choices=PictureKind, editable=False)
    #: In pixels.
    width = models.PositiveSmallIntegerField(editable=False)
    height = models.PositiveSmallIntegerField(editable=False)
    created_at = models.DateTimeField(_("uploaded"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        constraints = [
            one_of("kind", PictureKind),
            models.CheckConstraint(
                condition=~models.Q(alt=""),
                name="picture_says_what_it_shows",
                violation_error_message=_("Say in words what the picture shows."),
            ),
            models.CheckConstraint(
                condition=models.Q(width__gt=0, height__gt=0), name="picture_has_a_size"
            ),
        ]

    def __str__(self) -> str:
        return self.alt

    @property
    def markdown(self) -> str:
        """What shows it when it stands in a text."""
        return f"![](picture:{self.pk})"


class PictureUse(models.Model):
    """A version shows a picture, which therefore stays."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="pictures")
    picture = models.ForeignKey(Picture, models.PROTECT, related_name="uses")

    class Meta:
        verbose_name = _("use of a picture")
        verbose_name_plural = _("uses of a picture")
        constraints = [
            models.UniqueConstraint(fields=("version", "picture"), name="picture_use_once")
        ]

    def __str__(self) -> str:
        return f"{self.picture_id} in {self.version_id}"
