"""Modules that tests import: a plugin that does as it is told."""
