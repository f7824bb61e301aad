from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class NewsletterConfig(AppConfig):
    name = "newsletter"
    verbose_name = _("Newsletter")

    def ready(self) -> None:
        # They register themselves. They need the models, which are not there before.
        from newsletter import checks  # noqa: F401
        from newsletter.editorial import contributions as editing  # noqa: F401
        from newsletter.safety.holdings import HOLDINGS
        from subscribers.services.personal_data import register

        register(*HOLDINGS)
        post_migrate.connect(_watch_deliveries, sender=self)


def _watch_deliveries(*, using: str, **_signal: Any) -> None:
    """After every migration: SQLite loses what watches a table that it makes anew."""
    from newsletter.ledger.tallying import watch_deliveries

    watch_deliveries(using)
