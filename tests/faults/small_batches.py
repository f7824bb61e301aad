"""Loaded into a worker, it has it cut a mailing into as many pieces and batches as is needed."""

from __future__ import annotations

import os

from newsletter.audience import pieces
from newsletter.transports.smtp import SmtpTransport
from tests.faults.crew import BATCH_SIZE, PIECE_SIZE

SmtpTransport.batch_size = int(os.environ[BATCH_SIZE])
pieces.FIRST_READERS = pieces.MOST_READERS = int(os.environ[PIECE_SIZE])
