"""Names of files that tests write: what is refused, and what is written where."""

from __future__ import annotations

REFUSED = [
    "", ".", "..", "/", "//", "../secret.txt", "../../etc/passwd", "a/../../secret.txt", "a/..",
    "/etc/passwd", "//etc/passwd", "///etc/passwd", "~/x", "~root/x", "a/~/x", "..\\secret.txt",
    "a\\..\\..\\secret.txt", "\\etc\\passwd", "\\\\server\\share", "C:\\x", "C:x", "c:/x", "a:b",
    "a\x00b", "a\x00/../../secret.txt", "a\nb", "a\rb", "a\tb", "\x1b[31m", "a\x7f", "a*", "a?", 'a"b',
    "a<b", "a>b", "a|b", "a.", "a ", "a./b", "...", ". .", ".. /x", "../", "./..", "a/./../../b",
    "x" * 201, "é" * 120, "a/" * 600 + "b", "a\ud800b", "a\udc80b", "file:///etc/passwd",
    "CON", "nul.txt", "a/COM1", "lpt9.pdf", "aux", "a\u202eb", "a\u2028b", "a\x85b", "a\u200bb",
]  # fmt: skip

ORDINARY = {
    "a.pdf": "out/a.pdf",
    "a/b/c.pdf": "out/a/b/c.pdf",
    "./a": "out/a",
    "a//b": "out/a/b",
    "a/./b": "out/a/b",
    "a\\b": "out/a/b",
    "a/": "out/a",
    "Zoë & Co, 1 – 2.pdf": "out/Zoë & Co, 1 – 2.pdf",
    "a..b": "out/a..b",
    "..a": "out/..a",
    ".hidden": "out/.hidden",
    "-rf": "out/-rf",
    "a~": "out/a~",
    "$HOME": "out/$HOME",
    "%2e%2e%2fx": "out/%2e%2e%2fx",
    "out": "out/out",
    "é" * 100: "out/" + "é" * 100,
    "console.txt": "out/console.txt",
}
