"""What an empty site is filled with: one publication, one issue, and two hundred readers.

`issue.toml` holds what is written, `readers.py` who gets it. The facts are public and each
incident names its source; every reader is invented.
"""

from __future__ import annotations
