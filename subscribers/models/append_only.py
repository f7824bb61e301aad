"""Rows that are added and read, and never change."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models


class AppendOnly(models.QuerySet[Any]):
    """Refuses to write over rows, or to delete them."""

    def update(self, **kwargs: Any) -> NoReturn:  # noqa: ARG002
        """Refuse.

        Raises:
            TypeError: always.
        """
        raise TypeError(f"{self.model.__name__} is append-only: add another one.")

    def delete(self) -> NoReturn:
        """Refuse.

        Raises:
            TypeError: always.
        """
        raise TypeError(f"{self.model.__name__} is append-only: none is deleted.")


class AppendOnlyModel(models.Model):
    """A row that is added and read. What must go after all goes through a plain ``QuerySet``."""

    objects = AppendOnly.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store a new row.

        Raises:
            TypeError: it is stored already.
        """
        if not self._state.adding:
            raise TypeError(f"{type(self).__name__} never changes: add another one.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:  # noqa: ARG002
        """Refuse.

        Raises:
            TypeError: always.
        """
        raise TypeError(f"{type(self).__name__} is never deleted.")
