"""What the tests of the bundled plugins share. The kit is made by each plugin's own `make_kit`."""

from __future__ import annotations

import io
from importlib import import_module

import pypdf
import pytest
from click.testing import CliRunner

from dayhand import UserError


@pytest.fixture
def kit(make_kit):
    return make_kit()


@pytest.fixture
def put(tmp_path):
    """Writes a file of the practice; gives its path."""

    def write(path, text):
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(
            text if isinstance(text, bytes) else text.encode(errors="surrogateescape")
        )
        return path

    return write


@pytest.fixture
def say_to(request):
    """Types a command of the plugin whose tests are in this folder, to a kit; gives what it prints. A plugin with
    one group of commands is spoken to without its name.
    """
    plugin = request.path.parent.name
    commands = {one.name: one for one in import_module(f"dayhand_{plugin}").dayhand_commands()}

    def run(kit, *arguments, code=0, typed=None):
        name, *rest = [*commands, *arguments] if len(commands) == 1 else arguments
        result = CliRunner().invoke(commands[name], rest, obj=kit.context(plugin), input=typed)
        if isinstance(result.exception, UserError):
            raise result.exception
        assert result.exit_code == code, result.output
        return result.output

    return run


@pytest.fixture
def say(say_to, kit):
    return lambda *arguments, **more: say_to(kit, *arguments, **more)


@pytest.fixture
def pdf_text():
    """The text of a PDF that a kit wrote; it is tagged."""

    def read(kit, path):
        reader = pypdf.PdfReader(io.BytesIO(kit.files.read(path)))
        assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
        return " ".join(" ".join(page.extract_text().split()) for page in reader.pages)

    return read


@pytest.fixture
def text_of(kit, pdf_text):
    """The text of a file that the kit wrote, of a PDF too."""
    return lambda path: (
        pdf_text(kit, path) if path.endswith(".pdf") else kit.files.read(path).decode()
    )
