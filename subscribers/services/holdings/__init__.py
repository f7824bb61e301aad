"""What this app holds about readers, and what Django's log of the desk says of them."""

from __future__ import annotations

from subscribers.services.holdings.readers import (
    CHANGES,
    CONSENT_EVENTS,
    SUBSCRIBER,
    SUBSCRIPTIONS,
)
from subscribers.services.holdings.requests import NOTICES, REQUESTS, SIGN_UPS
from subscribers.services.holdings.staff import AUDIT, LOG_ENTRIES, SUPPRESSIONS

#: In the order of an export; what refers to others comes after them.
HOLDINGS = (
    SUBSCRIBER,
    SUBSCRIPTIONS,
    CONSENT_EVENTS,
    REQUESTS,
    CHANGES,
    NOTICES,
    SIGN_UPS,
    SUPPRESSIONS,
    LOG_ENTRIES,
    AUDIT,
)
