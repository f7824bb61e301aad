"""What goes wrong on purpose: for tests, and for drills with the whole system."""
