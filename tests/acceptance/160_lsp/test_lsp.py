"""160: `dayhand lsp` serves an editor over standard input and output: problems, completion, names, form."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pygls.lsp.client import LanguageClient

ROUTINE = """\
routine: letters
inputs: {unused: date}
steps:
  - id: clients  # é 😀
    uses: practice.clients
  - for_each: steps.clients
    as: client
    steps:
      - uses: file.write
        with: {path: "😀/${{ client.id }}.md", text: "${{ client.initials }} ${{ steps.clients | length }}"}
"""
DAYHAND = Path(sys.executable).with_name("dayhand")
_PATIENCE = 60


class Editor:
    """An editor with one file open, as far as the protocol goes."""

    def __init__(self, practice, encoding: lsp.PositionEncodingKind) -> None:
        self.practice = practice
        self.file = practice.folder / "routines" / "letters.yaml"
        self.client = LanguageClient("test-editor", "1")
        self.encoding = encoding
        self.told: dict[str, asyncio.Queue] = defaultdict(asyncio.Queue)
        self.version = 1

        @self.client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def _(params: lsp.PublishDiagnosticsParams) -> None:
            self.told[params.uri].put_nowait(params.diagnostics)

    @property
    def uri(self) -> str:
        return self.file.as_uri()

    async def begin(self) -> lsp.InitializeResult:
        await self.client.start_io(
            str(DAYHAND), "lsp", cwd=str(self.practice.folder), env=self.practice.environment
        )
        wanted = lsp.GeneralClientCapabilities(position_encodings=[self.encoding])
        renames = lsp.TextDocumentClientCapabilities(
            rename=lsp.RenameClientCapabilities(prepare_support=True)
        )
        found = await self.client.initialize_async(
            lsp.InitializeParams(
                capabilities=lsp.ClientCapabilities(general=wanted, text_document=renames),
                root_uri=self.practice.folder.as_uri(),
            )
        )
        self.client.initialized(lsp.InitializedParams())
        return found

    async def open(self, text: str) -> list[lsp.Diagnostic]:
        self.text = text
        item = lsp.TextDocumentItem(self.uri, "yaml", self.version, text)
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
        return await self.problems()

    async def type(self, old: str, new: str) -> list[lsp.Diagnostic]:
        """Change a part of the text, and say so by the part alone."""
        at = self.text.index(old)
        change = lsp.TextDocumentContentChangePartial(
            range=lsp.Range(self.position(at), self.position(at + len(old))), text=new
        )
        self.text = self.text.replace(old, new, 1)
        self.version += 1
        document = lsp.VersionedTextDocumentIdentifier(uri=self.uri, version=self.version)
        self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(document, [change]))
        return await self.problems()

    async def problems(self) -> list[lsp.Diagnostic]:
        return await asyncio.wait_for(self.told[self.uri].get(), _PATIENCE)

    def position(self, at: int) -> lsp.Position:
        before = self.text[:at]
        column = before[before.rfind("\n") + 1 :]
        unit = {"utf-8": 1, "utf-16-le": 2, "utf-32-le": 4}[self._codec]
        return lsp.Position(before.count("\n"), len(column.encode(self._codec)) // unit)

    @property
    def _codec(self) -> str:
        little = "" if self.encoding == lsp.PositionEncodingKind.Utf8 else "-le"
        return f"{self.encoding.value}{little}"

    def at(self, word: str, *, after: int = 0) -> dict:
        place = self.position(self.text.index(word) + after)
        return {"text_document": lsp.TextDocumentIdentifier(self.uri), "position": place}

    def covered(self, place: lsp.Range) -> str:
        """The text in a range, as this editor counts."""
        line = self.text.splitlines()[place.start.line].encode(self._codec)
        unit = {"utf-8": 1, "utf-16-le": 2, "utf-32-le": 4}[self._codec]
        return line[place.start.character * unit : place.end.character * unit].decode(self._codec)

    def edited(self, edits: list[lsp.TextEdit]) -> str:
        """The text after edits, made as an editor makes them."""
        lines = [line.encode(self._codec) for line in self.text.splitlines(keepends=True)] + [b""]
        unit = {"utf-8": 1, "utf-16-le": 2, "utf-32-le": 4}[self._codec]
        for edit in sorted(
            edits, key=lambda e: (e.range.start.line, e.range.start.character), reverse=True
        ):
            start, end = edit.range.start, edit.range.end
            head = lines[start.line][: start.character * unit]
            tail = lines[end.line][end.character * unit :]
            lines[start.line : end.line + 1] = [head + edit.new_text.encode(self._codec) + tail]
        return b"".join(lines).decode(self._codec)

    async def end(self) -> None:
        await self.client.shutdown_async(None)
        self.client.exit(None)
        await self.client.stop()


def _session(practice, act, *, encoding=lsp.PositionEncodingKind.Utf16):
    async def play():
        editor = Editor(practice, encoding)
        began = await asyncio.wait_for(editor.begin(), _PATIENCE)
        try:
            await asyncio.wait_for(act(editor, began), _PATIENCE * 2)
        finally:
            await asyncio.wait_for(editor.end(), _PATIENCE)

    asyncio.run(play())


ENCODINGS = [lsp.PositionEncodingKind.Utf16, lsp.PositionEncodingKind.Utf8]


@pytest.mark.parametrize("encoding", ENCODINGS, ids=lambda one: one.value)
def test_a_session_from_opening_to_renaming(bare, encoding):
    async def act(editor, began):
        assert began.server_info.name == "dayhand"
        assert began.capabilities.rename_provider.prepare_provider

        (advice,) = await editor.open(ROUTINE)
        assert (advice.code, advice.severity) == ("unused-input", lsp.DiagnosticSeverity.Hint)
        assert list(advice.tags) == [lsp.DiagnosticTag.Unnecessary]

        wrong = await editor.type("client.initials", "client.initialls")
        found = next(one for one in wrong if one.code == "unknown-output")
        assert found.severity == lsp.DiagnosticSeverity.Error
        assert editor.covered(found.range) == "initialls"
        assert "did you mean 'initials'?" in found.message

        await editor.type("client.initialls }}", "client. }}")
        offered = await editor.client.text_document_completion_async(
            lsp.CompletionParams(**editor.at("client. }}", after=7))
        )
        assert {"initials", "email", "id"} <= {one.label for one in offered.items}

        await editor.type("client. }}", "client.initials }}")
        place = editor.at("steps.clients | length", after=8)
        name = await editor.client.text_document_prepare_rename_async(
            lsp.PrepareRenameParams(**place)
        )
        assert editor.covered(name) == "clients"
        made = await editor.client.text_document_rename_async(
            lsp.RenameParams(new_name="people", **place)
        )
        after = editor.edited(made.changes[editor.uri])
        assert after == ROUTINE.replace("id: clients", "id: people").replace(
            "steps.clients", "steps.people"
        )

    _session(bare, act, encoding=encoding)


def test_words_are_explained_completed_and_lead_to_where_they_are_declared(bare):
    bare.routine("other", "steps: [{uses: value.set}]")

    async def act(editor, _):
        await editor.open(ROUTINE + "  - routine: other\n")

        told = await editor.client.text_document_hover_async(
            lsp.HoverParams(**editor.at("practice.clients", after=3))
        )
        assert told.contents.value.startswith("**practice.clients** (read, from practice)")
        nothing = await editor.client.text_document_hover_async(
            lsp.HoverParams(**editor.at("letters"))
        )
        assert nothing is None

        step = await editor.client.text_document_definition_async(
            lsp.DefinitionParams(**editor.at("steps.clients | length", after=8))
        )
        assert (step.uri, editor.covered(step.range)) == (editor.uri, "clients")
        file = await editor.client.text_document_definition_async(
            lsp.DefinitionParams(**editor.at("routine: other", after=10))
        )
        assert file.uri.endswith("/routines/other.yaml")
        uses = await editor.client.text_document_references_async(
            lsp.ReferenceParams(
                lsp.ReferenceContext(include_declaration=False), **editor.at("clients  #")
            )
        )
        assert [editor.covered(one.range) for one in uses] == ["clients", "clients"]

        with pytest.raises(JsonRpcException, match="'My-Step' is no name"):
            await editor.client.text_document_rename_async(
                lsp.RenameParams(new_name="My-Step", **editor.at("clients  #"))
            )

        await editor.type("- routine: other", "- uses: ")
        found = await editor.client.text_document_completion_async(
            lsp.CompletionParams(**editor.at("uses: \n", after=6))
        )
        offered = {one.label: one for one in found.items}
        assert {"billing.draft", "email.send", "person.approve"} <= set(offered)
        assert offered["billing.draft"].detail.startswith("record: ")
        assert "Inputs:" in offered["billing.draft"].documentation.value

    _session(bare, act)


def test_files_are_formatted_settings_checked_and_other_routines_read_when_saved(bare):
    async def act(editor, _):
        await editor.open("routine: letters\nsteps:\n- uses:   value.set  # why\n")
        edits = await editor.client.text_document_formatting_async(
            lsp.DocumentFormattingParams(
                lsp.TextDocumentIdentifier(editor.uri),
                lsp.FormattingOptions(tab_size=2, insert_spaces=True),
            )
        )
        assert editor.edited(edits) == "routine: letters\nsteps:\n  - uses: value.set    # why\n"

        editor.file = editor.practice.folder / "practice.yaml"
        text = editor.file.read_text(encoding="utf-8").replace("currency:", "curency:")
        (problem,) = await editor.open(text)
        assert "did you mean 'currency'?" in problem.message

        editor.file = editor.practice.folder / "routines" / "caller.yaml"
        before = await editor.open("routine: caller\nsteps:\n  - routine: later\n")
        assert [one.code for one in before] == ["unknown-routine"]
        bare.routine("later", "steps: [{uses: value.set}]")
        saved = lsp.DidSaveTextDocumentParams(lsp.TextDocumentIdentifier(editor.uri))
        editor.client.text_document_did_save(saved)
        assert list(await editor.problems()) == []

    _session(bare, act)


_WITHOUT = """
import subprocess
import sys
sys.modules["pygls"] = sys.modules["lsprotocol"] = None
from dayhand.cli import main
main(["lsp"])
"""


def test_without_its_extra_it_says_what_to_install(bare):
    ended = subprocess.run(
        [sys.executable, "-c", _WITHOUT], cwd=bare.folder, env=bare.environment, text=True,
        capture_output=True, timeout=250, stdin=subprocess.DEVNULL,
    )  # fmt: skip

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "hint: pip install --only-binary :all: 'dayhand[lsp]'" in ended.stderr
