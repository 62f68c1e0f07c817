"""Documents as age files: what a step writes lies under `out/` encrypted, and nowhere in the clear."""

from __future__ import annotations

import email
import email.policy
import stat
import sys

import pyrage
import pytest
from tests_support import acting
from tests_support.post_office import PostOffice

from dayhand.age import Age, new_identity
from dayhand.errors import SecretMissing, UserError
from dayhand.files import PracticeFiles
from dayhand.testing import Workbench

PLANTED = "Zyxandra Quillwort"
WRITING = f"""
    steps:
      - {{id: letter, uses: file.write, with: {{path: a/letter.md, text: "Dear {PLANTED}"}}}}
      - {{id: again, uses: act.read_file, with: {{path: "${{{{ steps.letter.path }}}}"}}}}
"""


@pytest.fixture
def bench(tmp_path):
    acting.reset()
    made = Workbench(tmp_path, {"act": acting})
    yield made
    made.close()


@pytest.fixture
def identity(bench, tmp_path):
    """The practice encrypts its documents; the file with the identity that reads them."""
    file = tmp_path / "identity.txt"
    text, recipient = new_identity()
    file.write_text(text)
    file.chmod(0o600)
    bench.settings(f"\ndocuments: {{encrypt_to: [{recipient}], identity: {{file: {file}}}}}\n")
    return file


@pytest.fixture
def say_with_mail(tmp_path):
    """A practice that encrypts its documents, and a mail server."""
    import dayhand_email

    text, recipient = new_identity()
    file = tmp_path / "identity.txt"
    file.write_text(text)
    file.chmod(0o600)
    bench = Workbench(tmp_path, {"email": dayhand_email})
    with PostOffice(tmp_path / "office") as office:
        bench.settings(f"""
            documents: {{encrypt_to: [{recipient}], identity: {{file: {file}}}}}
            email:
              from: {{address: office@lakeside.example, name: Lakeside}}
              smtp: {{host: 127.0.0.1, port: {office.port}, security: none}}
        """)
        yield bench, office
        bench.close()


def decrypted(file, identity):
    key = pyrage.x25519.Identity.from_str(identity.read_text().splitlines()[1])
    return pyrage.decrypt(file.read_bytes(), [key]).decode()


def holding(bench, word=PLANTED):
    """The files of the practice, and of its home, that hold a word in the clear."""
    bench.close()
    every = [*bench.folder.rglob("*"), *bench.home.rglob("*")]
    return [
        f for f in every if f.is_file() and word.encode() in f.read_bytes() and f.suffix != ".yaml"
    ]


def test_what_a_step_writes_is_encrypted_read_back_and_nowhere_in_the_clear(bench, identity):
    run = bench.run(WRITING)

    assert run.state == "done"
    assert bench.output(run, "again") == f"Dear {PLANTED}"
    assert bench.output(run, "letter")["path"] == "out/a/letter.md"
    (file,) = [f for f in (bench.folder / "out").rglob("*") if f.is_file()]
    assert file == bench.folder / "out/a/letter.md.age"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert decrypted(file, identity) == f"Dear {PLANTED}"
    assert holding(bench) == []


def test_the_same_search_finds_a_document_that_is_not_encrypted(bench):
    bench.run(WRITING)

    assert holding(bench) == [bench.folder / "out/a/letter.md"]


def test_a_dry_run_previews_encrypted_documents(bench, identity, say):
    rehearsed = bench.rehearse(WRITING)

    assert rehearsed.ended.run.state == "done"
    assert (rehearsed.folder / "out/a/letter.md.age").is_file()
    assert not list((bench.folder / "out").rglob("*.age"))
    assert holding(bench) == []
    preview = rehearsed.folder.relative_to(bench.folder) / "out/a/letter.md.age"
    assert say("open", preview) == f"Dear {PLANTED}"


@pytest.mark.parametrize("before", [True, False])
def test_a_run_that_is_cut_off_as_it_writes_ends_as_an_undisturbed_one(bench, identity, before):
    with bench.dies("letter", before=before):
        bench.run(WRITING)
    assert holding(bench) == []
    run = bench.resume()

    assert run.state == "done"
    (file,) = [f for f in (bench.folder / "out").rglob("*") if f.is_file()]
    assert decrypted(file, identity) == f"Dear {PLANTED}"
    assert bench.output(run, "letter")["size"] == len(f"Dear {PLANTED}")


def test_each_recipient_reads_and_nobody_else(tmp_path):
    (mine, first), (theirs, second), (other, _) = new_identity(), new_identity(), new_identity()
    closed = Age((first, second)).closed(b"text")

    assert [Age((), lambda t=text: t).opened(closed, "n") for text in (mine, theirs)] == [
        b"text"
    ] * 2
    with pytest.raises(UserError, match="'n' is not for the identity that is here"):
        Age((), lambda: other).opened(closed, "n")
    with pytest.raises(UserError, match="or was changed"):
        Age((), lambda: mine).opened(closed[:-1] + bytes([closed[-1] ^ 1]), "n")


def test_without_the_identity_a_step_that_reads_a_document_fails_and_says_so(bench, identity):
    identity.rename(identity.with_name("elsewhere"))
    run = bench.run(WRITING)
    error = bench.steps(run)["again"].error

    assert bench.steps(run)["letter"].state == "done"
    assert (run.state, error.kind) == ("failed", "secret-missing")


