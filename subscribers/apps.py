from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SubscribersConfig(AppConfig):
    name = "subscribers"
    verbose_name = _("Readers")

    def ready(self) -> None:
        # The models are not there before.
        from subscribers.services.holdings import HOLDINGS
        from subscribers.services.personal_data import register

        register(*HOLDINGS)
