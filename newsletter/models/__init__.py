"""What is written, what each reader gets, and what became of it."""

from __future__ import annotations

from newsletter.models.audience import AudienceMember
from newsletter.models.batches import Batch, BatchState
from newsletter.models.content import (
    Assessment,
    DatePrecision,
    FormerIssueSlug,
    Incident,
    Issue,
    IssueKind,
    Section,
    SectionKind,
    Trend,
    kinds_in_order,
)
from newsletter.models.corrections import CorrectedPart, Correction
from newsletter.models.deliveries import Delivery, DeliveryOutcome, DeliveryState, Reason
from newsletter.models.editions import Edition, Part
from newsletter.models.events import DeliveryEvent, EventKind
from newsletter.models.history import ActorKind, HistoryEntry
from newsletter.models.leak_checks import LeakCheck
from newsletter.models.mailings import Mailing, MailingKind, MailingState, UnknownPolicy
from newsletter.models.operations import (
    DomainGroup,
    Lane,
    MailDomain,
    RetentionRun,
    Throttle,
    Worker,
)
from newsletter.models.pictures import Picture, PictureKind, PictureUse
from newsletter.models.preflights import Preflight, PreflightState
from newsletter.models.segments import Segment
from newsletter.models.tallies import RegionTally, Tally
from newsletter.models.transitions import (
    BatchTransition,
    DeliveryTransition,
    MailingTransition,
)
from newsletter.models.troubles import Trouble
from newsletter.models.versions import Approval, ContentChange, Version

__all__ = [
    "ActorKind",
    "Approval",
    "Assessment",
    "AudienceMember",
    "Batch",
    "BatchState",
    "BatchTransition",
    "ContentChange",
    "CorrectedPart",
    "Correction",
    "DatePrecision",
    "Delivery",
    "DeliveryEvent",
    "DeliveryOutcome",
    "DeliveryState",
    "DeliveryTransition",
    "DomainGroup",
    "Edition",
    "EventKind",
    "FormerIssueSlug",
    "HistoryEntry",
    "Incident",
    "Issue",
    "IssueKind",
    "Lane",
    "LeakCheck",
    "MailDomain",
    "Mailing",
    "MailingKind",
    "MailingState",
    "MailingTransition",
    "Part",
    "Picture",
    "PictureKind",
    "PictureUse",
    "Preflight",
    "PreflightState",
    "Reason",
    "RegionTally",
    "RetentionRun",
    "Section",
    "SectionKind",
    "Segment",
    "Tally",
    "Throttle",
    "Trend",
    "Trouble",
    "UnknownPolicy",
    "Version",
    "Worker",
    "kinds_in_order",
]
