"""Where the key of the database and other secrets come from."""

from __future__ import annotations

import base64
import os
import stat
import sys
import types

import pytest

from dayhand import keys
from dayhand.errors import SecretMissing, UserError
from dayhand.keys.places import keyring
from dayhand.model.practice import SecretRef

KEY = bytes(range(32))
TEXT = base64.b64encode(KEY).decode()


@pytest.fixture
def practice(tmp_path):
    folder = tmp_path / "practice"
    folder.mkdir()
    return folder


@pytest.fixture
def environment(tmp_path):
    (tmp_path / "home").mkdir()
    return {"HOME": str(tmp_path / "home")}


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def private(path, text):
    path.write_text(text)
    path.chmod(0o600)
    return path


def key_file(practice, environment):
    name = keys.practice_id(practice)
    return keys.key_file(name, environment)


class Ring:
    """A keyring in memory, found as the real one is."""

    def __init__(self):
        self.kept = {}

    def install(self, monkeypatch, *, broken=False):
        def act(method):
            def call(*args):
                if broken:
                    raise RuntimeError("no D-Bus here")
                return method(*args)

            return call

        module = types.ModuleType("keyring")
        backends = types.ModuleType("keyring.backends")
        backends.fail = types.SimpleNamespace(Keyring=type("Fail", (), {}))
        backends.null = types.SimpleNamespace(Keyring=type("Null", (), {}))
        module.backends = backends
        module.get_keyring = act(object)
        module.get_password = act(lambda service, user: self.kept.get((service, user)))
        module.set_password = act(
            lambda service, user, text: self.kept.update({(service, user): text})
        )
        module.delete_password = act(lambda service, user: self.kept.pop((service, user)))
        monkeypatch.setitem(sys.modules, "keyring", module)
        monkeypatch.setitem(sys.modules, "keyring.backends", backends)
        return {"PYTHON_KEYRING_BACKEND": "memory"}


# The practice's id ----------------------------------------------------------------------------------


def test_a_practice_gets_an_id_once(practice):
    name = keys.practice_id(practice, create=True)

    assert keys.practice_id(practice, create=True) == name == keys.practice_id(practice)
    assert len(name) == 32
    assert mode(practice / ".dayhand" / "id") == 0o600


def test_a_practice_without_an_id_is_said(practice):
    with pytest.raises(UserError, match="no id"):
        keys.practice_id(practice)


@pytest.mark.parametrize("text", ["", "../../etc/passwd", "a b c d e f g h"])
def test_an_id_that_is_none_is_refused(practice, text):
    keys.practice_id(practice, create=True)
    (practice / ".dayhand" / "id").write_text(text)

    with pytest.raises(UserError, match="does not hold"):
        keys.practice_id(practice)


# Making and finding the key -------------------------------------------------------------------------


def test_a_key_is_kept_in_a_private_file_apart_from_the_data(practice, environment, tmp_path):
    before = os.umask(0)
    try:
        key, place = keys.create_key(practice, environment=environment)
    finally:
        os.umask(before)

    file = key_file(practice, environment)
    assert (len(key), place) == (32, str(file))
    assert file.is_relative_to(tmp_path / "home")
    assert (mode(file), mode(file.parent)) == (0o600, 0o700)
    assert keys.find_key(practice, None, environment=environment) == key
    assert not [path for path in practice.rglob("*") if path.is_file() and path.name != "id"]


def test_two_keys_are_two(practice, environment, tmp_path):
    other = tmp_path / "other"
    other.mkdir()

    first, _ = keys.create_key(practice, environment=environment)
    second, _ = keys.create_key(other, environment=environment)

    assert first != second


def test_a_key_is_never_made_over_another(practice, environment):
    key, _ = keys.create_key(practice, environment=environment)

    with pytest.raises(UserError, match="has a key already"):
        keys.create_key(practice, environment=environment)
    assert keys.find_key(practice, None, environment=environment) == key


@pytest.mark.skipif(sys.platform != "linux", reason="the folder is another elsewhere")
def test_the_data_folder_is_the_environments(practice, environment, tmp_path):
    environment["XDG_DATA_HOME"] = str(tmp_path / "xdg")

    _, place = keys.create_key(practice, environment=environment)

    assert place.startswith(str(tmp_path / "xdg" / "dayhand" / "keys"))


