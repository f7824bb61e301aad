"""The send journal: what a worker did with the batch in its hands, told by itself.

A line is written before a copy can be accepted and another when its result is known, with no
buffer in between, so the file of a killed worker says which copies have left for certain,
which for certain have not, and which single ones are in doubt. A worker holds a lock on its
file; the kernel lets go of it when the worker dies, however it dies.
"""

from __future__ import annotations

import fcntl
import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from json.encoder import encode_basestring_ascii as _as_json
from pathlib import Path

from django.conf import settings

from newsletter.transports.base import AboutToSend, Answered, Event, Outcome, Result

SUFFIX = ".journal"


@dataclass
class Evidence:
    """What one journal tells of one claim."""

    #: Of the claim that the worker had: since then the batch may be somebody else's.
    token: str
    #: None if the worker died before it knew which batch it had got, if it had got one at all.
    batch_id: int | None = None
    announced: set[int] = field(default_factory=set)
    results: list[Result] = field(default_factory=list)


class Journal:
    """The journal of one worker. It speaks of one batch at a time."""

    def __init__(self, file: int) -> None:
        self._file = file

    def claim(self, token: str) -> None:
        """Forget the last batch, which is recorded, and speak of a claim that is made now.

        `token` tells it from any other.
        """
        os.ftruncate(self._file, 0)
        self._write("claim", token)

    def begin(self, batch_id: int) -> None:
        """The claim is on this batch: speak of it from now on."""
        self._write("batch", batch_id)

    def note(self, event: Event) -> None:
        """Keep `event`; it survives this process once the call returns."""
        match event:
            case AboutToSend():
                lines = _announced(event)
            case Answered():
                lines = b"".join(map(_told, event.results))
            case _:
                lines = _told(event)
        os.write(self._file, lines)

    def recorded(self) -> None:
        """The database knows all of it: nothing is left to tell."""
        os.ftruncate(self._file, 0)

    def _write(self, *values: str | int) -> None:
        os.write(self._file, json.dumps(values).encode() + b"\n")


# Put together by hand: there are two for every mail, and most of what they say is empty.
def _announced(event: AboutToSend) -> bytes:
    return f'["handing", {", ".join(map(str, event.delivery_ids))}]\n'.encode()


def _told(result: Result) -> bytes:
    said = (result.detail, result.remote_id, result.outbox_name, result.obstacle)
    words = ", ".join([_as_json(one) if one else '""' for one in said])
    return f'["result", {result.delivery_id}, "{result.outcome.value}", {words}]\n'.encode()


@contextmanager
def own_journal() -> Iterator[Journal]:
    """A journal for this worker. It stays behind if the work ends with an error."""
    folder = _folder()
    name = f"{uuid.uuid4().hex}{SUFFIX}"
    file = os.open(folder / f".{name}", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        # Under its name only once it is locked: nobody takes it for one that was left behind.
        (folder / f".{name}").rename(folder / name)
        yield Journal(file)
        (folder / name).unlink()
    finally:
        os.close(file)


@contextmanager
def left_behind() -> Iterator[Iterator[Evidence]]:
    """What workers of this machine that are no more did with the batch they had in hand.

    Their journals are removed when the block ends without an error.
    """
    files: list[tuple[Path, int]] = []
    try:
        files.extend(_unlocked())
        yield (evidence for path, _file in files if (evidence := _read(path)))
        for path, _file in files:
            path.unlink()
    finally:
        for _path, file in files:
            os.close(file)


def _unlocked() -> Iterator[tuple[Path, int]]:
    """The journals that nobody holds; they are held by us from here on."""
    for path in sorted(_folder().glob(f"*{SUFFIX}")):
        try:
            file = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            continue
        yield path, file


def _read(path: Path) -> Evidence | None:
    """The evidence in the journal at `path`; None if its last batch was recorded."""
    evidence: Evidence | None = None
    for line in path.read_bytes().splitlines(keepends=True):
        if not line.endswith(b"\n"):
            break  # the worker died while writing it: what it announces was not begun
        kind, *values = json.loads(line)
        if kind == "claim":
            evidence = Evidence(*values)
        elif evidence is not None and kind == "batch":
            [evidence.batch_id] = values
        elif evidence is not None and kind == "handing":
            evidence.announced.update(values)
        elif evidence is not None:
            delivery_id, outcome, detail, remote_id, outbox_name, obstacle = values
            result = Result(
                delivery_id,
                Outcome(outcome),
                detail,
                remote_id=remote_id,
                outbox_name=outbox_name,
                obstacle=obstacle,
            )
            evidence.results.append(result)
    return evidence


def _folder() -> Path:
    folder: Path = settings.JOURNAL_DIR
    folder.mkdir(parents=True, exist_ok=True)
    return folder
