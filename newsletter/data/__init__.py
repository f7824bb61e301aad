"""Files that the service draws with, and how they were made."""
