"""The key of the database: apart from the data, changed without loss, brought back, never told."""

from __future__ import annotations

import os
import random
import stat
import subprocess
import sys
import time
import types
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from tests_support.safety import kill

from dayhand.app import key_change
from dayhand.errors import StoreBusy, StoreError, UserError
from dayhand.keys import as_text, find_key, fingerprint, locate_key, recovery
from dayhand.keys.passphrase import Handed, Passphrase, read_descriptor
from dayhand.store import open_store, sqlite

DAYHAND = Path(sys.executable).with_name("dayhand")
PASSPHRASE = "four words by chance"


def key_of(bench):
    return find_key(bench.folder, None, environment=bench.environment)


def place_of(bench):
    return locate_key(bench.folder, None, environment=bench.environment)[1]


@pytest.fixture
def passphrase(tmp_path):
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE + "\n")
    return file


# K02, K03 -------------------------------------------------------------------------------------------


def test_k02_a_key_that_is_one_bit_off_opens_nothing_and_changes_nothing(bench):
    bench.app.close()
    file, key = bench.folder / ".dayhand" / "dayhand.db", key_of(bench)
    before = file.read_bytes()

    for bit in random.Random(2).sample(range(256), 24):
        wrong = bytearray(key)
        wrong[bit // 8] ^= 1 << (bit % 8)
        with pytest.raises(StoreError, match="key does not open"):
            open_store(file, key=bytes(wrong))

    assert file.read_bytes() == before


def test_k03_each_of_a_hundred_flipped_bytes_is_found(bench, tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite.time, "sleep", lambda _: None)  # between second looks
    bench.app.store.write_now(
        lambda c: c.exec_driver_sql(
            "INSERT INTO texts VALUES (?, '', ?)", [(str(n), "x" * 400) for n in range(60)]
        )
    )
    bench.app.close()
    whole, key = (bench.folder / ".dayhand" / "dayhand.db").read_bytes(), key_of(bench)
    weather, found = random.Random(3), 0

    for _ in range(100):
        content = bytearray(whole)
        content[weather.randrange(len(content))] ^= 1 << weather.randrange(8)
        (tmp_path / "d.db").write_bytes(content)
        with pytest.raises(StoreError, match=r"damaged|does not open"):
            open_store(tmp_path / "d.db", key=key, check=True)
        found += 1

    print(f"K03: {found} of 100 flipped bytes found")


# K04 ------------------------------------------------------------------------------------------------


def hold(found):
    for one in (each["found"] for each in found):
        assert one["open"] == 1
        assert (one["rows"], one["again"]) == (found[0]["found"]["rows"],) * 2
        assert (one["wrong"], one["left"]) == ([], [])


def test_k04_killed_at_its_moments_exactly_one_key_opens_and_dayhand_finds_it(tmp_path):
    found = kill("rotate", tmp_path / "k", 22)

    told = sum(one["found"]["changed"] for one in found)
    print(f"K04: killed at {len(found)} of {found[0]['of']} moments, {told} with the new key")
    assert len(found) >= 20
    assert all(one["killed"] for one in found)
    assert 0 < told < len(found)
    hold(found)


@pytest.mark.soak
def test_k04_killed_at_every_moment_exactly_one_key_opens_and_dayhand_finds_it(tmp_path):
    found = kill("rotate", tmp_path / "k", 1000, within=800)

    print(f"K04: killed at all of {found[0]['of']} moments")
    assert len(found) == found[0]["of"]
    hold(found)


@pytest.mark.soak
def test_k04_killed_in_the_middle_of_encrypting_anew_exactly_one_key_opens(tmp_path):
    found = kill("rekey", tmp_path / "k", 60, within=800)

    told, killed = (
        sum(one["found"]["changed"] for one in found),
        sum(one["killed"] for one in found),
    )
    print(
        f"K04: killed {killed} times while 9 MB were encrypted anew, {told} of {len(found)} with the new key"
    )
    assert killed >= 20
    assert 0 < told < len(found)
    hold(found)


def test_after_a_change_only_the_new_key_opens_and_the_one_before_is_kept(bench, say, told):
    before = key_of(bench)
    bench.app.note("edit", "C-1")

    told_text = say("key", "rotate", "--yes")

    file = bench.folder / ".dayhand" / "dayhand.db"
    after = key_of(bench)
    assert after != before
    assert fingerprint(after) in told_text
    assert (sqlite.opens(file, after), sqlite.opens(file, before)) == (True, False)
    assert [key for _, key in place_of(bench).previous()] == [before]
    assert told("key", "status")["previous"] == [fingerprint(before)]
    assert [e.action for e in bench.fresh().store.audit(limit=3)] == [
        "key.rotated", "key.rotate", "edit",
    ]  # fmt: skip
    say("key", "rotate", "--yes")
    assert len(list(place_of(bench).previous())) == 2


def test_the_keys_files_stay_private(bench, say):
    before = os.umask(0)
    try:
        say("key", "rotate", "--yes")
    finally:
        os.umask(before)

    files = list((bench.home / ".local/share/dayhand/keys").iterdir())
    assert len(files) == 3  # and the second key
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_the_key_is_not_changed_while_the_daemon_runs_or_another_has_the_database_open(bench, say):
    other = f"elsewhere:1:{time.time()}"
    now = bench.clock.now()
    bench.app.store.write_ledger_now(
        lambda ledger: ledger.take_lease("daemon", other, length=timedelta(seconds=30), now=now)
    )
    before = key_of(bench)

    assert "the daemon runs this practice" in say("key", "rotate", "--yes", code=2)
    bench.clock.move(timedelta(minutes=1))
    reader = bench.fresh()
    with reader.store.read(), pytest.raises(StoreBusy):
        key_change.rotate(bench._make_app(bench.folder))

    assert key_of(bench) == before
    assert not (bench.folder / ".dayhand" / key_change.MARKER).exists()
    reader.close()
    say("key", "rotate", "--yes")


def test_a_change_that_goes_on_is_left_alone_by_others(bench):
    import fcntl

    marker = bench.folder / ".dayhand" / key_change.MARKER
    with marker.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(StoreBusy, match="being changed"):
            _ = bench.fresh().store
    _ = bench.fresh().store
    assert not marker.exists()


@pytest.mark.parametrize("kind", ["env", "credential"])
def test_a_key_that_dayhand_cannot_write_is_not_changed(bench, say, kind, tmp_path):
    key = key_of(bench)
    bench.environment |= {"THE_KEY": as_text(key), "CREDENTIALS_DIRECTORY": str(tmp_path)}
    (tmp_path / "THE_KEY").write_text(as_text(key))
    file = bench.folder / "practice.yaml"
    file.write_text(file.read_text() + f"\nstorage: {{key: {{{kind}: THE_KEY}}}}\n")

    assert "dayhand cannot write" in say("key", "rotate", "--yes", code=2)
    assert "opens the database" in say("key", "status")


def test_a_key_in_a_file_of_its_own_is_changed_there(bench, say, tmp_path):
    mine = tmp_path / "mine.key"
    mine.write_text(as_text(key_of(bench)))
    mine.chmod(0o600)
    file = bench.folder / "practice.yaml"
    file.write_text(file.read_text() + f"\nstorage: {{key: {{file: {mine}}}}}\n")

    say("key", "rotate", "--yes")

    assert sqlite.opens(bench.folder / ".dayhand/dayhand.db", find_key(
        bench.folder, bench.fresh().checked_practice.storage.key, environment=bench.environment
    ))  # fmt: skip
    assert (tmp_path / "mine.key.previous-1").exists()


@pytest.fixture
def ring(bench, monkeypatch):
    """A keyring in memory, found as a real one is, that holds the practice's key."""
    kept = {}
    module, backends = types.ModuleType("keyring"), types.ModuleType("keyring.backends")
    backends.fail = types.SimpleNamespace(Keyring=type("Fail", (), {}))
    backends.null = types.SimpleNamespace(Keyring=type("Null", (), {}))
    module.backends, module.get_keyring = backends, object
    module.get_password = lambda service, user: kept.get((service, user))
    module.set_password = lambda service, user, text: kept.update({(service, user): text})
    module.delete_password = lambda service, user: kept.pop((service, user))
    monkeypatch.setitem(sys.modules, "keyring", module)
    monkeypatch.setitem(sys.modules, "keyring.backends", backends)
    file, key = place_of(bench).file, key_of(bench)
    bench.environment["PYTHON_KEYRING_BACKEND"] = "memory"
    kept["dayhand", file.name.removesuffix(".key")] = as_text(key)
    file.unlink()
    return kept


def test_a_key_in_the_keyring_is_changed_there(bench, say, ring):
    before = key_of(bench)

    assert "the keyring" in say("key", "rotate", "--yes")
    assert "the keyring" in say("key", "rotate", "--yes")

    after = key_of(bench)
    assert sqlite.opens(bench.folder / ".dayhand/dayhand.db", after)
    assert sorted(user.partition(".")[2] for _, user in ring) == ["", "previous-1", "previous-2"]
    assert next(key for _, key in place_of(bench).previous()) == before
    assert not list((bench.home / ".local/share/dayhand/keys").glob("*[!e].key"))


@pytest.mark.parametrize("at", ["next", "previous", "promoted"])
def test_a_change_in_the_keyring_that_is_cut_off_is_finished_or_taken_back(
    bench, say, ring, monkeypatch, at
):
    before, keyring = key_of(bench), sys.modules["keyring"]
    write = keyring.set_password

    def cut(service, user, text):
        ending = user.partition(".")[2].partition("-")[0] or "promoted"
        if ending == at:
            raise KeyboardInterrupt
        write(service, user, text)

    monkeypatch.setattr(keyring, "set_password", cut)
    bench.close()
    with pytest.raises(KeyboardInterrupt):
        key_change.rotate(bench.fresh())
    bench.close()
    monkeypatch.setattr(keyring, "set_password", write)

    say("runs")

    changed = key_of(bench) != before
    assert changed == (at != "next")
    assert not (bench.folder / ".dayhand" / key_change.MARKER).exists()
    assert [user for _, user in ring if user.endswith(".next")] == []


def test_a_change_and_an_export_ask_first(say):
    assert "changes the key" in say("key", "rotate", code=2)
    assert "shows the key" in say("key", "export", code=2)


# K05, K06 -------------------------------------------------------------------------------------------


def test_k05_a_key_beside_the_data_is_a_failure_of_the_doctor_and_is_never_used(bench, say, told):
    (bench.folder / "lakeside.key").write_text(as_text(key_of(bench)))

    found = told("doctor", code=1)

    assert any("a key lies beside the data" in one["message"] for one in found)
    assert "lies in the practice folder" in say(
        "key", "export", bench.folder / "k", "--yes", code=2
    )


def real(bench, *arguments, **more):
    """The real command in a process of its own."""
    environment = {**bench.environment, "PATH": os.environ["PATH"]}
    return subprocess.Popen(
        [DAYHAND, "--practice", bench.folder, *arguments], env=environment | more.pop("env", {}),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, **more,
    )  # fmt: skip


def test_k06_the_key_is_in_no_process_list_no_environment_no_log_and_no_listing(bench):
    key = key_of(bench)
    bench.app.close()
    forms = (key, as_text(key).encode(), key.hex().encode(), repr(key).encode())
    seen = b""

    with real(bench, "--debug", "daemon", "--log", "json") as process:
        while b"runs the practice now" not in seen:
            seen += process.stderr.readline()
        for name in ("cmdline", "environ"):
            seen += Path(f"/proc/{process.pid}/{name}").read_bytes()
        process.terminate()
        out, err = process.communicate(timeout=250)
    seen += out + err
    for arguments in (("key", "status"), ("audit", "list")):
        with real(bench, "--debug", *arguments) as process:
            out, err = process.communicate(timeout=250)
            seen += out + err

    assert [form for form in forms if form in seen] == []
    assert as_text(key) not in repr(place_of(bench))
    assert len(seen) > 1000


# K07, K09, K10 --------------------------------------------------------------------------------------


def test_k07_a_passphrase_is_costly_to_try():
    import json

    sealed = json.loads(recovery.sealed("practice", bytes(32), PASSPHRASE))

    assert sealed["kdf"] == "argon2id"
    assert sealed["memory_kib"] >= 64 * 1024
    assert sealed["iterations"] >= 3


@pytest.mark.parametrize("way", ["credential", "file", "named", "passphrase"])
def test_k09_the_daemon_starts_unattended(bench, tmp_path, passphrase, say, way):
    key = key_of(bench)
    bench.app.close()
    more, options = {}, []
    if way == "credential":
        place_of(bench).file.unlink()
        (tmp_path / "dayhand-key").write_text(as_text(key))
        more = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    elif way == "named":
        (tmp_path / "it.key").write_text(as_text(key))
        (tmp_path / "it.key").chmod(0o600)
        place_of(bench).file.unlink()
        file = bench.folder / "practice.yaml"
        file.write_text(file.read_text() + f"\nstorage: {{key: {{file: {tmp_path / 'it.key'}}}}}\n")

    elif way == "passphrase":
        say("key", "protect", "--passphrase-file", passphrase)

    with ExitStack() as stack:
        if way == "passphrase":
            number = handed(stack, passphrase)
            options, more = ["--passphrase-fd", str(number)], {"pass_fds": [number]}
        else:
            more = {"env": more}
        process = stack.enter_context(real(bench, *options, "daemon", **more))
        line = process.stderr.readline()
        while b"runs the practice now" not in line:
            assert line, "it ended"
            line = process.stderr.readline()
        seen = b"".join(
            Path(f"/proc/{process.pid}/{n}").read_bytes() for n in ("cmdline", "environ")
        )
        process.terminate()
        _, err = process.communicate(timeout=250)
    assert process.returncode == 0
    assert PASSPHRASE.encode() not in seen + err


def test_k09_without_a_key_it_says_so_with_78_and_touches_nothing(bench):
    bench.app.close()
    place_of(bench).file.unlink()
    file = bench.folder / ".dayhand" / "dayhand.db"
    before = file.read_bytes()

    with real(bench, "daemon") as process:
        _, err = process.communicate(timeout=250)

    assert process.returncode == 78
    assert b"the key of the database is not here" in err
    assert b"dayhand key import" in err
    assert file.read_bytes() == before


def handed(stack, file):
    """The number of a descriptor on which a passphrase can be read."""
    return stack.enter_context(file.open()).fileno()


def knows(bench, text=PASSPHRASE):
    """The practice's commands are handed a passphrase."""
    bench.environment = Handed(dict(bench.environment), Passphrase(lambda: text, given=text))


def test_k09_a_key_under_a_passphrase_that_is_not_handed_over_opens_nothing(
    bench, say, passphrase, tmp_path
):
    key, place = key_of(bench), place_of(bench)
    say("key", "protect", "--passphrase-file", passphrase)
    wrong = tmp_path / "wrong"
    wrong.write_text("some other words by chance\n")

    assert as_text(key) not in place.file.read_text()
    assert stat.S_IMODE(place.file.stat().st_mode) == 0o600
    with real(bench, "daemon") as process:
        _, err = process.communicate(timeout=250)
    assert process.returncode == 78
    assert "a key is under a passphrase; hand it over" in err.decode()
    with ExitStack() as stack:
        number = handed(stack, wrong)
        process = stack.enter_context(
            real(bench, "--passphrase-fd", str(number), "runs", pass_fds=[number])
        )
        _, err = process.communicate(timeout=250)
    assert process.returncode == 2
    assert f"the passphrase does not open {place.file}" in err.decode()
    assert "is under a passphrase" in say("runs", code=2)


def test_a_key_under_a_passphrase_is_changed_under_it_and_brought_back(
    bench, say, told, passphrase, tmp_path
):
    before, file = key_of(bench), place_of(bench).file
    assert "1 key file," in say("key", "protect", "--passphrase-file", passphrase)
    knows(bench)
    say("key", "rotate", "--yes")

    after = key_of(bench)
    assert after != before
    assert told("key", "status")["under_passphrase"]
    assert told("key", "status")["previous"] == [fingerprint(before)]
    kept = [one.read_text() for one in file.parent.glob(f"{file.name}*")]
    assert len(kept) == 2
    assert not any(as_text(key) in text for key in (before, after) for text in kept)
    assert "under this passphrase already" in say("key", "protect", code=2)

    (tmp_path / "other").write_text("quite another passphrase\n")
    assert "2 key files," in say("key", "protect", "--passphrase-file", tmp_path / "other")
    assert "does not open" in say("runs", code=2)
    knows(bench, "quite another passphrase")
    assert key_of(bench) == after
    say("key", "protect", "--remove")
    assert (key_of(bench), file.read_text()) == (after, as_text(after) + "\n")
    assert "under no passphrase" in say("key", "protect", "--remove", code=2)
    noted = [e.action for e in bench.fresh().store.audit(limit=20)]
    assert noted.count("key.protect") == 3


def test_a_protection_that_was_cut_off_is_finished_with_both_passphrases(bench, say, passphrase):
    say("key", "rotate", "--yes")
    after, place = key_of(bench), place_of(bench)
    say("key", "protect", "--passphrase-file", passphrase)
    knows(bench)
    other = Passphrase(lambda: "", given="quite another passphrase")
    place.file.write_text(other.seal("x", after))  # the first of two files was done
    place.file.chmod(0o600)

    assert place.protect(Passphrase(lambda: "", given=PASSPHRASE), other) == 2

    knows(bench, "quite another passphrase")
    assert key_of(bench) == after
    assert len(list(place_of(bench).previous())) == 1


def test_the_second_key_is_put_under_a_passphrase_too(bench, say, told, passphrase):
    say("key", "protect", "--private", "--passphrase-file", passphrase)

    assert "is under a passphrase" in say("key", "status", "--private", code=2)
    knows(bench)
    found = told("key", "status", "--private")
    assert (found["under_passphrase"], found["opens"]) == (True, True)
    say("key", "rotate", "--private", "--yes")
    assert told("key", "status", "--private")["under_passphrase"]


def test_what_is_no_key_file_or_no_passphrase_is_refused(bench, say, tmp_path, passphrase):
    (tmp_path / "short").write_text("short\n")
    assert "too short" in say("key", "protect", "--passphrase-file", tmp_path / "short", code=2)
    assert "a passphrase is needed" in say("key", "protect", code=2)
    contradiction = say("key", "protect", "--remove", "--passphrase-file", passphrase, code=2)
    assert contradiction == "--remove takes the passphrase away"
    key = as_text(key_of(bench))
    bench.environment |= {"THE_KEY": key}
    bench.settings("\nstorage: {key: {env: THE_KEY}}\n")
    assert "by its own means" in say("key", "protect", "--passphrase-file", passphrase, code=2)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (b"", "gives no passphrase"),
        (b"\nfour words by chance", "gives no passphrase"),
        (b"\xff\xfe words by chance\n", "gives no passphrase"),
        (b"x" * 5000, "gives no passphrase"),
        (None, "can be read from descriptor"),
    ],
)
def test_a_descriptor_that_gives_no_passphrase_is_told(given, told):
    reading, writing = os.pipe()
    if given is None:
        os.close(reading)
    else:
        os.write(writing, given)
    os.close(writing)

    with pytest.raises(UserError, match=told) as caught:
        read_descriptor(reading)

    assert "words" not in caught.value.message + repr(caught.value.__cause__)


