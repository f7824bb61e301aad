from __future__ import annotations

from django.apps import AppConfig
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
