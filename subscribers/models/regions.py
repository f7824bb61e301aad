"""Places and their other names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from subscribers.collation import fold, without_apostrophes
from subscribers.fallback import LAST_RESORT, in_language
from subscribers.models.constraints import is_one_line, one_of
from subscribers.models.fields import one_line


class RegionKind(models.TextChoices):
    WORLD = "world", _("world")
    SUBREGION = "subregion", _("subregion")
    COUNTRY = "country", _("country")
    ADMIN1 = "admin1", _("first-level division")
    ADMIN2 = "admin2", _("second-level division")
    GROUP = "group", _("named group")


class RegionOrigin(models.TextChoices):
    """Who a region or a spelling is from."""

    SHIPPED = "shipped", _("comes with the service")
    STAFF = "staff", _("added here")


#: A BCP 47 language tag, as far as regions have names in it: fr, pt-BR, zh-Hant.
LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
LONGEST_NAME = 120
#: What databases do not take, and files of JSON may write: no letter, and half of one.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
LONGEST_CODE = 16
#: What may stand in an address, in a list and between blanks.
CODE = r"^[A-Za-z0-9]+(-[A-Za-z0-9]+)*\Z"
known_code = RegexValidator(CODE, _("A code has letters, digits and hyphens, like ML-1."))
#: What a reload leaves alone once staff changed it; a name is “names.” with its language.
MENDABLE = ("parent", "valid_from", "valid_to", "aliases", "members", "successors")
NAMES = "names."


def names_by_language(names: Any) -> None:
    """Refuse anything but language tags with a name each, English among them."""
    if not isinstance(names, dict) or not names.get(LAST_RESORT):
        raise ValidationError(_("Write the name in English: it stands in for other languages."))
    for tag, name in names.items():
        if not LANGUAGE_TAG.fullmatch(tag):
            raise ValidationError(_("“%(tag)s” is not a language tag."), params={"tag": tag})
        if not isinstance(name, str) or not 0 < len(name.strip()) <= LONGEST_NAME:
            raise ValidationError(
                _("Write a name of 1 to %(most)d characters."), params={"most": LONGEST_NAME}
            )
        name_to_find(name)


def name_to_find(name: str) -> None:
    """Refuse a name that nobody could look for, or that does not stand in a line."""
    one_line(name)
    if _UNSTORABLE.search(name):
        raise ValidationError(one_line.message)
    # Some letters come apart in several: one of Arabic in eighteen.
    if not 0 < len(fold(name)) <= LONGEST_NAME or len(name) > LONGEST_NAME:
        raise ValidationError(_("“%(alias)s” cannot be searched for."), params={"alias": name})


def mendable_fields(fields: Any) -> None:
    """Refuse what no field of a region is called."""
    if not isinstance(fields, list) or not all(map(_is_mendable, fields)):
        raise ValidationError(_("Not a list of fields."))


def _is_mendable(field: Any) -> bool:
    if field in MENDABLE:
        return True
    tag = str(field).removeprefix(NAMES)
    return str(field).startswith(NAMES) and LANGUAGE_TAG.fullmatch(tag) is not None


class Region(models.Model):
    """A place in the tree world › subregion › country › admin-1 › admin-2, or a named group.

    `code` is the ISO 3166 or UN M49 code where there is one, else `x-…`. A group stands
    beside the tree: it has members, and choosing it is choosing each of them.

    `names` holds the name by language tag, English always: a language more is an entry more.
    A name that is the same as in English may be left out. Saving a region, not an update of
    many rows at once, also makes it found by its names: see :meth:`SpellingManager.index`.
    """

    code = models.CharField(
        _("code"), max_length=LONGEST_CODE, unique=True, validators=[known_code]
    )
    kind = models.CharField(_("kind"), max_length=10, choices=RegionKind)
    names = models.JSONField(_("names"), validators=[names_by_language])
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("lies in"),
    )
    members = models.ManyToManyField(
        "self", symmetrical=False, blank=True, related_name="groups", verbose_name=_("members")
    )
    successors = models.ManyToManyField(
        "self",
        symmetrical=False,
        blank=True,
        related_name="predecessors",
        verbose_name=_("succeeded by"),
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    origin = models.CharField(
        _("origin"),
        max_length=7,
        choices=RegionOrigin,
        default=RegionOrigin.STAFF,
        editable=False,
    )
    #: Fields of a shipped region that staff changed, of MENDABLE, and names.
    mended = models.JSONField(
        default=list, blank=True, editable=False, validators=[mendable_fields]
    )

    class Meta:
        ordering = ("names__en", "code")
        verbose_name = _("region")
        constraints = [
            one_of("kind", RegionKind),
            one_of("origin", RegionOrigin),
            models.CheckConstraint(
                condition=models.Q(code__regex=CODE),
                name="region_code_is_shaped",
                violation_error_message=known_code.message,
            ),
            models.CheckConstraint(
                condition=models.Q(names__has_key=LAST_RESORT) & ~models.Q(names__en=""),
                name="region_has_an_english_name",
                violation_error_message=_(
                    "Write the name in English: it stands in for other languages."
                ),
            ),
            models.UniqueConstraint(
                fields=("kind",), condition=models.Q(kind="world"), name="one_world"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="world") ^ models.Q(parent__isnull=False),
                name="only_the_world_has_no_parent",
            ),
            models.CheckConstraint(
                condition=~models.Q(parent=models.F("id")),
                name="region_lies_in_another",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to__gt=models.F("valid_from"))
                | models.Q(valid_to=None)
                | models.Q(valid_from=None),
                name="region_ends_after_it_begins",
                violation_error_message=_("It ends before it begins."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        RegionSpelling.objects.index(self)

    @property
    def name(self) -> str:
        """The name in the language that is active."""
        return self.name_in(get_language() or LAST_RESORT)

    def name_in(self, language: str) -> str:
        """The name in `language`, a wider one or English: pt-BR, then pt, then en."""
        name: str = in_language(self.names, language)
        return name


class SpellingOrigin(models.TextChoices):
    """Where a spelling comes from: one that is derived is never written by hand."""

    DERIVED = "derived", _("a name or the code")
    SHIPPED = "shipped", _("comes with the service")
    STAFF = "staff", _("added here")


class SpellingManager(models.Manager["RegionSpelling"]):
    def aliases(self) -> models.QuerySet[RegionSpelling]:
        """What was written beside the names: Timbuctoo."""
        return self.exclude(origin=SpellingOrigin.DERIVED)

    def index(self, region: Region) -> None:
        """Bring what `region` is found by in line with its code, names and aliases."""
        aliases = region.spellings.exclude(origin=SpellingOrigin.DERIVED)
        wanted = derived_spellings(
            region.code, region.names, aliases.values_list("text", flat=True)
        )
        derived = region.spellings.filter(origin=SpellingOrigin.DERIVED)
        derived.exclude(folded__in=wanted).delete()
        self.bulk_create(
            [
                RegionSpelling(region=region, text=text, folded=folded, origin="derived")
                for folded, text in wanted.items()
            ],
            ignore_conflicts=True,
        )


def derived_spellings(
    code: str, names: Mapping[str, str], aliases: Iterable[str]
) -> dict[str, str]:
    """What a region is found by beside its aliases, by its folded form.

    That is its code, its names, and all of them and the aliases without apostrophes:
    people write Cote d'Ivoire, and Cote dIvoire.
    """
    own = [code, *names.values()]
    found = {fold(text): text for text in own}
    for text in (*own, *aliases):
        if (closed := fold(without_apostrophes(text))) != fold(text):
            found.setdefault(closed, text)
    return {folded: text for folded, text in found.items() if folded}


class RegionSpelling(models.Model):
    """A way to write a region, for finding it: Timbuktu, Tombouctou, ML-6. All stand here.

    `folded` is the text as :func:`subscribers.collation.fold` leaves it. Two regions may share
    one: a name is not an identity.
    """

    region = models.ForeignKey(Region, models.CASCADE, related_name="spellings")
    text = models.CharField(max_length=LONGEST_NAME, validators=[name_to_find])
    folded = models.CharField(max_length=LONGEST_NAME, db_index=True)
    origin = models.CharField(
        max_length=7, choices=SpellingOrigin, default=SpellingOrigin.STAFF, editable=False
    )

    objects = SpellingManager()

    class Meta:
        verbose_name = _("other spelling")
        verbose_name_plural = _("other spellings")
        constraints = [
            one_of("origin", SpellingOrigin),
            is_one_line("text"),
            models.CheckConstraint(condition=~models.Q(folded=""), name="spelling_is_folded"),
            models.UniqueConstraint(
                fields=("region", "folded", "origin"), name="one_spelling_once_a_region"
            ),
        ]

    def __str__(self) -> str:
        return self.text

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.folded = fold(self.text)
        super().save(*args, **kwargs)
        RegionSpelling.objects.index(self.region)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        deleted = super().delete(*args, **kwargs)
        RegionSpelling.objects.index(self.region)
        return deleted
