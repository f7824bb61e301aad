"""Who may be mailed, where and why."""

from __future__ import annotations

from subscribers.models.audit import AuditAction, AuditEntry
from subscribers.models.changes import Change
from subscribers.models.faces import LOGO_HEIGHT, LOGO_WIDTH, MastheadPlace
from subscribers.models.installations import Installation
from subscribers.models.interests import (
    TAKES_ALERTS,
    TAKES_ISSUES,
    WITH_REGIONS,
    Choices,
    ChosenRegion,
    Interests,
    InterestSet,
    Level,
    with_level,
)
from subscribers.models.killswitch import KillSwitch, Strange
from subscribers.models.notices import Notice, NoticeKind, NoticeReason, NoticeState
from subscribers.models.outlines import RegionOutline
from subscribers.models.people import (
    ConsentEvent,
    ConsentKind,
    ConsentSource,
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
    Region,
    RegionKind,
    RegionOrigin,
    RegionSpelling,
    SpellingOrigin,
)
from subscribers.models.sign_ins import SignInTry
from subscribers.models.sign_ups import SignUp, SignUpRequest, UsedStamp

__all__ = [
    "LOGO_HEIGHT",
    "LOGO_WIDTH",
    "TAKES_ALERTS",
    "TAKES_ISSUES",
    "WITH_REGIONS",
    "ApprovalRule",
    "AuditAction",
    "AuditEntry",
    "Change",
    "Choices",
    "ChosenRegion",
    "ConsentEvent",
    "ConsentKind",
    "ConsentSource",
    "EndedReason",
    "FormerPublicationSlug",
    "Installation",
    "InterestSet",
    "Interests",
    "KillSwitch",
    "Language",
    "Level",
    "MailFormat",
    "MastheadPlace",
    "Notice",
    "NoticeKind",
    "NoticeReason",
    "NoticeState",
    "Publication",
    "Region",
    "RegionKind",
    "RegionOrigin",
    "RegionOutline",
    "RegionSpelling",
    "SignInTry",
    "SignUp",
    "SignUpRequest",
    "SpellingOrigin",
    "Strange",
    "Subscriber",
    "Subscription",
    "SubscriptionStatus",
    "Suppression",
    "SuppressionReason",
    "UsedStamp",
    "with_level",
]
