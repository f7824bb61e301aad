"""What can go wrong for an editor, named by what to do about it."""

from __future__ import annotations

from collections.abc import Sequence


class NewsletterError(Exception):
    """Its text is a sentence for the editor."""


class MendTheIssue(NewsletterError):
    """The issue, or a correction of it, cannot be sent as it is; `problems` says why."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = list(problems)


class WaitForTheCheck(NewsletterError):
    """What would go out is still to be checked: that was asked for, and is done soon."""


class AskForApproval(NewsletterError):
    """Somebody, or somebody else, has to approve the issue first."""


class AskWhetherToNobody(NewsletterError):
    """As things are, nobody would get it: a person says whether that is meant."""


class ChooseAnotherTime(NewsletterError):
    """The time asked for has passed, or does not exist."""


class ChooseAnotherPicture(NewsletterError):
    """What was uploaded is no picture that mail can show."""


class LookAgain(NewsletterError):
    """Somebody or something was faster: what is on the screen is no longer so."""
