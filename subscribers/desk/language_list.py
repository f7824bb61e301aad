"""Languages in their order, typed in one line: “en, fr, ar”."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from subscribers.languages import tag_of


class LanguagesField(forms.CharField):
    """Tags as they should be written; what is no language stays as it was typed."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(initial) != self.to_python(data))

    def to_python(self, value: Any) -> Any:
        typed = re.split(r"[\s,;]+", str(super().to_python(self.prepare_value(value)) or ""))
        return [tag_of(tag) or tag for tag in typed if tag]
