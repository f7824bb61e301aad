"""How editors know the parts of a version."""

from __future__ import annotations

from django.utils.translation import gettext as _

from newsletter.editions.content import IssueContent
from newsletter.editions.selection import PartKey
from newsletter.rendering.words import quoted


def names_of_parts(content: IssueContent) -> dict[PartKey, str]:
    """By part, the title of a section, or “the assessment of Kayes”; in the order of the issue."""
    titles = [(section.id, section.title) for section in content.sections]
    titles += [(one.section, one.title) for one in content.corrections if one.section]
    assessed = [one.region for one in content.assessments]
    assessed += [one.region for one in content.corrections if one.region]
    names: dict[PartKey, str] = {pk: quoted(str(title)) for pk, title in titles}
    for code in assessed:
        region = content.regions[code].in_active_language
        names[code] = _("the assessment of %(region)s") % {"region": region}
    return names
