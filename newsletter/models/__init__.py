"""What is written, what each reader gets, and what became of it."""

from __future__ import annotations

from newsletter.models.content import (
    Assessment,
    DatePrecision,
    Incident,
    Issue,
    Section,
    SectionKind,
    Trend,
)
from newsletter.models.mailings import (
    Batch,
    BatchState,
    Delivery,
    DeliveryState,
    Edition,
    Mailing,
    MailingState,
    Reason,
    UnknownPolicy,
)
from newsletter.models.operations import Installation, KillSwitch, Lane
from newsletter.models.versions import Version

__all__ = [
    "Assessment",
    "Batch",
    "BatchState",
    "DatePrecision",
    "Delivery",
    "DeliveryState",
    "Edition",
    "Incident",
    "Installation",
    "Issue",
    "KillSwitch",
    "Lane",
    "Mailing",
    "MailingState",
    "Reason",
    "Section",
    "SectionKind",
    "Trend",
    "UnknownPolicy",
    "Version",
]
