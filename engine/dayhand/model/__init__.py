"""Frozen data: the practice, a routine, a plan, a run and its records."""
