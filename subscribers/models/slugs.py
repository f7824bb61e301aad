"""Short names in web addresses, and those that pages had before: they stand in sent mail."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _


class FormerSlug(models.Model):
    """A short name that a page once had. It leads to that page, so no other may have it."""

    slug = models.SlugField(max_length=80)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.slug


class Addressed(models.Model):
    """What has a page with a short name in its address, and keeps its former ones."""

    class Meta:
        abstract = True

    #: What its address is made of, and the field of a former one that leads to it.
    ADDRESS: tuple[str, ...]
    OWNER: str
    #: The model of former ones, a :class:`FormerSlug`.
    FORMER: str

    def is_out(self) -> bool:
        """Whether its present address may stand in mail, or anywhere else."""
        return True

    def clean(self) -> None:
        """Refuse an address that another one had."""
        super().clean()
        self._refuse_address_of_another()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store it. If its address changes, the one that it had leads to it from now on.

        Raises:
            ValidationError: the address leads to another one.
        """
        with transaction.atomic():
            self._refuse_address_of_another()
            self._keep_address()
            super().save(*args, **kwargs)

    def _refuse_address_of_another(self) -> None:
        taken = self._former().filter(**self._address())
        if taken.exclude(**{self.OWNER: self.pk}).exists():
            sentence = _(
                "Another page had this short name before, and old links lead there. Choose"
                " another one."
            )
            raise ValidationError({"slug": sentence})

    def _keep_address(self) -> None:
        known = type(self)._default_manager.filter(pk=self.pk)
        before = known.exclude(**self._address()).values(*self.ADDRESS).first()
        if before is None:
            return
        former = self._former()
        former.filter(**self._address(), **{self.OWNER: self.pk}).delete()
        if self.is_out():
            former.update_or_create(**before, defaults={f"{self.OWNER}_id": self.pk})

    def _former(self) -> models.Manager[Any]:
        former: type[models.Model] = apps.get_model(self.FORMER)
        return former._default_manager

    def _address(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.ADDRESS}
