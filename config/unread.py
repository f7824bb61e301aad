"""Variables that look like those of a channel, and that nobody would read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from django.core.exceptions import ImproperlyConfigured

from subscribers.channels import MAIN, variable_of

#: What variables of a channel are called, after what stands in front of them.
OF_A_CHANNEL = r"TRANSPORT|SMTP_(?:HOST|PORT|SECURITY|USER|PASSWORD|TIMEOUT|CONNECTIONS)"
OF_A_CHANNEL += r"|WEBHOOK_ESPS|ANYMAIL_[A-Z0-9_]+"


def refuse_unread(variables: Iterable[str], channels: Collection[str]) -> None:
    """Mail that is to leave by one mail service must not leave by another for a slip of the pen.

    Raises:
        ImproperlyConfigured: one of `variables` (names) is of a channel that is none of
            `channels`, or is none that a channel has.
    """
    fronts = {variable_of(name, ""): name for name in channels if name != MAIN}
    for variable in sorted(variables):
        of = [front for front in fronts if variable.startswith(front)]
        if any(re.fullmatch(OF_A_CHANNEL, variable.removeprefix(front)) for front in of):
            continue
        if of:
            raise ImproperlyConfigured(
                f"{variable} is no variable of the channel {fronts[max(of, key=len)]}: "
                "docs/howto/configure.md has those that there are."
            )
        _refuse_of_other_channels(variable)


def _refuse_of_other_channels(variable: str) -> None:
    found = re.fullmatch(rf"MAIL_([A-Z0-9_]+?)_({OF_A_CHANNEL})", variable)
    if found is None:
        return
    name, rest = found[1].lower().replace("_", "-"), found[2]
    if name == MAIN:
        own = "MAIL_TRANSPORT" if rest == "TRANSPORT" else rest
        raise ImproperlyConfigured(f"{variable} is not read. The channel {MAIN} has {own}.")
    raise ImproperlyConfigured(
        f"{variable} is not read: MAIL_CHANNELS does not name the channel {name}. "
        "Name it there, or unset the variable."
    )
