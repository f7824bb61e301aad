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
from newsletter.models.operations import KillSwitch, Lane
from newsletter.models.proofs import Proof
from newsletter.models.versions import Approval, Version

__all__ = [
    "Approval",
    "Assessment",
    "Batch",
    "BatchState",
    "DatePrecision",
    "Delivery",
    "DeliveryState",
    "Edition",
    "Incident",
    "Issue",
    "KillSwitch",
    "Lane",
    "Mailing",
    "MailingState",
    "Proof",
    "Reason",
    "Section",
    "SectionKind",
    "Trend",
    "UnknownPolicy",
    "Version",
]
