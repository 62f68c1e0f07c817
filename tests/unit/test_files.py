"""Files of the practice: never outside its folder, whole or not there, for their owner only."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests_support.path_vectors import ORDINARY, REFUSED

from dayhand import files as files_module
from dayhand.errors import Retryable, UserError
from dayhand.files import PracticeFiles


@pytest.fixture
def root(tmp_path):
    """A practice folder, with something outside it that must stay unread and unwritten."""
    (tmp_path / "secret.txt").write_text("canary")
    (tmp_path / "outside").mkdir()
    practice = tmp_path / "practice"
    practice.mkdir()
    return practice


@pytest.fixture
def files(root):
    return PracticeFiles(root)


def tree(folder) -> set[str]:
    """Every path under a folder."""
    return {str(place.relative_to(folder)) for place in folder.rglob("*")}


# --- F01: names stay in the folder -------------------------------------------------------------


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: ascii(path[:20]))
def test_f01_a_name_that_leaves_the_folder_or_is_no_name_is_refused(files, root, path):
    for act in (
        lambda: files.write(path, "x"),
        lambda: files.read(path),
        lambda: files.template(path),
    ):
        with pytest.raises(UserError) as caught:
            act()
        caught.value.message.encode()  # it can be printed
        assert len(caught.value.message) < 300

    assert tree(root) == set()
    assert tree(root.parent) == {"practice", "outside", "secret.txt"}


@pytest.mark.parametrize(("path", "place"), ORDINARY.items())
def test_f01_an_ordinary_name_is_written_under_out(files, root, path, place):
    written = files.write(path, "x")

    assert written.path == place
    assert (root / place).read_text() == "x"
    assert files.read(written.path) == b"x"


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    path=st.text(max_size=30)
    | st.lists(
        st.sampled_from(["..", ".", "/", "\\", "a", "~", ":", " ", "\x00", "é"]), max_size=8
    ).map("".join)
)
def test_f01_any_name_is_written_under_out_or_refused(tmp_path_factory, path):
    folder = tmp_path_factory.mktemp("any")
    practice = folder / "practice"
    practice.mkdir()
    try:
        written = PracticeFiles(practice).write(path, "x")
    except UserError:
        assert tree(folder) == {"practice"}
        return

    assert (practice / written.path).read_text() == "x"
    assert all(one.startswith("practice") for one in tree(folder))
    assert tree(practice) == {"out"} | {one for one in tree(practice) if one.startswith("out/")}


def test_f01_a_planted_link_to_a_file_is_neither_read_nor_written(files, root):
    (root / "out").mkdir()
    (root / "out" / "link.txt").symlink_to(root.parent / "secret.txt")

    with pytest.raises(UserError, match="passes through a link"):
        files.write("link.txt", "mine")
    with pytest.raises(UserError, match="passes through a link"):
        files.read("out/link.txt")

    assert (root.parent / "secret.txt").read_text() == "canary"


@pytest.mark.parametrize("target", ["outside", "practice/inside"])
def test_f01_a_planted_link_to_a_folder_is_not_passed(files, root, target):
    (root / "inside").mkdir()
    (root / "out").symlink_to(root.parent / target)

    with pytest.raises(UserError, match="passes through a link"):
        files.write("a/b.txt", "mine")

    assert tree(root.parent / target) == set()


def test_f01_a_link_that_leads_nowhere_is_not_followed(files, root):
    (root / "out").mkdir()
    (root / "out" / "new.txt").symlink_to(root.parent / "made.txt")

    with pytest.raises(UserError, match="passes through a link"):
        files.write("new.txt", "mine")

    assert not (root.parent / "made.txt").exists()


def test_f01_a_template_that_is_a_link_is_not_read(files, root):
    (root / "templates").mkdir()
    (root / "templates" / "letter.md").symlink_to(root.parent / "secret.txt")

    with pytest.raises(UserError, match="passes through a link"):
        files.template("letter.md")


def test_f01_a_folder_of_templates_that_is_a_link_is_not_read(files, root):
    (root.parent / "outside" / "letter.md").write_text("canary")
    (root / "templates").symlink_to(root.parent / "outside")

    with pytest.raises(UserError, match="passes through a link"):
        files.template("letter.md")


# --- F01: somebody who changes folders meanwhile ------------------------------------------------


CALLS = ("open", "mkdir", "stat", "replace", "unlink", "listdir", "fsync")


def swapped_before(monkeypatch, number, swap):
    """Let `swap` happen just before the n-th call of the system; how many calls there were."""
    seen = [0]

    def watched(real):
        def call(*arguments, **named):
            seen[0] += 1
            if seen[0] == number:
                swap()
            return real(*arguments, **named)

        return call

    for name in CALLS:
        monkeypatch.setattr(files_module.os, name, watched(getattr(os, name)))
    return seen


def attempt(act, root, monkeypatch, number, swap):
    """Do it while somebody swaps a folder for a link; how many calls of the system it took."""
    with monkeypatch.context() as patch:
        seen = swapped_before(patch, number, swap)
        with contextlib.suppress(UserError, Retryable):
            act()
    return seen[0]


@pytest.mark.parametrize("swapped", ["out", "out/a", "out/a/b"])
def test_f01_a_folder_that_becomes_a_link_meanwhile_lets_nothing_out(
    tmp_path, monkeypatch, swapped
):
    number, calls, refused = 1, 2, 0
    while number <= calls:
        folder = tmp_path / str(number)
        (folder / "outside").mkdir(parents=True)
        files = PracticeFiles(folder / "practice")
        files.write("a/b/c.txt", "before")

        def swap(place=folder / "practice" / swapped, folder=folder):
            place.rename(folder / "moved")
            place.symlink_to(folder / "outside")

        calls = attempt(
            partial(files.write, "a/b/c.txt", "after"), folder, monkeypatch, number, swap
        )
        refused += len(files.written) == 1

        assert tree(folder / "outside") == set(), number
        number += 1

    assert number > 8
    assert refused >= 2  # it was found, where it was in the way


def read_into(found, files):
    found.append(files.read("out/a/b/c.txt"))


@pytest.mark.parametrize("swapped", ["out", "out/a", "out/a/b", "out/a/b/c.txt"])
def test_f01_what_becomes_a_link_meanwhile_is_not_read(tmp_path, monkeypatch, swapped):
    number, calls = 1, 2
    while number <= calls:
        folder = tmp_path / str(number)
        outside = folder / "outside/a/b"
        outside.mkdir(parents=True)
        (outside / "c.txt").write_text("canary")
        files = PracticeFiles(folder / "practice")
        files.write("a/b/c.txt", "before")
        found = []

        def swap(place=folder / "practice" / swapped, folder=folder, swapped=swapped):
            place.rename(folder / "moved")
            place.symlink_to(folder / swapped.replace("out", "outside", 1))

        calls = attempt(partial(read_into, found, files), folder, monkeypatch, number, swap)

        assert found in ([], [b"before"]), number
        number += 1

    assert number > 4


def test_f01_a_link_put_in_the_place_of_a_file_at_the_last_moment_is_replaced(
    files, root, monkeypatch
):
    real = os.replace

    def late(*names, **folders):
        (root / "out/a.txt").symlink_to(root.parent / "secret.txt")
        real(*names, **folders)

    monkeypatch.setattr(files_module.os, "replace", late)
    files.write("a.txt", "mine")

    assert (root.parent / "secret.txt").read_text() == "canary"
    assert not (root / "out/a.txt").is_symlink()
    assert (root / "out/a.txt").read_text() == "mine"


@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_f01_a_pipe_in_the_place_of_a_file_is_not_waited_for(files, root, monkeypatch, kind):
    (root / "out").mkdir()
    place = root / "out/a.txt"
    if kind == "pipe":
        os.mkfifo(place)
    else:
        monkeypatch.chdir(root / "out")  # the whole path may be too long for a socket
        with socket.socket(socket.AF_UNIX) as one:
            one.bind("a.txt")

    with pytest.raises(UserError):
        files.read("out/a.txt")


def descriptors() -> int:
    """The number that the next file to be opened gets."""
    with tempfile.TemporaryFile() as file:
        return file.fileno()


def test_f01_no_descriptor_stays_open(files, root):
    (root / "out").mkdir()
    (root / "out/link").symlink_to(root)
    before = descriptors()

    for path in ("a/b.txt", "link/b.txt", "a/b.txt/c"):
        with contextlib.suppress(UserError):
            files.write(path, "x")
        with contextlib.suppress(UserError):
            files.read(f"out/{path}")

    assert descriptors() == before


# --- F03: only for their owner -----------------------------------------------------------------


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_f03_files_and_folders_are_for_their_owner_only(files, root, mask):
    before = os.umask(mask)
    try:
        files.write("a/b/c.pdf", b"x")
        files.write("a/b/c.pdf", b"y")
    finally:
        os.umask(before)

    modes = {
        place: stat.S_IMODE((root / place).stat().st_mode)
        for place in ("out", "out/a", "out/a/b", "out/a/b/c.pdf")
    }
    assert modes == {"out": 0o700, "out/a": 0o700, "out/a/b": 0o700, "out/a/b/c.pdf": 0o600}


def test_f03_a_file_that_anyone_could_read_is_private_once_written(files, root):
    (root / "out").mkdir()
    (root / "out" / "a.txt").write_text("old")
    (root / "out" / "a.txt").chmod(0o666)

    files.write("a.txt", "new")

    assert stat.S_IMODE((root / "out" / "a.txt").stat().st_mode) == 0o600


# --- whole or not there ------------------------------------------------------------------------


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "no space"), KeyboardInterrupt()])
@pytest.mark.parametrize("at", ["fsync", "replace"])
def test_a_crash_in_the_middle_leaves_no_part_of_a_file(files, root, monkeypatch, error, at):
    files.write("a.txt", "old")

    def fail(*_, **__):
        raise error

    monkeypatch.setattr(files_module.os, at, fail)
    with pytest.raises((Retryable, KeyboardInterrupt)):
        files.write("a.txt", "new and longer")
    with pytest.raises((Retryable, KeyboardInterrupt)):
        files.write("b.txt", "new")

    assert tree(root / "out") == {"a.txt"}
    assert (root / "out" / "a.txt").read_text() == "old"
    assert [one.path for one in files.written] == ["out/a.txt"]


KILLED = """
import os, signal, sys
from pathlib import Path
from dayhand.files import PracticeFiles

