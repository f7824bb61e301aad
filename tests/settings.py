"""The site's settings for tests: nothing is read from or written to the checkout's var/."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ["VAR_DIR"] = str(Path(tempfile.gettempdir(), "newsletter-tests"))
os.environ["SECRET_KEY"] = "only for tests: " + "s" * 50
os.environ["LINK_KEY"] = "only for tests: " + "l" * 50
# As every xdist worker has a database of its own, so it has a Redis database of its own.
if (worker := os.environ.get("PYTEST_XDIST_WORKER")) and (redis := os.environ.get("REDIS_URL")):
    os.environ["REDIS_URL"] = f"{redis.rstrip('/')}/{worker.removeprefix('gw')}"
os.environ["WEBHOOK_ESPS"] = (
    "amazon_ses,brevo,mailersend,mailgun,mailjet,mailtrap,mandrill,postal,postmark,resend,"
    "sparkpost,unisender_go"
)
os.environ["ANYMAIL_WEBHOOK_SECRET"] = "esp:only-for-tests-old,esp:only-for-tests-new"

from config.settings import *  # noqa: F403

#: A fast one: hashing is not what the tests are about.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
#: What one test has found out is not kept for the next.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
#: Static files are looked up when asked for: no scan for every test client.
WHITENOISE_AUTOREFRESH = True
