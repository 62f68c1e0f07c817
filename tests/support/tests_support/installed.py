"""What the plugins that are installed bring, read once in a process."""

from __future__ import annotations

import functools

from dayhand.catalogue import Catalogue
from dayhand.plugin_host import PluginHost


@functools.cache
def installed_catalogue() -> Catalogue:
    return PluginHost().catalogue
