"""Loaded into a worker, it has it cut a mailing over SMTP into as many batches as a drill needs."""

from __future__ import annotations

import os

from newsletter.transports.smtp import SmtpTransport
from tests.faults.crew import BATCH_SIZE

SmtpTransport.batch_size = int(os.environ[BATCH_SIZE])