def test_a_passphrase_is_the_first_line_of_a_descriptor_that_stays_open():
    reading, writing = os.pipe()
    os.write(writing, PASSPHRASE.encode() + b"\r\nmore")

    assert read_descriptor(reading) == PASSPHRASE

    os.close(writing)
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(reading)
    assert PASSPHRASE not in repr(Passphrase(lambda: "", given=PASSPHRASE))


@pytest.mark.parametrize("what", ["form", "passphrase", "file"])
def test_k10_a_lost_key_is_brought_back(bench, say, tmp_path, passphrase, what):
    kept = tmp_path / "kept"
    if what == "form":
        say("key", "export", kept, "--yes")
    elif what == "passphrase":
        say("key", "export", kept, "--passphrase-file", passphrase)
        assert as_text(key_of(bench)) not in kept.read_text()
    else:
        kept.write_text(as_text(key_of(bench)))
    key = key_of(bench)
    place_of(bench).file.unlink()

    assert "is not here" in say("runs", code=2)
    told = say("key", "import", kept, "--passphrase-file", passphrase)

    assert fingerprint(key) in told
    assert key_of(bench) == key
    say("runs")
    assert "is here already" in say("key", "import", kept, "--passphrase-file", passphrase, code=2)
    audit = bench.fresh().store.audit(limit=2)
    assert audit[0].action == "key.import"


