"""Decoding in another process: whatever becomes of it, an editor is told a sentence."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest

from newsletter.errors import ChooseAnotherPicture
from newsletter.media import decoding, reencoding
from newsletter.media.reencoding import reencode
from tests.newsletter.pictures import announced, many_scans, picture, without_palette


def test_a_picture_comes_back_as_it_was_drawn_again() -> None:
    clean = reencode(picture((80, 40)))

    expected = decoding.redraw(picture((80, 40)))
    assert (clean.content, clean.kind, clean.width, clean.height) == expected[:4]


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Use JPEG, PNG, GIF or WebP."),
        (picture()[:60], "This picture is damaged."),
        (without_palette(), "This picture is damaged."),
        (announced(65_000, 65_000), "more than 60 million pixels"),
    ],
    ids=["svg", "truncated", "no palette", "bomb"],
)
def test_what_is_refused_is_refused_with_a_sentence(raw: bytes, sentence: str) -> None:
    with pytest.raises(ChooseAnotherPicture, match=sentence):
        reencode(raw)


def test_a_file_that_is_too_large_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reencoding, "LARGEST_FILE", 1024**2)

    with pytest.raises(ChooseAnotherPicture, match="larger than 1 MB"):
        reencode(picture() + b"\0" * 1024**2)


def test_a_file_that_takes_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reencoding, "PATIENCE", 0.5)
    begun = time.monotonic()

    with pytest.raises(ChooseAnotherPicture, match="takes too long"):
        reencode(many_scans(6000))

    assert time.monotonic() - begun < 3


def run_instead(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str) -> None:
    """Have `code` run in place of the program that decodes, within the same limits."""
    program = tmp_path / "program.py"
    program.write_text(
        f"import sys; sys.path.insert(0, {str(Path(decoding.__file__).parent)!r})\n"
        f"import decoding; decoding._limit()\n{code}\n"
    )
    monkeypatch.setattr(reencoding, "_PROGRAM", (sys.executable, "-I", str(program)))


@pytest.mark.parametrize(
    "code",
    [
        "x = bytearray(600 * 1024**2)",
        "import os; os.abort()",
        "import os; os.kill(os.getpid(), 9)",
        "open(sys.argv[0] + '.new', 'w').write('x' * 10000)",
        "raise SystemExit(0)",
    ],
    ids=["memory", "crash", "killed", "disk", "silent"],
)
def test_however_decoding_ends_the_editor_is_told_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str
) -> None:
    run_instead(monkeypatch, tmp_path, code)

    with pytest.raises(ChooseAnotherPicture, match="takes too long"):
        reencode(picture())


def test_what_decodes_knows_no_secret_and_has_little_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SECRET_KEY", "not for you")
    code = """
import json, os, resource
limits = [resource.getrlimit(one) for one in (resource.RLIMIT_CPU, resource.RLIMIT_CORE)]
as_meant = "SECRET_KEY" not in os.environ and limits == [(6, 6), (0, 0)]
print(json.dumps({"refused": "unknown" if as_meant else "damaged", "limit": 0}))
"""
    run_instead(monkeypatch, tmp_path, code)

    with pytest.raises(ChooseAnotherPicture, match="Use JPEG"):
        reencode(picture())


def test_several_threads_have_their_pictures_decoded_two_at_a_time() -> None:
    done: list[int] = []
    threads = [
        threading.Thread(target=lambda: done.append(reencode(picture((9, 9))).width))
        for _ in range(4)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert done == [9, 9, 9, 9]
