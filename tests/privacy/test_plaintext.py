"""Client data is in no file but those made to hold it, and in nothing that is printed (K01, L01)."""

from __future__ import annotations

import re
import stat

import pytest

pytestmark = pytest.mark.timeout(600)  # a practice's year of commands, on a loaded machine

DOCUMENTS = re.compile(
    r"practice/((out|outbox|\.dayhand/preview/[^/]+/out)/|routines/wrong\.yaml$)"
)
"""Made to be read by the owner: what routines wrote, what a dry run would write, and the owner's own text."""


def test_k01_client_data_lies_in_no_file_but_the_documents(home):
    found = home.holding()

    files = list(home.files())
    print(
        f"\n{len(files)} files, {sum(f.stat().st_size for f in files) / 1e6:.1f} MB looked through"
    )
    assert len(files) > 20
    assert {name: words for name, words in found.items() if not DOCUMENTS.match(name)} == {}


def test_k01_the_documents_hold_what_they_are_made_for(home):
    found = home.holding()

    assert any("note from a pipe" in words for words in found.values())


def test_k01_the_same_search_finds_client_data_in_a_database_that_is_not_encrypted(plain_home):
    found = plain_home.holding()

    (database,) = [name for name in found if name.endswith("dayhand.db")]
    assert {"name", "e-mail", "phone", "member id"} <= found[database]


def test_f03_every_file_and_folder_of_a_practice_and_its_key_are_the_owners_alone(home):
    keys = home.root / "home/.local/share/dayhand/keys"
    ours = [home.folder, *home.folder.rglob("*"), keys, *keys.rglob("*")]

    modes = {
        str(path.relative_to(home.root)): oct(stat.S_IMODE(path.stat().st_mode)) for path in ours
    }

    assert set(modes.values()) == {"0o600", "0o700"}, modes


def test_f04_nothing_is_left_in_temporary_files_of_what_was_killed(home):
    assert list((home.root / "tmp").rglob("*")) == []
    assert [file.name for file in home.files() if re.search(r"\.[0-9a-f]{8}$", file.name)] == []


def test_l01_no_command_and_no_log_shows_client_data_unasked(home):
    shown = [
        (told.arguments, what)
        for told in home.told
        for what, word in home.planted.items()
        if what not in home.may_be_shown and word not in told.arguments and told.shows(word)
    ]

    said = sum(len(told.text) for told in home.told)
    print(f"\n{len(home.told)} commands said {said:,} characters, with --debug")
    assert len(home.told) > 40
    assert any(" debug " in told.err for told in home.told)
    assert shown == []


def test_l03_no_command_ends_with_a_bug(home):
    assert [told.arguments for told in home.told if told.code == 70] == []
