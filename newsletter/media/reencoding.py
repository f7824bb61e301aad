"""Whatever somebody uploads, re-encoded: only its pixels come through.

It is decoded by another process, which may fail in any way that a file can make it fail.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import dataclass

from django.utils.translation import gettext as _

from newsletter.errors import ChooseAnotherPicture
from newsletter.media import decoding
from newsletter.models import PictureKind

#: Bytes of a file that is taken up at all.
LARGEST_FILE = 15 * 1024 * 1024
#: Seconds that decoding may take, whatever it waits for.
PATIENCE = 10.0

#: An interpreter that starts with nothing of this site: no path, no variable, no secret.
_PROGRAM = (sys.executable, "-I", decoding.__file__)
#: Each may take as much memory as its limit: no more than two at a time in one process.
_places = threading.BoundedSemaphore(2)


@dataclass(frozen=True)
class CleanPicture:
    content: bytes
    kind: PictureKind
    width: int
    height: int
    #: Its darkest pixel, from 0 for black to 255 for white.
    darkest: int = 0


def reencode(raw: bytes, box: tuple[int, int] | None = None) -> CleanPicture:
    """The picture in the file `raw`, within `box`, as :mod:`newsletter.media.decoding` draws it.

    Raises:
        ChooseAnotherPicture: it is no picture, or a damaged one, or takes too much.
    """
    if len(raw) > LARGEST_FILE:
        raise ChooseAnotherPicture(
            _("This file is larger than %(limit)d MB. Choose a smaller one.")
            % {"limit": LARGEST_FILE // 1024**2}
        )
    said = _decoded_elsewhere(raw, box)
    line, _newline, content = said.partition(b"\n")
    about = json.loads(line or '{"refused": "effort", "limit": 0}')
    if "refused" in about:
        raise ChooseAnotherPicture(_sentence(about["refused"], about["limit"]))
    return CleanPicture(content, **{**about, "kind": PictureKind(about["kind"])})


def _decoded_elsewhere(raw: bytes, box: tuple[int, int] | None) -> bytes:
    """What the other process says of the file `raw`; nothing if it came to no end."""
    try:
        with _places:
            done = subprocess.run(  # noqa: S603 - our own program, and no shell
                (*_PROGRAM, *map(str, box or ())),
                input=raw,
                capture_output=True,
                env={},
                timeout=PATIENCE,
                check=True,
            )
    except (subprocess.SubprocessError, OSError):
        return b""
    return done.stdout


def _sentence(why: str, limit: int) -> str:
    sentences = {
        "unknown": _("This picture can’t be shown in email. Use JPEG, PNG, GIF or WebP."),
        "damaged": _("This picture is damaged. Save it again and retry."),
        "pixels": _(
            "This picture has more than %(limit)d million pixels. Make it smaller and try again."
        ),
        "effort": _("This picture takes too long to read. Save it again, smaller, and retry."),
    }
    return sentences[why] % {"limit": limit // 1_000_000}