@pytest.mark.parametrize("rights", [0o644, 0o640, 0o604, 0o660])
def test_a_key_file_that_others_may_read_is_refused(practice, environment, rights):
    keys.create_key(practice, environment=environment)
    file = key_file(practice, environment)
    file.chmod(rights)

    with pytest.raises(UserError, match="may be read by others") as raised:
        keys.find_key(practice, None, environment=environment)
    assert raised.value.hint == f"chmod 600 {file}"


def test_a_key_file_would_never_lie_in_the_practice_folder(practice):
    inside = {"HOME": str(practice), "XDG_DATA_HOME": str(practice)}

    with pytest.raises(UserError, match="lies in the practice folder"):
        keys.create_key(practice, environment=inside)


def test_without_a_home_no_file_can_be_kept(practice):
    with pytest.raises(UserError, match="no home folder"):
        keys.create_key(practice, environment={})


def test_a_missing_key_says_where_it_was_looked_for(practice, environment):
    keys.practice_id(practice, create=True)

    with pytest.raises(SecretMissing) as raised:
        keys.find_key(practice, None, environment=environment)
    for place in ("keyring", "systemd", str(key_file(practice, environment))):
        assert place in str(raised.value)


def test_a_systemd_credential_is_found(practice, environment, tmp_path):
    keys.practice_id(practice, create=True)
    environment["CREDENTIALS_DIRECTORY"] = str(tmp_path)
    (tmp_path / "dayhand-key").write_text(KEY.hex() + "\n")

    assert keys.find_key(practice, None, environment=environment) == KEY


def test_the_keyring_is_used_where_there_is_one(practice, environment, monkeypatch):
    ring = Ring()
    environment |= ring.install(monkeypatch)

    key, place = keys.create_key(practice, environment=environment)

    assert "keyring" in place
    assert keys.find_key(practice, None, environment=environment) == key
    assert not key_file(practice, environment).exists()
    keys.forget_key(practice, environment=environment)
    assert ring.kept == {}


def test_a_keyring_that_fails_is_passed_over(practice, environment, monkeypatch):
    environment |= Ring().install(monkeypatch, broken=True)

    key, place = keys.create_key(practice, environment=environment)

    assert place == str(key_file(practice, environment))
    assert keys.find_key(practice, None, environment=environment) == key


def test_a_keyring_that_fails_when_written_to_is_passed_over(practice, environment, monkeypatch):
    environment |= Ring().install(monkeypatch)
    monkeypatch.setattr(sys.modules["keyring"], "set_password", None)

    _, place = keys.create_key(practice, environment=environment)

    assert place == str(key_file(practice, environment))
    keys.forget_key(practice, environment=environment)
    assert not key_file(practice, environment).exists()


def test_a_keyring_whose_reading_fails_has_nothing(practice, environment, monkeypatch):
    keys.practice_id(practice, create=True)
    environment |= Ring().install(monkeypatch)
    monkeypatch.setattr(sys.modules["keyring"], "get_password", None)

    with pytest.raises(SecretMissing):
        keys.find_key(practice, None, environment=environment)


@pytest.mark.parametrize("backend", [None, "keyring.backends.null.Keyring"])
def test_a_server_without_a_keyring_does_not_import_one(
    practice, environment, monkeypatch, backend
):
    monkeypatch.setitem(sys.modules, "keyring", None)
    monkeypatch.setattr(sys, "platform", "linux")
    if backend:
        environment["PYTHON_KEYRING_BACKEND"] = backend

    assert keyring(environment) is None


def test_a_key_may_be_named(practice, environment, tmp_path):
    private(tmp_path / "the.key", TEXT + "\n")
    environment["PRACTICE_KEY"] = KEY.hex()

    for reference in (
        SecretRef("file", str(tmp_path / "the.key")),
        SecretRef("env", "PRACTICE_KEY"),
    ):
        assert keys.find_key(practice, reference, environment=environment) == KEY


def test_a_named_key_beside_the_data_is_refused(practice, environment):
    private(practice / "the.key", TEXT)

    with pytest.raises(UserError, match="lies in the practice folder"):
        keys.find_key(practice, SecretRef("file", "the.key"), environment=environment)


