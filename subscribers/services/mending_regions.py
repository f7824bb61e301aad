"""What staff do to regions: adding, mending, and taking away what nobody uses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import ForeignObjectRel, Model
from django.utils.translation import gettext as _

from subscribers.errors import RegionInUse, RegionRefused
from subscribers.listing import listed
from subscribers.models import Region, RegionKind, RegionOrigin, RegionOutline, RegionSpelling
from subscribers.models.regions import MENDABLE, NAMES
from subscribers.outlines.drawing import DrawnOutline
from subscribers.regions.placing import circle, in_a_circle, lies_well

#: What a region has of its own, and what goes with it.
_ITS_OWN = ("spellings", "outline")


@dataclass(frozen=True)
class Placing:
    """Where a region is to stand among the others."""

    code: str
    kind: str
    parent: Region | None
    members: Collection[Region] = ()
    successors: Collection[Region] = ()


def check(wanted: Placing) -> None:
    """Refuse a region that cannot stand so.

    Raises:
        RegionRefused: it lies in what stands no higher, or below itself; what lies in it would
            stand no lower; a group holds itself, or nothing; or it is succeeded by itself.
    """
    if sentences := dict(_problems(wanted)):
        raise RegionRefused(sentences)


def note_mended(region: Region, fields: Iterable[str]) -> None:
    """Have the next loading leave alone those `fields` of `region` that staff changed.

    A name is “names.” with its language. Of a region of staff there is nothing to note. The
    region is not saved.
    """
    if region.origin == RegionOrigin.SHIPPED:
        changed = {f for f in fields if f in MENDABLE or f.startswith(NAMES)}
        region.mended = sorted({*region.mended, *changed})


def store_outline(region: Region, drawn: DrawnOutline) -> None:
    """Draw `region` from `drawn` from now on."""
    RegionOutline.objects.update_or_create(
        region=region,
        defaults={"pieces": drawn.pieces, "label": drawn.label, "digest": drawn.digest},
    )


def remove_outline(region: Region) -> None:
    """Draw `region` as it came with the service again; as a tile where it came with none."""
    RegionOutline.objects.filter(region=region).delete()


@transaction.atomic
def remove_alias(spelling: RegionSpelling) -> None:
    """Let its region no longer be found by `spelling`, after the next loading neither."""
    region = Region.objects.select_for_update().get(pk=spelling.region_id)
    if spelling.origin == RegionOrigin.SHIPPED:
        note_mended(region, ["aliases"])
        Region.objects.filter(pk=region.pk).update(mended=region.mended)
    spelling.delete()


def check_unused(region: Region) -> None:
    """Refuse to delete a region that something names, or that would come back.

    Raises:
        RegionInUse: says what names it, and what to do instead.
    """
    if region.origin == RegionOrigin.SHIPPED:
        raise RegionInUse(
            _("%(region)s comes with the service and would come back. Write a day in “valid to”.")
            % {"region": region}
        )
    if users := [_counted(kind, number) for kind, number in _users(region)]:
        raise RegionInUse(
            _("%(region)s is in use: %(users)s. Write a day in “valid to” instead.")
            % {"region": region, "users": listed(users)}
        )


@transaction.atomic
def delete(region: Region) -> None:
    """Delete `region` with its spellings and its outline.

    Raises:
        RegionInUse: something names it, or it would come back; it stays.
    """
    # Nobody can begin to name it meanwhile: that would need this row as well.
    check_unused(Region.objects.select_for_update().get(pk=region.pk))
    region.delete()


def _problems(wanted: Placing) -> Iterator[tuple[str, str]]:
    if why := _misplaced(wanted):
        yield "parent", why
    if why := _wrong_members(wanted):
        yield "members", why
    if any(region.code == wanted.code for region in wanted.successors):
        yield "successors", _("A region does not succeed itself.")
    elif found := circle(wanted.code, _steps_outward(wanted)):
        # What succeeds a region lies in it, so the way back leads through one of the two.
        through = {region.code for region in wanted.successors}
        yield "successors" if found[-2] in through else "parent", in_a_circle(found)


def _misplaced(wanted: Placing) -> str:
    """Why it cannot lie where it is to; empty if it can."""
    if (wanted.kind == RegionKind.WORLD) != (wanted.parent is None):
        return _("Choose what it lies in; only the world lies in nothing.")
    if wanted.parent and not lies_well(wanted.kind, wanted.parent.kind):
        return _(
            "A %(kind)s cannot lie in %(parent)s, a %(parent_kind)s: that stands no higher in the"
            " tree."
        ) % {
            "kind": RegionKind(wanted.kind).label,
            "parent": wanted.parent,
            "parent_kind": wanted.parent.get_kind_display(),
        }
    for child in Region.objects.filter(parent__code=wanted.code):
        if not lies_well(child.kind, wanted.kind):
            return _("%(child)s, a %(child_kind)s, lies in it and would stand no lower.") % {
                "child": child,
                "child_kind": child.get_kind_display(),
            }
    return ""


def _wrong_members(wanted: Placing) -> str:
    if wanted.kind != RegionKind.GROUP:
        return _("Only a named group has members.") if wanted.members else ""
    if not wanted.members:
        return _("Choose the members of the group.")
    if found := circle(wanted.code, _steps_to_members(wanted)):
        return in_a_circle(found)
    return ""


_Steps = Mapping[str, Sequence[str]]


def _steps_outward(wanted: Placing) -> _Steps:
    """What each region lies right in: its parent, and what it was cut out of."""
    steps: defaultdict[str, list[str]] = defaultdict(list)
    for code, parent in Region.objects.exclude(parent=None).values_list("code", "parent__code"):
        if code != wanted.code:
            steps[code].append(parent)
    for old, new in _linked(Region.successors.through):
        if old != wanted.code:
            steps[new].append(old)
    for region in wanted.successors:
        steps[region.code].append(wanted.code)
    steps[wanted.code] += [wanted.parent.code] if wanted.parent else []
    return steps


def _steps_to_members(wanted: Placing) -> _Steps:
    steps: defaultdict[str, list[str]] = defaultdict(list)
    for group, member in _linked(Region.members.through):
        if group != wanted.code:
            steps[group].append(member)
    steps[wanted.code] = [region.code for region in wanted.members]
    return steps


def _linked(through: type[Model]) -> Iterable[tuple[str, str]]:
    rows = through._default_manager.order_by()
    return rows.values_list("from_region__code", "to_region__code")


def _users(region: Region) -> Iterator[tuple[type, int]]:
    """What names `region` from outside, whichever app it is of, and how often."""
    for relation in Region._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ForeignObjectRel) or relation.related_name in _ITS_OWN:
            continue
        model = relation.related_model
        if model._meta.auto_created:
            continue  # Stands behind a relation of two models, which is among these itself.
        number = model._default_manager.filter(**{relation.field.name: region}).count()
        if number:
            yield model, number


def _counted(model: type, number: int) -> str:
    meta = model._meta  # type: ignore[attr-defined]
    return f"{number} {meta.verbose_name if number == 1 else meta.verbose_name_plural}"
