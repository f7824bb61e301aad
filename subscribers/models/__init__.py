"""Who may be mailed, where and why."""

from __future__ import annotations

from subscribers.models.audit import AuditAction, AuditEntry
from subscribers.models.changes import Change
from subscribers.models.installations import Installation
from subscribers.models.killswitch import KillSwitch
from subscribers.models.notices import Notice, NoticeKind, NoticeState
from subscribers.models.people import (
    ConsentEvent,
    ConsentKind,
    EndedReason,
    Language,
    MailFormat,
    Subscriber,
    Subscription,
    SubscriptionStatus,
    Suppression,
    SuppressionReason,
)
from subscribers.models.publications import ApprovalRule, FormerPublicationSlug, Publication
from subscribers.models.regions import (
    InterestSet,
    Region,
    RegionKind,
    RegionOrigin,
    RegionSpelling,
    SpellingOrigin,
)
from subscribers.models.sign_ins import SignInTry
from subscribers.models.sign_ups import SignUp, SignUpRequest, UsedStamp

__all__ = [
    "ApprovalRule",
    "AuditAction",
    "AuditEntry",
    "Change",
    "ConsentEvent",
    "ConsentKind",
    "EndedReason",
    "FormerPublicationSlug",
    "Installation",
    "InterestSet",
    "KillSwitch",
    "Language",
    "MailFormat",
    "Notice",
    "NoticeKind",
    "NoticeState",
    "Publication",
    "Region",
    "RegionKind",
    "RegionOrigin",
    "RegionSpelling",
    "SignInTry",
    "SignUp",
    "SignUpRequest",
    "SpellingOrigin",
    "Subscriber",
    "Subscription",
    "SubscriptionStatus",
    "Suppression",
    "SuppressionReason",
    "UsedStamp",
]
