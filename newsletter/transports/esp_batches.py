"""Calls for many messages, each with all that it says: ESP by ESP, as they document them.

They take what no merge can: readers of whom each has an edition of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from newsletter.models.obstacles import Obstacle
from newsletter.transports.base import Outcome, OutgoingMessage, Result


class Said(NamedTuple):
    """What an answer says of one message of a call."""

    #: None if it stays until a person mends the account.
    outcome: Outcome | None
    #: The address that is named; empty if none is.
    address: str = ""
    remote_id: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Distinct:
    """How an ESP takes one call for many messages."""

    #: Messages in one call, at most.
    limit: int
    endpoint: str
    #: What an answer says of each of so many messages, in their order where that is known. An
    #: answer that says nothing of any is a KeyError or a TypeError.
    read: Callable[[Any, int], Sequence[Said]]
    #: What stands around the messages, which are JSON with commas between them.
    around: tuple[bytes, bytes] = (b"[", b"]")
    #: One of them, of what Anymail makes of it.
    message: Callable[[Any], Any] = lambda data: data
    headers: Mapping[str, str] = field(default_factory=dict)


def matched(copies: Sequence[OutgoingMessage], said: Sequence[Said]) -> list[Result]:
    """What was `said`, of which of `copies`; nothing of one that stays.

    Where addresses are named in another order than ours, those that are not named were refused,
    if as many were.
    """
    if len(said) == len(copies) and all(map(_may_be, copies, said)):
        pairs = zip(copies, said, strict=True)
        return [_result(copy, one) for copy, one in pairs if one.outcome is not None]
    named = {one.address.casefold(): one for one in said if one.address}
    nameless = [one for one in said if not one.address]
    missing = sum(copy.address.casefold() not in named for copy in copies)
    refused = all(one.outcome is Outcome.REJECTED for one in nameless)
    other = nameless[0] if refused and len(nameless) == missing > 0 else None
    return [_result(copy, named.get(copy.address.casefold(), other)) for copy in copies]


def _may_be(copy: OutgoingMessage, said: Said) -> bool:
    return not said.address or said.address.casefold() == copy.address.casefold()


def _result(copy: OutgoingMessage, said: Said | None) -> Result:
    if said is None or said.outcome is None:
        return Result(copy.delivery_id, Outcome.UNKNOWN, obstacle=Obstacle.NOT_MENTIONED)
    return Result(copy.delivery_id, said.outcome, said.detail, remote_id=said.remote_id)


# Postmark: an array, and an array of answers in its order. What is not 0 was not sent. In bulk,
# Anymail has apart what all share, and an id of its own where Postmark gives none.


def _message_postmark(data: Any) -> Any:
    own = data.pop("Messages", [{}])[0]
    own.get("Metadata", {}).pop("anymail_id", None)
    return data | own


_LET_ALONE = {100, 429}
_NEEDS_A_PERSON = {10, 400, 401, 405, 412, 413}


def _read_postmark(answer: Any, _number: int) -> list[Said]:
    if not isinstance(answer, list):
        raise TypeError("not an answer for each")
    return [_postmark_item(item) for item in answer]


def _postmark_item(item: Any) -> Said:
    code, words = item["ErrorCode"], item["Message"]
    if code == 0:
        return Said(Outcome.ACCEPTED, item["To"], item["MessageID"])
    if code in _NEEDS_A_PERSON:
        return Said(None, detail=words)
    return Said(Outcome.DEFERRED if code in _LET_ALONE else Outcome.REJECTED, detail=words)


# Resend: an array; ids of those that it took in their order, and the places of the others.


def _read_resend(answer: Any, number: int) -> list[Said]:
    refused = {error["index"]: error["message"] for error in answer.get("errors") or ()}
    ids = [item["id"] for item in answer["data"]]
    if len(ids) + len(refused) != number:
        return []
    taken = iter(ids)
    return [
        Said(Outcome.REJECTED, detail=refused[place])
        if place in refused
        else Said(Outcome.ACCEPTED, remote_id=next(taken))
        for place in range(number)
    ]


# Mailjet: messages beside what all share. It names those that it took.


def _message_mailjet(data: Any) -> Any:
    return data["Globals"] | data["Messages"][0]


def _read_mailjet(answer: Any, _number: int) -> list[Said]:
    return [_mailjet_item(item) for item in answer["Messages"]]


def _mailjet_item(item: Any) -> Said:
    if item["Status"] != "success":
        words = "; ".join(str(error.get("ErrorMessage", "")) for error in item.get("Errors", ()))
        return Said(Outcome.REJECTED, detail=words)
    to = item["To"][0]
    return Said(Outcome.ACCEPTED, to["Email"], str(to["MessageID"]))


POSTMARK = Distinct(
    limit=500, endpoint="email/batch", read=_read_postmark, message=_message_postmark
)
RESEND = Distinct(
    limit=100,
    endpoint="emails/batch",
    read=_read_resend,
    # Without it one bad address spoils the call for all.
    headers={"x-batch-validation": "permissive"},
)
MAILJET = Distinct(
    limit=50,
    endpoint="send",
    read=_read_mailjet,
    around=(b'{"Messages":[', b"]}"),
    message=_message_mailjet,
)
