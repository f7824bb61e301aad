"""Which channel a publication has: asked where there is more than one."""

from __future__ import annotations

from django.utils.translation import gettext as _

from subscribers.channels import channels
from subscribers.models import Publication


def channel_choices() -> list[tuple[str, str]]:
    """The channels of this installation, and those that a publication has all the same.

    Such a one stays chosen until somebody chooses another: who saves the page for another reason
    must not have the mail leave by another way.
    """
    there = channels()
    lost = Publication.objects.exclude(channel__in=there).order_by("channel").distinct()
    return [
        *((name, name) for name in there),
        *(
            (name, _("%(channel)s (not set up)") % {"channel": name})
            for name in lost.values_list("channel", flat=True)
        ),
    ]
