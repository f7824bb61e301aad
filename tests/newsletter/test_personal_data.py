"""Every table is either about readers, and then exported, erased and kept for so long, or not.

A new model or column is classified here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import models

from newsletter.models import Delivery
from subscribers.models import Subscriber, Subscription
from subscribers.services.personal_data import Holding, all_holdings

#: Tables that say nothing of readers, with the columns that could hold an address.
NOT_ABOUT_READERS: dict[str, set[str]] = {
    # What editors write.
    "newsletter.assessment": {"trend", "reason", "counted"},
    "newsletter.formerissueslug": {"slug"},
    "newsletter.incident": {"date_precision", "place", "event_type", "actor1", "actor2", "summary"}
    | {"source_url"},
    "newsletter.issue": {"kind", "title", "slug", "subject", "language"},
    "newsletter.picture": {"alt", "content_hash", "kind"},
    "newsletter.pictureuse": set(),
    "newsletter.section": {"kind", "title", "body"},
    "newsletter.version": {"content", "content_hash"},
    "newsletter.part": {"content_hash", "region", "said"},
    # Who at the desk decided what.
    "newsletter.approval": set(),
    "newsletter.contentchange": set(),
    "newsletter.correction": set(),
    "newsletter.correctedpart": {"region", "wrong", "right"},
    "newsletter.historyentry": {"transition", "before", "after", "actor_kind", "actor_name", "why"}
    | {"about"},
    "newsletter.mailing": {"kind", "state", "unknown_policy", "trouble", "trouble_about"}
    | {"segment_rule", "passed_over", "compared_with"},
    # A rule; who is in it is looked up.
    "newsletter.segment": {"name", "languages"},
    # Numbers of readers, never who.
    "newsletter.preflight": {"fingerprint", "state", "found", "editions"},
    "newsletter.leakcheck": {"content_hash", "found", "allowed", "problems"},
    # Shared by all who chose the same.
    "newsletter.edition": {"language", "mail_format"},
    "newsletter.tally": {"state", "reason"},
    "newsletter.regiontally": set(),
    "subscribers.interestset": {"digest"},
    "subscribers.chosenregion": {"level"},
    # How mail leaves.
    "newsletter.batch": {"state", "channel", "transport"},
    "newsletter.domaingroup": {"name"},
    "subscribers.installation": {"place"},
    "newsletter.lane": {"name"},
    "newsletter.maildomain": {"domain"},
    "newsletter.worker": {"host"},
    "newsletter.retentionrun": set(),
    "subscribers.killswitch": {"why", "found", "changed_by"},
    # What there is to subscribe to.
    "subscribers.formerpublicationslug": {"slug"},
    "subscribers.publication": {"slug", "name", "description", "from_name", "from_address"}
    | {"channel"}
    | {"reply_to", "postal_address", "privacy_url", "list_id", "languages", "time_zone"}
    | {"approval", "accent", "accent_dark", "logo_hash", "logo_kind", "logo_alt", "masthead"}
    | {"masthead_place", "contact", "footer", "measured", "section_order"},
    "subscribers.region": {"code", "kind", "names", "origin", "mended"},
    "subscribers.regionoutline": {"pieces", "label", "digest"},
    "subscribers.regionspelling": {"text", "folded", "origin"},
    # Forms that came back, by digests.
    "subscribers.usedstamp": {"digest", "content_key"},
    # Who tried to sign in to the desk, by digests.
    "subscribers.signintry": {"network", "name_key"},
    # Django's own: staff, their rights and their sessions.
    "auth.group": {"name"},
    "auth.permission": {"name", "codename"},
    "auth.user": {"password", "username", "first_name", "last_name", "email"},
    "contenttypes.contenttype": {"app_label", "model"},
    "sessions.session": {"session_key", "session_data"},
}
TEXTS = (models.CharField, models.TextField, models.JSONField, models.GenericIPAddressField)


def about_readers() -> dict[str, Holding]:
    return {one.model._meta.label_lower: one for one in all_holdings() if one.model}


def columns(model: type[models.Model]) -> Iterator[str]:
    yield from (field.name for field in model._meta.concrete_fields)


def test_of_every_table_it_is_known_whether_it_is_about_readers() -> None:
    tables = {model._meta.label_lower for model in apps.get_models()}

    assert tables == set(about_readers()) | set(NOT_ABOUT_READERS)
    assert not set(about_readers()) & set(NOT_ABOUT_READERS)


def test_every_column_about_a_reader_is_exported_or_said_to_tell_nothing() -> None:
    for label, holding in about_readers().items():
        known = (*holding.shown, *holding.internal)
        assert sorted(known) == sorted(columns(apps.get_model(label))), label


def test_a_table_that_refers_to_a_reader_is_about_readers() -> None:
    for label in NOT_ABOUT_READERS:
        for field in apps.get_model(label)._meta.get_fields():
            refers = field.related_model if field.concrete else None
            assert refers not in (Subscriber, Subscription, Delivery), f"{label}.{field.name}"


def test_no_other_table_has_a_column_that_nobody_has_looked_at() -> None:
    for label, known in NOT_ABOUT_READERS.items():
        fields = apps.get_model(label)._meta.concrete_fields
        texts = {field.name for field in fields if isinstance(field, TEXTS)}
        assert texts == known, label


def test_how_long_every_table_about_readers_is_kept_is_a_setting_or_said() -> None:
    guide = Path(settings.BASE_DIR, "docs/howto/privacy.md").read_text()
    for holding in all_holdings():
        assert holding.kept in guide, holding.key
        if holding.kept.isupper():
            assert getattr(settings, holding.kept.removesuffix("_DAYS")), holding.key
