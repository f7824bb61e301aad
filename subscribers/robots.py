"""What tells a person from a program that fills in forms, hardly asking anything of the person."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.core.signing import BadSignature, TimestampSigner
from django.utils.translation import gettext_lazy as _

#: Nobody reads a form, types an address and ticks a region in less.
QUICKEST = timedelta(seconds=2)
SLOWEST = timedelta(days=1)

_signer = TimestampSigner(salt="subscribers.sign-up-form")


class RobotCheck(forms.Form):
    """A field that no person sees, a signed note of when the form was shown, and a proof of work.

    `name` tells one form from another: a note that was made for one is good for no other.
    """

    # No browser has an idea of what to fill in here.
    remarks = forms.CharField(
        label=_("Leave this empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )
    stamp = forms.CharField(required=False, widget=forms.HiddenInput)
    proof = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, name: str, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self._name = name
        #: Whether the stamp that came back is used up.
        self.is_spent = False

    @property
    def in_the_trap(self) -> bool:
        """Whether the unseen field was filled in."""
        return bool(self.data.get("remarks"))

    @property
    def took_its_time(self) -> bool:
        """Whether the form came back neither quicker than a person can nor much later."""
        return self._shown_within(SLOWEST) and not self._shown_within(QUICKEST)

    @property
    def note(self) -> str:
        """The stamp that came back, whatever it is worth."""
        return str(self.data.get("stamp", ""))

    def proves(self, bits: int) -> bool:
        """Whether a computer worked for this form: its stamp and proof have a digest that begins
        with so many zero `bits`. A form without a proof had no work done for it, whatever
        the digest."""
        proof = str(self.data.get("proof", ""))
        work = f"{self.note}:{proof}"
        digest = hashlib.sha256(work.encode("utf-8", "replace")).digest()
        return bool(proof) and int.from_bytes(digest) >> (256 - bits) == 0

    def again(self) -> RobotCheck:
        """The fields for the form to be shown: from when it was shown first, if that is known."""
        fresh = RobotCheck(self._name)
        keeps = self._shown_within(SLOWEST) and not self.is_spent
        fresh.initial["stamp"] = self.note if keeps else _stamp(self._name)
        return fresh

    def _shown_within(self, age: timedelta) -> bool:
        try:
            return _signer.unsign(self.note, max_age=age).rpartition(":")[0] == self._name
        except BadSignature:
            return False


def _stamp(name: str) -> str:
    """A note of now, unlike any other."""
    return _signer.sign(f"{name}:{secrets.token_urlsafe(12)}")
