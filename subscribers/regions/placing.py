"""What a region may be, and where it may lie, whoever says so: a file, or somebody at the desk."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from subscribers.models import RegionKind

#: How far down the tree each kind stands. A region lies in one that stands higher; only
#: subregions lie in their like, and groups, which stand beside the tree, in any place.
DEPTH = {
    RegionKind.WORLD: 0,
    RegionKind.SUBREGION: 1,
    RegionKind.COUNTRY: 2,
    RegionKind.ADMIN1: 3,
    RegionKind.ADMIN2: 4,
    RegionKind.GROUP: 5,
}


def lies_well(kind: str, parent_kind: str) -> bool:
    """Whether a region of `kind` may lie right in one of `parent_kind`."""
    if kind == parent_kind == RegionKind.SUBREGION:
        return True
    return DEPTH[RegionKind(parent_kind)] < DEPTH[RegionKind(kind)]


def circle(start: str, steps: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The shortest way from `start` back to it along `steps`, with it at both ends; () if none."""
    came_from = {start: ""}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for onward in steps.get(here, ()):
            if onward == start:
                return (*_way(here, came_from), start)
            if onward not in came_from:
                came_from[onward] = here
                queue.append(onward)
    return ()


def _way(end: str, came_from: Mapping[str, str]) -> tuple[str, ...]:
    way = [end]
    while before := came_from[way[-1]]:
        way.append(before)
    return tuple(reversed(way))


def in_a_circle(codes: Sequence[str]) -> str:
    """The sentence about regions on such a way."""
    return _("%(regions)s lie in each other, in a circle.") % {"regions": " › ".join(codes)}