def test_an_identity_that_is_not_named_is_asked_for(tmp_path):
    files = PracticeFiles(tmp_path, age=Age((new_identity()[1],)))
    files.write("n.txt", "text")

    with pytest.raises(
        SecretMissing, match=r"'out/n.txt' is encrypted, and 'documents.identity' names"
    ) as told:
        files.read("out/n.txt")
    assert "documents: {identity:" in told.value.hint


def test_a_document_that_is_written_anew_is_there_in_one_form_only(tmp_path):
    text, recipient = new_identity()
    plain, closed = (
        PracticeFiles(tmp_path),
        PracticeFiles(tmp_path, age=Age((recipient,), lambda: text)),
    )

    plain.write("n.txt", "first")
    closed.write("n.txt", "second")
    assert [f.name for f in (tmp_path / "out").iterdir()] == ["n.txt.age"]
    assert (closed.read("out/n.txt"), closed.resolve("out/n.txt").name) == (b"second", "n.txt.age")
    plain.write("n.txt", "third")
    assert [f.name for f in (tmp_path / "out").iterdir()] == ["n.txt"]
    assert closed.read("out/n.txt") == b"third"


def test_a_file_that_the_owner_put_beside_is_read_before_the_encrypted_one(tmp_path):
    text, recipient = new_identity()
    files = PracticeFiles(tmp_path, age=Age((recipient,), lambda: text))
    files.write("draft.md", "as it was written")
    (tmp_path / "out/draft.md").write_text("as it was edited")

    assert files.read("out/draft.md") == b"as it was edited"


def test_a_document_is_opened_on_the_command_line_and_that_is_noted(bench, identity, say, tmp_path):
    bench.run(WRITING)

    assert say("open", "out/a/letter.md.age") == f"Dear {PLANTED}"
    assert say("open", "out/a/letter.md") == f"Dear {PLANTED}"
    say("open", bench.folder / "out/a/letter.md.age", "--to", tmp_path / "t.md")
    assert (tmp_path / "t.md").read_text() == f"Dear {PLANTED}"
    assert stat.S_IMODE((tmp_path / "t.md").stat().st_mode) == 0o600
    assert "is there already" in say("open", "out/a/letter.md", "--to", tmp_path / "t.md", code=2)
    assert "there is no file" in say("open", "out/none.md", code=2)
    assert "is not in the practice folder" in say("open", "/etc/hostname", code=2)
    noted = [e.subject for e in bench.fresh().store.audit(limit=20) if e.action == "reveal"]
    assert set(noted) == {"out/a/letter.md"}


def test_an_identity_is_made_for_the_owner_apart_from_the_practice(bench, say, tmp_path):
    assert "lies in the practice folder" in say("key", "new-identity", bench.folder / "i", code=2)

    told = say("key", "new-identity", tmp_path / "i.txt")

    settings = told[told.index("documents:") :]
    bench.settings("\n" + settings)
    assert stat.S_IMODE((tmp_path / "i.txt").stat().st_mode) == 0o600
    assert bench.run(WRITING).state == "done"
    assert holding(bench) == []


@pytest.mark.parametrize("recipient", ["age1short", "AGE-SECRET-KEY-1" + "Q" * 58, "x@example.org"])
def test_what_is_no_recipient_is_a_problem_of_the_settings(bench, recipient):
    bench.settings(f"\ndocuments: {{encrypt_to: ['{recipient}']}}\n")

    assert [p.is_error for p in bench.app.checked_practice.problems] == [True]


def test_a_mistyped_recipient_stops_the_step_and_nothing_is_written(bench):
    recipient = new_identity()[1]
    wrong = recipient[:-1] + ("q" if recipient[-1] != "q" else "p")
    bench.settings(f"\ndocuments: {{encrypt_to: ['{wrong}']}}\n")

    run = bench.run(WRITING)

    assert "is mistyped" in bench.steps(run)["letter"].error.message
    assert not [f for f in (bench.folder / "out").rglob("*") if f.is_file()]


def test_without_the_library_nothing_is_written_in_the_clear(bench, identity, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyrage", None)

    run = bench.run(WRITING)

    assert "a library that is not installed" in bench.steps(run)["letter"].error.message
    assert not [f for f in (bench.folder / "out").rglob("*") if f.is_file()]


def test_an_encrypted_document_is_attached_to_mail_in_the_clear(tmp_path, say_with_mail):
    bench, office = say_with_mail
    run = bench.run(f"""
        steps:
          - {{id: letter, uses: file.write, with: {{path: l.txt, text: "Dear {PLANTED}"}}}}
          - id: sent
            uses: email.send
            with: {{to: jane@lakeside.example, subject: A letter, purpose: office, body: Here it is,
                    attach: ["${{{{ steps.letter.path }}}}"]}}
    """)

    assert run.state == "done", bench.steps(run)
    (message,) = office.messages
    (part,) = email.message_from_bytes(message, policy=email.policy.default).iter_attachments()
    assert (part.get_filename(), part.get_content().strip()) == ("l.txt", f"Dear {PLANTED}")
    assert holding(bench) == []


def test_the_doctor_tells_of_documents(bench, identity, told):
    def found():
        return [one["message"] for one in told("doctor") if one["check"] == "documents"]

    assert found() == ["documents are encrypted, for 1"]
    (bench.folder / "out/old.txt").write_text("x")
    assert found()[1] == "1 files under out/ are from before, in the clear"
    identity.write_text(new_identity()[0])
    assert "for others than the identity that is here" in found()[0]
    identity.write_text("nothing")
    assert "cannot be read back here" in found()[0]
