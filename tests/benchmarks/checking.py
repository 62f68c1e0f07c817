"""Checking routines, by thousands and at each key: beside the same files held against a JSON Schema alone.

The schema is the one that `dayhand schema` writes; it tells less (no references, no types of outputs, no order,
no places), and is what an editor without the language server has.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import jsonschema
from lsprotocol import types as lsp
from measuring import Line, by_turns
from practice import BenchPractice, dayhand
from pygls.lsp.client import LanguageClient

from dayhand import document
from dayhand.plugin_host import PluginHost
from dayhand.validation import compose
from dayhand.validation.routine import check_routine

__all__ = ["lines", "long_routine"]

_HEAD = """\
# yaml-language-server: $schema=../.dayhand/routine.schema.json
routine: {name}
title: Routine {name}
triggers:
  - cron: {minute} 9 1 * *
inputs:
  month: {{type: month, default: "${{{{ scheduled_for | month(-1) }}}}"}}
steps:
"""
_BLOCK = """\
  - id: sessions_{n}
    uses: practice.sessions
    with: {{month: "${{{{ inputs.month }}}}", status: attended}}
  - id: drafts_{n}
    uses: billing.draft
    when: steps.sessions_{n}.items
    with:
      sessions: ${{{{ steps.sessions_{n}.items }}}}
  - uses: file.write
    when: steps.sessions_{n}.items
    with:
      path: lists/{n}-${{{{ inputs.month }}}}.md
      text: ${{{{ steps.drafts_{n}.invoices | plural('invoice') }}}}, ${{{{ steps.drafts_{n}.total | money }}}}
"""
_TODAY = date(2026, 11, 24)


def long_routine(name: str, blocks: int) -> str:
    """A routine of 8 lines and 13 for each block."""
    body = "".join(_BLOCK.format(n=n) for n in range(blocks))
    return _HEAD.format(name=name, minute=blocks % 60) + body


def lines(practice: BenchPractice, rounds: int, routines: int) -> Iterator[Line]:
    """How many routines a second, and how long an editor waits for its problems."""
    catalogue = PluginHost().catalogue
    validator = jsonschema.Draft202012Validator(compose.routine_schema(catalogue))
    texts = {f"r{n}": long_routine(f"r{n}", 1 + n % 5) for n in range(routines)}
    some = [*texts.items()][:20]  # jsonschema is slow: a rate needs no thousand
    reads = [document.read(text, file=f"{name}.yaml") for name, text in some]

    def checked() -> float:
        begin = time.perf_counter()
        for name, text in texts.items():
            read = document.read(text, file=f"{name}.yaml")
            found = check_routine(read, catalogue, file_stem=name, today=_TODAY)
            _must(found.problems == (), str(found.problems))
        return routines / (time.perf_counter() - begin)

    def held() -> float:
        begin = time.perf_counter()
        for read in reads:
            _must(next(validator.iter_errors(document.plain(read.root)), None) is None, "an error")
        return len(reads) / (time.perf_counter() - begin)

    ours, peer = by_turns(3, checked, held)
    what = f"check of {routines:,} routines of 8 steps, beside jsonschema alone"
    yield Line(what, ours, peer, None, "/s", at_least=True)
    yield from _typing(practice, rounds, validator)


def _typing(
    practice: BenchPractice, rounds: int, validator: jsonschema.Draft202012Validator
) -> Iterator[Line]:
    text = long_routine("long", 38)
    plain = document.plain(document.read(text, file="long.yaml").root)
    waited = asyncio.run(_at_each_key(practice, text, rounds))

    def held() -> float:
        begin = time.perf_counter()
        _must(next(validator.iter_errors(plain), None) is None, "an error")
        return (time.perf_counter() - begin) * 1e3

    (peer,) = by_turns(rounds, held)
    what = f"problems of {text.count(chr(10))} lines after an edit, beside jsonschema"
    yield Line(what, waited, peer, None)
    yield Line("   the same, by itself", waited, None, 100)


async def _at_each_key(practice: BenchPractice, text: str, rounds: int) -> float:
    """The median milliseconds from an edit to its problems, over standard input and output."""
    client = LanguageClient("bench", "1")
    told: asyncio.Queue[object] = asyncio.Queue()

    @client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def _(params: lsp.PublishDiagnosticsParams) -> None:
        told.put_nowait(params)

    command = [str(part) for part in (*dayhand(), "lsp")]
    await client.start_io(*command, cwd=str(practice.folder), env=dict(practice.environment))
    await client.initialize_async(lsp.InitializeParams(capabilities=lsp.ClientCapabilities()))
    client.initialized(lsp.InitializedParams())
    uri = (Path(practice.folder) / "routines" / "long.yaml").as_uri()
    client.text_document_did_open(
        lsp.DidOpenTextDocumentParams(lsp.TextDocumentItem(uri, "yaml", 0, text))
    )
    await told.get()
    took = []
    for version in range(1, rounds + 4):
        word = f"steps.drafts_{version % 38}.total | round({version % 9})"
        edit = text.replace(f"steps.drafts_{version % 38}.total", word)
        change = lsp.TextDocumentContentChangeWholeDocument(edit)
        at = lsp.VersionedTextDocumentIdentifier(version=version, uri=uri)
        begin = time.perf_counter()
        client.text_document_did_change(lsp.DidChangeTextDocumentParams(at, [change]))
        await told.get()
        took.append((time.perf_counter() - begin) * 1e3)
    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()
    return sorted(took[3:])[rounds // 2]


def _must(holds: bool, told: str) -> None:
    if not holds:
        raise RuntimeError(f"the benchmark's routines are not right: {told}")
