"""An editor that writes a planted word at the end of the file it is given."""

from __future__ import annotations

import os
import sys
from pathlib import Path

file = Path(sys.argv[1])
file.write_text(f"{file.read_text()}\n{os.environ['PLANTED']}\n")