os.replace = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
PracticeFiles(Path(sys.argv[1])).write("a.txt", "new")
"""


def test_what_a_killed_process_left_beside_a_file_goes_when_it_is_written_again(files, root):
    files.write("a.txt", "old")
    (root / "out" / ".a.txt.notes").write_text("the owner's")

    done = subprocess.run([sys.executable, "-c", KILLED, str(root)], timeout=250)
    left = tree(root / "out") - {"a.txt", ".a.txt.notes"}
    files.write("a.txt", "newer")

    assert (done.returncode, len(left)) == (-signal.SIGKILL, 1)
    assert tree(root / "out") == {"a.txt", ".a.txt.notes"}
    assert (root / "out" / "a.txt").read_text() == "newer"


def test_what_another_process_is_writing_beside_a_file_is_left_alone(files, root, monkeypatch):
    real = os.replace

    def slow(*names, **folders):
        monkeypatch.setattr(files_module.os, "replace", real)
        files.write("a.txt", "quick")  # while the first is about to be put in its place
        return real(*names, **folders)

    monkeypatch.setattr(files_module.os, "replace", slow)
    files.write("a.txt", "slow")

    assert tree(root / "out") == {"a.txt"}
    assert (root / "out" / "a.txt").read_text() == "slow"


def test_a_full_disk_is_told_in_words_and_tried_again(files, monkeypatch):
    def fail(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files_module.os, "fsync", fail)

    with pytest.raises(Retryable, match=r"'out/a\.txt' cannot be written: No space left"):
        files.write("a.txt", "x")


def test_what_stands_in_the_way_is_told(files, root):
    files.write("a", "x")
    (root / "out" / "folder").mkdir()

    with pytest.raises(UserError, match="'out/a/b' cannot be written"):
        files.write("a/b", "x")
    with pytest.raises(UserError, match="'out/folder' cannot be written"):
        files.write("folder", "x")

    assert tree(root / "out") == {"a", "folder"}


def test_what_was_written_is_told_with_its_size_and_digest(files):
    written = files.write("größe.txt", "größe")

    data = "größe".encode()
    assert (written.path, written.size) == ("out/größe.txt", len(data))
    assert written.sha256 == hashlib.sha256(data).hexdigest()
    assert files.written == [written]


def test_bytes_are_written_as_they_are(files):
    written = files.write("a.bin", bytes(range(256)))

    assert files.read(written.path) == bytes(range(256))


def fails_to_open(monkeypatch, name, error):
    """Let opening the file of that name fail."""
    real = os.open

    def fail(path, *arguments, **named):
        if path == name:
            raise error
        return real(path, *arguments, **named)

    monkeypatch.setattr(files_module.os, "open", fail)


# --- reading -----------------------------------------------------------------------------------


def test_a_file_anywhere_in_the_folder_is_read(files, root):
    (root / "inbox").mkdir()
    (root / "inbox" / "scan.pdf").write_bytes(b"scan")

    assert files.read("inbox/scan.pdf") == b"scan"
    assert files.resolve("inbox/scan.pdf") == root / "inbox" / "scan.pdf"
    assert files.resolve(".") == root


def test_what_is_no_file_is_told(files, root):
    (root / "folder").mkdir()
    (root / "file").write_text("x")
    os.mkfifo(root / "pipe")

    for path in ("nothing", "folder", "file/below", "nothing/at/all", "pipe"):
        with pytest.raises(UserError, match=f"there is no file '{path}'"):
            files.read(path)


def test_a_file_that_is_too_large_is_not_read(files, root, monkeypatch):
    monkeypatch.setattr(files_module, "_LARGEST", 1024 * 1024)
    (root / "large").write_bytes(b"x" * (1024 * 1024 + 1))

    with pytest.raises(UserError, match="'large' is larger than 1 MiB"):
        files.read("large")


def test_a_file_that_may_not_be_read_is_told(files, root, monkeypatch):
    (root / "closed").write_text("x")

    fails_to_open(monkeypatch, "closed", PermissionError(errno.EACCES, "Permission denied"))

    with pytest.raises(UserError, match="'closed' may not be read"):
        files.read("closed")


# --- a preview ---------------------------------------------------------------------------------


def test_a_preview_writes_beside_and_reads_what_it_wrote(root, tmp_path):
    (root / "inbox").mkdir()
    (root / "inbox" / "scan.pdf").write_bytes(b"scan")
    PracticeFiles(root).write("a.txt", "real")
    preview = tmp_path / "preview"
    files = PracticeFiles(root, preview=preview)

    assert files.read("out/a.txt") == b"real"
    written = files.write("a.txt", "previewed")

    assert written.path == "out/a.txt"
    assert files.read("out/a.txt") == b"previewed"
    assert files.resolve("out/a.txt") == preview / "out" / "a.txt"
    assert files.read("inbox/scan.pdf") == b"scan"
    assert (root / "out" / "a.txt").read_text() == "real"
    assert stat.S_IMODE(preview.stat().st_mode) == 0o700


def test_a_preview_refuses_what_a_run_would_refuse(root, tmp_path):
    files = PracticeFiles(root, preview=tmp_path / "preview")

    with pytest.raises(UserError, match="is not a path inside"):
        files.write("../a.txt", "x")

    assert not (tmp_path / "preview").exists()


# --- templates ---------------------------------------------------------------------------------


def test_the_practices_own_template_comes_before_a_plugins(files, root, tmp_path):
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    (shipped / "letter.md").write_text("theirs")
    (shipped / "other.md").write_text("only theirs – ü", encoding="utf-8")
    (root / "templates").mkdir()
    (root / "templates" / "letter.md").write_text("own")
    files.templates = [shipped]

    assert files.template("letter.md") == "own"
    assert files.template("other.md") == "only theirs – ü"


def test_an_unknown_template_is_told_with_those_there_are(files, root):
    with pytest.raises(UserError) as empty:
        files.template("letter.md")
    (root / "templates").mkdir()
    (root / "templates" / "reminder.md").write_text("x")
    (root / "templates" / "invoice.html").write_text("x")
    with pytest.raises(UserError) as caught:
        files.template("letter.md")

    assert empty.value.hint == "put it into templates/"
    assert caught.value.message == "there is no template 'letter.md'"
    assert caught.value.hint == "there are: reminder.md"


def test_a_template_that_is_no_text_is_told(files, root):
    (root / "templates").mkdir()
    (root / "templates" / "letter.md").write_bytes(b"M\xfcller")

    with pytest.raises(UserError, match=r"the template 'letter\.md' is not UTF-8 text"):
        files.template("letter.md")


def test_a_disk_that_does_not_read_is_told(files, root, monkeypatch):
    (root / "templates").mkdir()
    (root / "templates" / "letter.md").write_text("x")

    fails_to_open(monkeypatch, "letter.md", OSError(errno.EIO, "Input/output error"))

    with pytest.raises(
        UserError, match=r"'templates/letter\.md' cannot be read: Input/output error"
    ):
        files.read("templates/letter.md")
    with pytest.raises(UserError, match=r"the template 'letter\.md' cannot be read"):
        files.template("letter.md")


def test_a_file_that_vanishes_while_it_is_read_is_told(files, root, monkeypatch):
    (root / "a").write_text("x")

    fails_to_open(monkeypatch, "a", FileNotFoundError(errno.ENOENT, "No such file or directory"))

    with pytest.raises(UserError, match="there is no file 'a'"):
        files.read("a")
