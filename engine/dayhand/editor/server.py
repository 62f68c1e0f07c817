"""The language server: what editors ask by the Language Server Protocol, answered from this package.

It needs pygls, which the extra `lsp` brings; nothing else in dayhand imports this module. Positions come
and go in the unit that the client and the server have agreed on; inside, a column counts characters.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path
from pygls.workspace import TextDocument

from dayhand import document
from dayhand.editor._completion import Completion, completions
from dayhand.editor._hover import hover
from dayhand.editor._names import RenameError, definition, name_at, rename, uses_of
from dayhand.editor._surroundings import Surroundings
from dayhand.problems import Mark, Problem
from dayhand.validation.practice import check_practice

__all__ = ["make_server"]

Around = Callable[[Path], Surroundings]
"""The surroundings of a file; asked for again after something was saved."""

_SEVERITIES = {
    "error": lsp.DiagnosticSeverity.Error,
    "warning": lsp.DiagnosticSeverity.Warning,
    "advice": lsp.DiagnosticSeverity.Hint,
}
_ICONS = {
    "step": lsp.CompletionItemKind.Function,
    "key": lsp.CompletionItemKind.Property,
    "value": lsp.CompletionItemKind.EnumMember,
    "name": lsp.CompletionItemKind.Variable,
    "member": lsp.CompletionItemKind.Field,
    "filter": lsp.CompletionItemKind.Operator,
    "routine": lsp.CompletionItemKind.Module,
}
_UNUSED = ("unused-input", "unused-id", "unused-item")


def make_server(around: Around, forget: Callable[[], None], *, version: str) -> LanguageServer:
    """A server that has not begun; `start_io` serves it on standard input and output.

    Args:
        around: what is known around a file.
        forget: called when a file was saved: other routines, or the settings, may have changed.
        version: dayhand's, told to the client.
    """
    server = LanguageServer("dayhand", version)
    answers = _Answers(server, around)
    _serve_text(server, answers, forget)
    _serve_questions(server, answers)
    return server


def _serve_text(server: LanguageServer, answers: _Answers, forget: Callable[[], None]) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def _(params: lsp.DidOpenTextDocumentParams) -> None:
        answers.diagnose(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def _(params: lsp.DidChangeTextDocumentParams) -> None:
        answers.diagnose(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    def _(params: lsp.DidSaveTextDocumentParams) -> None:  # noqa: ARG001 - the protocol's
        forget()
        for uri in list(server.workspace.text_documents):
            answers.diagnose(uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def _(params: lsp.DidCloseTextDocumentParams) -> None:
        answers.publish(params.text_document.uri, [])


def _serve_questions(server: LanguageServer, answers: _Answers) -> None:
    triggers = lsp.CompletionOptions(trigger_characters=[".", " ", "|", "{"])

    @server.feature(lsp.TEXT_DOCUMENT_COMPLETION, triggers)
    def _(params: lsp.CompletionParams) -> lsp.CompletionList:
        return answers.complete(params.text_document.uri, params.position)

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def _(params: lsp.HoverParams) -> lsp.Hover | None:
        return answers.explain(params.text_document.uri, params.position)

    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def _(params: lsp.DefinitionParams) -> lsp.Location | None:
        return answers.define(params.text_document.uri, params.position)

    @server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    def _(params: lsp.ReferenceParams) -> list[lsp.Location]:
        return answers.refer(params.text_document.uri, params.position)

    @server.feature(lsp.TEXT_DOCUMENT_PREPARE_RENAME)
    def _(params: lsp.PrepareRenameParams) -> lsp.Range | None:
        return answers.renamable(params.text_document.uri, params.position)

    @server.feature(lsp.TEXT_DOCUMENT_RENAME, lsp.RenameOptions(prepare_provider=True))
    def _(params: lsp.RenameParams) -> lsp.WorkspaceEdit:
        return answers.rename(params.text_document.uri, params.position, params.new_name)

    @server.feature(lsp.TEXT_DOCUMENT_FORMATTING)
    def _(params: lsp.DocumentFormattingParams) -> list[lsp.TextEdit]:
        return answers.format(params.text_document.uri)


class _Answers:
    """Answers to what a client asks, in the words of the protocol."""

    def __init__(self, server: LanguageServer, around: Around) -> None:
        self._server = server
        self._around = around

    # Problems -------------------------------------------------------------------------------------

    def diagnose(self, uri: str) -> None:
        """Check a text and tell the client what was found."""
        text = self._text(uri)
        path = _path(uri)
        if path.name == "practice.yaml":
            read = document.read(text.source, file=str(path))
            found = check_practice(read, self._around(path).catalogue).problems
        else:
            checked = self._around(path).check(text.source, str(path))
            found = (*checked.problems, *checked.advice)
        self.publish(uri, [self._diagnostic(text, problem) for problem in found])

    def publish(self, uri: str, found: list[lsp.Diagnostic]) -> None:
        """Tell the client the problems of a text; they replace those told before."""
        params = lsp.PublishDiagnosticsParams(uri=uri, diagnostics=found)
        self._server.text_document_publish_diagnostics(params)

    def _diagnostic(self, text: TextDocument, problem: Problem) -> lsp.Diagnostic:
        hint = f"\n{problem.hint}" if problem.hint else ""
        return lsp.Diagnostic(
            range=_range(text, problem.mark),
            severity=_SEVERITIES.get(problem.severity, lsp.DiagnosticSeverity.Error),
            code=problem.code,
            source="dayhand",
            message=f"{problem.message}{hint}",
            tags=[lsp.DiagnosticTag.Unnecessary] if problem.code in _UNUSED else None,
        )

    # Questions ------------------------------------------------------------------------------------

    def complete(self, uri: str, position: lsp.Position) -> lsp.CompletionList:
        """What can be written at a position. It depends on the word that is typed: ask again."""
        text, (line, column) = self._at(uri, position)
        path = _path(uri)
        found = completions(text.source, str(path), line, column, self._around(path))
        items = [_item(one) for one in found]
        return lsp.CompletionList(is_incomplete=True, items=items)

    def explain(self, uri: str, position: lsp.Position) -> lsp.Hover | None:
        """What is said of the word at a position."""
        text, (line, column) = self._at(uri, position)
        path = _path(uri)
        told = hover(text.source, str(path), line, column, self._around(path))
        if not told:
            return None
        return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, told))

    def define(self, uri: str, position: lsp.Position) -> lsp.Location | None:
        """Where the name at a position is declared."""
        text, (line, column) = self._at(uri, position)
        path = _path(uri)
        found = definition(text.source, str(path), line, column, self._around(path))
        if found is None:
            return None
        file, mark = found
        if file is None:
            return lsp.Location(uri, _range(text, mark))
        start = lsp.Position(0, 0)
        return lsp.Location(from_fs_path(str(file)) or uri, lsp.Range(start, start))

    def refer(self, uri: str, position: lsp.Position) -> list[lsp.Location]:
        """Where the name at a position is used."""
        text, (line, column) = self._at(uri, position)
        path = _path(uri)
        inspection = self._around(path).inspect(text.source, str(path))
        found = name_at(inspection, line, column)
        marks = uses_of(inspection, found.declared) if found else []
        return [lsp.Location(uri, _range(text, mark)) for mark in marks]

    def renamable(self, uri: str, position: lsp.Position) -> lsp.Range | None:
        """The name at a position, if it can be given another."""
        text, (line, column) = self._at(uri, position)
        path = _path(uri)
        found = name_at(self._around(path).inspect(text.source, str(path)), line, column)
        return _range(text, found.mark) if found and found.kind != "input" else None

    def rename(self, uri: str, position: lsp.Position, new: str) -> lsp.WorkspaceEdit:
        """The edits that give the name at a position another; refused with the reason."""
        text, (line, column) = self._at(uri, position)
        path = _path(uri)
        try:
            edits = rename(text.source, str(path), line, column, new, self._around(path))
        except RenameError as error:
            raise JsonRpcInvalidParams(error.message) from error
        changed = [
            lsp.TextEdit(
                _range(text, Mark(str(path), one.line + 1, one.column + 1, one.length)), one.new
            )
            for one in edits
        ]
        return lsp.WorkspaceEdit(changes={uri: changed})

    def format(self, uri: str) -> list[lsp.TextEdit]:
        """The lines that formatting changes, in one edit."""
        text = self._text(uri)
        made = document.formatted(document.read(text.source, file=str(_path(uri))))
        if made == text.source:
            return []
        whole = lsp.Range(lsp.Position(0, 0), lsp.Position(len(text.lines), 0))
        return [lsp.TextEdit(whole, made)]

    # Places ---------------------------------------------------------------------------------------

    def _text(self, uri: str) -> TextDocument:
        return self._server.workspace.get_text_document(uri)

    def _at(self, uri: str, position: lsp.Position) -> tuple[TextDocument, tuple[int, int]]:
        text = self._text(uri)
        inside = text.position_codec.position_from_client_units(text.lines, position)
        return text, (inside.line, inside.character)


def _path(uri: str) -> Path:
    return Path(to_fs_path(uri) or uri)


def _range(text: TextDocument, mark: Mark) -> lsp.Range:
    line, column = mark.line - 1, mark.column - 1
    inside = lsp.Range(lsp.Position(line, column), lsp.Position(line, column + mark.length))
    return text.position_codec.range_to_client_units(text.lines, inside)


def _item(one: Completion) -> lsp.CompletionItem:
    about = lsp.MarkupContent(lsp.MarkupKind.Markdown, one.about) if one.about else None
    return lsp.CompletionItem(
        label=one.label,
        kind=_ICONS[one.kind],
        detail=one.detail or None,
        documentation=about,
        insert_text=one.insert,
        sort_text=f"{0 if one.needed else 1}{one.label}",
    )