@pytest.mark.parametrize("text", ["c2hvcnQ=", "canary-no-base64!", "zz" * 32, TEXT + "=="])
def test_what_is_no_key_is_refused_and_not_shown(practice, environment, text):
    environment["PRACTICE_KEY"] = text

    with pytest.raises(UserError, match="does not hold a key") as raised:
        keys.find_key(practice, SecretRef("env", "PRACTICE_KEY"), environment=environment)
    assert text not in f"{raised.value} {raised.value.hint} {raised.value.__cause__}"


# Secrets --------------------------------------------------------------------------------------------


def resolve(reference, practice, environment):
    return keys.resolve_secret(reference, practice_folder=practice, environment=environment)


def test_a_secret_comes_from_the_environment(practice):
    assert resolve(SecretRef("env", "PASSWORD"), practice, {"PASSWORD": "s3cret"}) == "s3cret"


@pytest.mark.parametrize("text", ["s3cret", "s3cret\n", "s3cret\r\n"])
def test_a_secret_comes_from_a_file_without_its_line_break(practice, environment, text):
    private(practice / "password", text)

    assert resolve(SecretRef("file", "password"), practice, environment) == "s3cret"


def test_a_file_may_be_named_from_the_home_folder(practice, environment, tmp_path):
    private(tmp_path / "home" / "password", "s3cret")

    assert resolve(SecretRef("file", "~/password"), practice, environment) == "s3cret"


def test_a_secret_comes_from_a_credential(practice, tmp_path):
    (tmp_path / "smtp").write_text("s3cret\n")

    found = resolve(
        SecretRef("credential", "smtp"), practice, {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    )

    assert found == "s3cret"


def test_a_secret_comes_from_the_keyring(practice, monkeypatch):
    ring = Ring()
    environment = ring.install(monkeypatch)
    ring.kept["mail/smtp", "jane"] = "s3cret"

    assert resolve(SecretRef("keyring", "mail/smtp/jane"), practice, environment) == "s3cret"


@pytest.mark.parametrize(
    "kind, name, told",
    [
        ("env", "PASSWORD", "environment variable PASSWORD"),
        ("file", "password", "password"),
        ("credential", "smtp", "CREDENTIALS_DIRECTORY"),
        ("keyring", "mail/jane", "service mail, user jane"),
        ("keyring", "jane", "names nothing in the keyring"),
    ],
)
def test_a_missing_secret_says_where_it_was_looked_for(practice, kind, name, told):
    with pytest.raises(SecretMissing, match=told):
        resolve(SecretRef(kind, name), practice, {})


def test_a_missing_credential_says_where_it_was_looked_for(practice, tmp_path):
    with pytest.raises(SecretMissing, match=str(tmp_path / "smtp")):
        resolve(SecretRef("credential", "smtp"), practice, {"CREDENTIALS_DIRECTORY": str(tmp_path)})


@pytest.mark.parametrize("name", ["../password", "a/b", ".."])
def test_a_credential_cannot_lead_elsewhere(practice, tmp_path, name):
    with pytest.raises(SecretMissing, match="not the name"):
        resolve(SecretRef("credential", name), practice, {"CREDENTIALS_DIRECTORY": str(tmp_path)})


def test_an_empty_secret_is_missing(practice):
    with pytest.raises(SecretMissing):
        resolve(SecretRef("env", "PASSWORD"), practice, {"PASSWORD": ""})


def test_a_secret_file_that_others_may_read_is_refused_and_not_shown(practice, environment):
    private(practice / "password", "s3cret").chmod(0o644)

    with pytest.raises(UserError, match="others") as raised:
        resolve(SecretRef("file", "password"), practice, environment)
    assert "s3cret" not in f"{raised.value}{raised.value.hint}"


def test_a_secret_file_that_is_not_text_is_refused_and_not_shown(practice, environment):
    private(practice / "password", "").write_bytes(b"\xff\xfes3cret")

    with pytest.raises(UserError, match="does not hold text") as raised:
        resolve(SecretRef("file", "password"), practice, environment)
    assert raised.value.__cause__ is None


def test_a_secret_file_that_may_not_be_opened_is_missing(practice, environment, monkeypatch):
    file = private(practice / "password", "s3cret")

    def refuse(*_):
        raise PermissionError(13, "no")

    monkeypatch.setattr(type(file), "open", refuse)

    with pytest.raises(SecretMissing, match="may not be read"):
        resolve(SecretRef("file", "password"), practice, environment)