def test_an_export_is_in_the_audit_log_before_it_is_shown(bench, say, monkeypatch, tmp_path):
    from dayhand.app import key_recovery

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(key_recovery, "write_private", fail)
    told = say("key", "export", tmp_path / "k", "--yes", code=2)

    assert "No space left on device" in told
    assert bench.fresh().store.audit(limit=1)[0].action == "key.export"


def test_an_export_that_cannot_be_noted_does_not_happen(bench, monkeypatch, tmp_path):
    from dayhand.app import key_recovery

    def fail(*_):
        raise StoreError("the disk is full")

    monkeypatch.setattr(type(bench.app), "note", fail)
    with pytest.raises(StoreError, match="full"):
        key_recovery.export(bench.app, tmp_path / "k", passphrase=None)
    assert not (tmp_path / "k").exists()


def test_the_key_of_another_practice_is_not_taken(bench, say, tmp_path):
    (tmp_path / "other").write_text(as_text(bytes(range(32))))
    before = key_of(bench)

    assert "does not open the database" in say("key", "import", tmp_path / "other", code=2)
    assert key_of(bench) == before


# Forms ----------------------------------------------------------------------------------------------


def read(text, passphrase=PASSPHRASE):
    return recovery.read_any(text, "what you gave", passphrase=lambda: passphrase)


