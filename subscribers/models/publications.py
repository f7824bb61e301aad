"""The recurring newsletter that one subscribes to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from subscribers.channels import LONGEST_NAME, MAIN
from subscribers.models.constraints import (
    in_languages,
    is_a_channel,
    is_mailable_everywhere,
    is_one_line,
    one_of,
)
from subscribers.models.faces import Face, face_constraints
from subscribers.models.fields import LineField, SenderField, known_language
from subscribers.models.regions import Region
from subscribers.models.slugs import Addressed, FormerSlug
from subscribers.models.texts import AddressesField, TextsField, lists_languages
from subscribers.time_zones import known_time_zones


def known_time_zone(name: str) -> None:
    """Refuse a name that is not in the IANA time zone database."""
    if name not in known_time_zones():
        raise ValidationError(
            _("“%(name)s” is not a time zone. Write it like Africa/Bamako."), params={"name": name}
        )


def default_languages() -> list[str]:
    """Those of the desk: what its editors can write in."""
    return list(settings.DESK_LANGUAGES)


def known_languages(tags: Any) -> None:
    """Refuse anything but a list of languages."""
    if not isinstance(tags, list) or not tags or len(set(tags)) != len(tags):
        raise ValidationError(_("List each language once, such as en, fr."))
    for tag in tags:
        known_language(str(tag))


#: RFC 2919: a name as domains have them. Beyond ASCII, mail programs would not know it again.
LIST_ID = r"^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+\Z"
known_list_id = RegexValidator(
    LIST_ID,
    _("Write it like dispatch.news.example.org: letters, digits and hyphens, with dots between."),
)


class ApprovalRule(models.TextChoices):
    """Whose word a publication needs before an issue may be scheduled."""

    NONE = "none", _("nobody")
    ANYONE = "anyone", _("anyone who may approve")
    ANOTHER = "another", _("someone who didn’t edit it")


class Publication(Face, Addressed):
    """A newsletter with a name, a sender, and the regions it covers."""

    ADDRESS = ("slug",)
    OWNER = "publication"
    FORMER = "subscribers.FormerPublicationSlug"

    slug = models.SlugField(_("short name for web addresses"), unique=True)
    name = TextsField(_("name"), max_length=120)
    description = TextsField(_("what a reader gets"), lines=False, blank=True)
    from_name = LineField(_("sender’s name"), max_length=80)
    from_address = SenderField(_("sender’s address"))
    reply_to = SenderField(
        _("address for replies"),
        help_text=_("A person must read this mailbox: unsubscribe requests arrive here too."),
    )
    postal_address = LineField(_("postal address"), max_length=200)
    privacy_url = AddressesField(
        _("page about privacy"),
        blank=True,
        help_text=_("Linked in every footer."),
    )
    list_id = models.CharField(
        _("List-Id"),
        max_length=200,
        validators=[known_list_id],
        help_text=_("Like dispatch.news.example.org. Mail programs sort by it: never change it."),
    )
    languages = models.JSONField(
        _("languages"),
        default=default_languages,
        validators=[known_languages],
        help_text=_(
            "In order, such as en, fr, ar. Issues are written in the first, and may be "
            "translated into the others. Once saved, this page has fields for each."
        ),
    )
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[known_time_zone]
    )
    regions = models.ManyToManyField(
        Region,
        related_name="publications",
        verbose_name=_("regions covered"),
    )
    mail_when_nothing = models.BooleanField(
        _("also email readers with no matching section"),
        default=True,
        help_text=_(
            "They get the parts for everyone, with a line that says so. Otherwise they get nothing."
        ),
    )

    approval = models.CharField(
        _("who has to approve an issue"),
        max_length=7,
        choices=ApprovalRule,
        default=ApprovalRule.NONE,
        help_text=_("Needed before scheduling. Any change to the issue needs a new approval."),
    )
    undo_seconds = models.PositiveSmallIntegerField(
        _("undo time (seconds)"),
        default=0,
        help_text=_("How long a mailing can still be undone once its time has come."),
    )
    alert_undo_seconds = models.PositiveSmallIntegerField(
        _("undo time of alerts (seconds)"),
        default=0,
        help_text=_("The same for alerts, which readers are waiting for."),
    )
    channel = models.CharField(
        _("channel"),
        max_length=LONGEST_NAME,
        default=MAIN,
        db_default=MAIN,
        help_text=_(
            "The way out of all its emails. A mailing that is being sent goes on by the one that "
            "it began with."
        ),
    )

    archive_open = models.BooleanField(
        _("anyone may read past issues"),
        default=False,
        help_text=_("On this site, in full, once they are sent."),
    )

    class Meta:
        ordering = ("slug",)
        verbose_name = _("publication")
        constraints = [
            *face_constraints(),
            one_of("approval", ApprovalRule),
            is_a_channel("channel"),
            in_languages("name"),
            in_languages("description", lines=False, optional=True),
            in_languages("privacy_url", optional=True),
            *(is_one_line(field) for field in ("from_name", "postal_address")),
            *(is_mailable_everywhere(field) for field in ("from_address", "reply_to")),
            models.CheckConstraint(
                condition=lists_languages("languages"),
                name="publication_has_languages",
                violation_error_message=_("List each language once, such as en, fr."),
            ),
            models.CheckConstraint(
                condition=models.Q(list_id__regex=LIST_ID),
                name="publication_has_a_list_id",
                violation_error_message=known_list_id.message,
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)

    @classmethod
    def at(cls, slug: str) -> Publication:
        """The one that has `slug` in its addresses, or had it.

        Raises:
            DoesNotExist: there is none.
        """
        had_it = FormerPublicationSlug.objects.filter(slug=slug).values("publication")
        has_it = cls.objects.filter(slug=slug).first()
        return has_it or cls.objects.get(pk__in=had_it)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def today(self) -> date:
        return self.day_of(timezone.now())

    def day_of(self, moment: datetime) -> date:
        """The day of `moment` by its clock."""
        return moment.astimezone(self.zone).date()


class FormerPublicationSlug(FormerSlug):
    """A short name that a publication had."""

    publication = models.ForeignKey(Publication, models.CASCADE, related_name="former_slugs")

    class Meta:
        ordering = ("pk",)
        verbose_name = _("former short name of a publication")
        verbose_name_plural = _("former short names of publications")
        constraints = [
            models.UniqueConstraint(fields=("slug",), name="former_slug_leads_to_one_publication")
        ]