@pytest.mark.parametrize("seed", range(6))
def test_a_form_is_read_as_people_type_it(seed):
    key = random.Random(seed).randbytes(32)
    form = recovery.form("practice", key)
    code = "".join(line.split(None, 1)[1] for line in form.splitlines() if line.startswith("code"))

    for typed in (form, code, code.lower(), code.replace(" ", ""), code.replace(" ", "-"),
                  code.replace("O", "0").replace("I", "1").replace("B", "8"), f"\n {code} \n"):  # fmt: skip
        assert read(typed) == key


def test_every_single_mistyped_letter_of_a_form_is_noticed():
    form = recovery.form("practice", bytes(range(32)))
    code = "".join(line.split(None, 1)[1] for line in form.splitlines() if line.startswith("code"))
    code = code.replace(" ", "")

    for place in range(len(code)):
        wrong = code[:place] + ("A" if code[place] != "A" else "C") + code[place + 1 :]
        with pytest.raises(UserError, match="mistyped") as raised:
            read(wrong)
        assert code[:20] not in f"{raised.value}{raised.value.hint}"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"sealed": "AAAA"}, "does not open"),
        ({"practice": "other"}, "does not open"),
        ({"salt": 3}, "damaged"),
        ({"memory_kib": 1 << 40}, "more work"),
        ({"iterations": 10_000_000}, "more work"),
        ({"lanes": 0}, "more work"),
        ({"version": 2}, "does not hold"),
        ({"kind": "else"}, "does not hold"),
    ],
)
def test_a_sealed_file_that_was_changed_is_refused(change, why):
    import json

    sealed = json.loads(recovery.sealed("practice", bytes(32), PASSPHRASE)) | change

    with pytest.raises(UserError, match=why):
        read(json.dumps(sealed))


def test_a_wrong_passphrase_and_a_short_one_are_refused():
    sealed = recovery.sealed("practice", bytes(32), PASSPHRASE)

    with pytest.raises(UserError, match="passphrase does not open") as raised:
        read(sealed, "another one, as long")
    assert raised.value.__cause__ is None
    with pytest.raises(UserError, match="too short"):
        recovery.sealed("practice", bytes(32), "short")
    assert read(sealed) == bytes(32)


@pytest.mark.parametrize(
    "text", ["", "hello", "{", "{}", "[" * 10_000, "x" * 20_000, '{"kind": 1}']
)
def test_what_holds_no_key_is_refused(text):
    with pytest.raises(UserError):
        read(text)


def test_without_the_library_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.kdf.argon2", None)

    with pytest.raises(UserError) as raised:
        recovery.sealed("practice", bytes(32), PASSPHRASE)
    assert "dayhand[recovery]" in raised.value.hint


# What the doctor says -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "told_of"),
    [
        (lambda file: file.chmod(0o644), "may be read by others (mode 0644)"),
        (lambda file: file.write_text("rubbish"), "does not hold a key"),
        (lambda file: file.unlink(), "the key of the database is not here"),
        (lambda file: (file.unlink(), file.mkdir()), "cannot be read: Is a directory"),
    ],
    ids=["open", "rubbish", "gone", "folder"],
)
def test_a_key_that_is_not_to_be_had_is_told_once_by_the_doctor(bench, told, say, spoil, told_of):
    spoil(place_of(bench).file)

    found = told("doctor", code=1)

    failures = [one for one in found if one["level"] == "failure" and told_of in one["message"]]
    assert [one["check"] for one in failures] == ["key"]
    (others,) = [one for one in found if one["check"] == "others"]
    assert "could not be made, for a reason that is told above" in others["message"]
    assert told_of in say("runs", code=2)


def test_the_doctor_says_where_the_key_is(bench, told):
    (found,) = [one for one in told("doctor") if one["check"] == "key"]

    assert found["message"] == f"apart from the data, in the file {place_of(bench).file}"
