"""A practice that was lived in: client data came in every way there is, and everything was done with it."""

from __future__ import annotations

import base64
import html
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest
from tests_support.post_office import PostOffice

DAYHAND = Path(sys.executable).with_name("dayhand")
FORKING, EDITING = (Path(__file__).with_name(f"{name}.py") for name in ("forking", "editing"))
PATIENCE = 200.0

PLANTED = {
    "name": "Zyxandra Quillwort",
    "preferred name": "Zyxlet",
    "alias": 'Qu\u00edlly "Z\u00e9d" O\'Zorp \U0001f984',
    "e-mail": "zyx.planted@client.example",
    "phone": "518-555-0177",
    "address": "77 Marmoset Lane",
    "date of birth": "1987-02-27",
    "member id": "PLANTMEMBER77",
    "payment": "TX-PLANTED-9431",
    "file's name": "F\u00efle of Zw\u00f6lfer",
    "remark": "remark about Zarkon",
    "environment": "Env\u00eer\u00f6n Zygote",
    "event's description": "magenta agenda",
    "event's place": "B\u00e4salt R\u00f6om \U0001f422",
    "note": "vermilion dream",
    "note from a pipe": "carmine childhood",
    "note from the editor": "ochre editor",
    "addendum": "cobalt %s{0} lapse",
    "psychotherapy note": "saffron mother",
    "check-in": "<b>umber</b> f\u00e4tigue",
    "reason": "indigo reason",
    "mail password": "planted-mail-password",
    "calendar password": "planted-calendar-password",
}
"""What must not be found; each word is in nothing else."""
UID = "planted-session@example.org"
OPEN_ANEW = """
import os
from dayhand.app import App
from dayhand.settings import Settings
App(Settings(dict(os.environ))).open_store(create=True).close()
"""

SHEET = f"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//planted//EN
BEGIN:VEVENT
UID:{UID}
DTSTART;TZID=America/New_York:20261103T110000
DTEND;TZID=America/New_York:20261103T115000
RRULE:FREQ=WEEKLY
SUMMARY:{PLANTED["name"]}
DESCRIPTION:{PLANTED["event's description"]}
LOCATION:{PLANTED["event's place"]}
CATEGORIES:SESSION
END:VEVENT
BEGIN:VEVENT
UID:broken@example.org
DTSTART:nonsense
SUMMARY:{PLANTED["name"]}
END:VEVENT
END:VCALENDAR
"""
CLIENTS = (
    "id,name,preferred_name,date_of_birth,email,phone,address,region,status,payer,member_id,aliases,"
    "wants_superbill\n"
    f"C-0001,{PLANTED['name']},{PLANTED['preferred name']},{PLANTED['date of birth']},"
    f"{PLANTED['e-mail']},{PLANTED['phone']},{PLANTED['address']},NY,active,Evergreen Mutual,"
    f"{PLANTED['member id']},{PLANTED['alias']},yes\n"
)
SERVICES = 'code,name,minutes,fee,effective_from\nSVC-45,"Session",50,140.00,2024-01-01\n'
PAPERS = (
    "client_id,kind,signed_on,expires_on,scope,address,warned_at,revoked_at\n"
    f"C-0001,email_consent,2026-01-05,,billing;reminders,{PLANTED['e-mail']},2026-01-05,\n"
)
DIAGNOSES = "client_id,code,effective_from,effective_to\nC-0001,F41.1,2025-10-27,\n"
WRONG = """routine: wrong
steps:
  - {id: clients, uses: practice.clients}
  - for_each: steps.clients
    as: client
    steps:
      - {uses: email.send, with: {to: "${{ client.name }}", subject: "a", body: "b", client_id: C-0001,
          purpose: billing, consent: "${{ client.email_scopes }}"}, on_error: continue}
      - {uses: email.send, with: {to: "${{ client.email }}", subject: "About ${{ client.name }}",
          body: "b", client_id: C-0001, purpose: billing, consent: "${{ client.email_scopes }}"}, on_error: continue}
      - {uses: file.write, with: {path: "../${{ client.name }}.txt", text: a}, on_error: continue}
      - {uses: value.set, with: {a: "${{ client.name | number }}"}, on_error: continue}
      - {uses: billing.render, with: {invoice: "${{ client.name }}"}, on_error: continue}
      - {uses: calendar.next_open_day, with: {days: "${{ client.name }}"}, on_error: continue}
      - {uses: practice.sessions, with: {month: "${{ client.name }}"}, on_error: continue}
"""
BAD_CLIENTS = CLIENTS.replace(",NY,", ",Nowhere at all,").replace("@client", " at client")


@dataclass(frozen=True)
class Told:
    """What a command said."""

    arguments: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err

    def shows(self, word: str) -> bool:
        """True if it shows a word, in any way of writing it."""
        said = self.text.lower().encode("utf-8", "replace")
        return any(form in said for form in forms(word))


@dataclass
class Home:
    """All the folders dayhand may write to, and what it said there."""

    root: Path
    forker: subprocess.Popen[str]
    told: list[Told] = field(default_factory=list)
    planted: Mapping[str, str] = field(default_factory=lambda: PLANTED)
    may_be_shown: frozenset[str] = frozenset({"reason"})
    """By its definition it holds no client data: documents and commands show it."""

    @property
    def folder(self) -> Path:
        return self.root / "practice"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
        return {
            **kept,
            "HOME": str(self.root / "home"),
            "TMPDIR": str(self.root / "tmp"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "MAIL_PASSWORD": PLANTED["mail password"],
            "CALENDAR_PASSWORD": PLANTED["calendar password"],
            "EDITOR": f"{sys.executable} {EDITING}",
            "PLANTED": PLANTED["note from the editor"],
            "CLIENT_OF_TODAY": PLANTED["environment"],
        }

    def __call__(self, *arguments: str, stdin: str = "", expect: int | None = 0) -> Told:
        return self._run(arguments, stdin=stdin, expect=expect)

    def killed(self, point: int, *arguments: str) -> None:
        """Run a command and kill it at its n-th commit or file."""
        self._run(arguments, deadly=point, expect=-signal.SIGKILL)

    def _run(
        self, arguments: tuple[str, ...], *, stdin: str = "", deadly: int = 0, expect: int | None
    ) -> Told:
        asked = {"arguments": ["--debug", *arguments], "environment": self.environment,
                 "folder": str(self.folder), "stdin": stdin, "deadly": deadly}  # fmt: skip
        assert self.forker.stdin
        assert self.forker.stdout
        self.forker.stdin.write(json.dumps(asked) + "\n")
        self.forker.stdin.flush()
        done = json.loads(self.forker.stdout.readline())
        return self.noted(arguments, done["code"], done["out"], done["err"], expect)

    def noted(
        self, arguments: tuple[str, ...], code: int, out: str, err: str, expect: int | None
    ) -> Told:
        told = Told(arguments, code, out, err)
        self.told.append(told)
        assert expect is None or code == expect, f"{arguments}: {code}\n{told.text[-3000:]}"
        return told

    def write(self, name: str, text: str) -> None:
        """Write a file of the practice as the owner does, for nobody else."""
        file = self.folder / name
        file.touch(0o600)
        file.write_text(text)

    def question(self) -> str:
        asked = [line for line in self("inbox", "--json").out.splitlines() if '"id"' in line]
        return asked[0].split('"')[3]

    def files(self) -> Iterator[Path]:
        """Every file that dayhand made, or could have made."""
        return (file for file in sorted(self.root.rglob("*")) if file.is_file())

    def holding(self) -> dict[str, set[str]]:
        """Which files hold which of the planted words, in any way of writing them."""
        found: dict[str, set[str]] = {}
        for file in self.files():
            data = file.read_bytes().lower()
            for what, word in self.planted.items():
                if any(form in data for form in forms(word)):
                    found.setdefault(str(file.relative_to(self.root)), set()).add(what)
        return found


def forms(word: str) -> list[bytes]:
    """A word as it may stand in a file."""
    lower = word.lower()
    texts = [
        lower, lower.replace(" ", "-"), lower.replace(" ", "_"), quote(lower), lower[::-1],
        json.dumps(lower)[1:-1], json.dumps(lower, ensure_ascii=False)[1:-1], ascii(lower)[1:-1],
        html.escape(lower), unicodedata.normalize("NFD", lower), lower.replace('"', '""'),
    ]  # fmt: skip
    written = [text.encode(code) for text in texts for code in ("utf-8", "utf-16-le")]
    packed = [base64.b64encode(word.encode()).lower()[:-4], word.encode().hex().encode()]
    return [form for form in (*written, *packed) if len(form) >= 6]


@contextmanager
def calendar_server() -> Iterator[str]:
    """The owner's calendar on the network."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = SHEET.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/calendar")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/planted.ics"
    finally:
        server.shutdown()
        server.server_close()


def settings(calendar: str, mail: int, *, encrypted: bool) -> str:
    return f"""
practice: {{name: Lakeside, email: office@lakeside.example, phone: 518-555-0100, tax_id: 12-3456789,
  address: {{street: 12 Lake Road, city: Albany, region: NY, postcode: "12207"}}}}
clinician: {{name: Jane Doe, credentials: LCSW, email: jane@lakeside.example, npi: "1234567893",
  taxonomy: 1041C0700X,
  licences: [{{type: LCSW, region: NY, number: "081234", issued: 2015-06-01, expires: 2030-05-31}}]}}
timezone: America/New_York
currency: USD
storage: {{encrypted: {str(encrypted).lower()}}}
calendar:
  allow_hosts: ["127.0.0.1"]
  sources:
    - {{name: desk, url: "{calendar}", username: jane, password: {{env: CALENDAR_PASSWORD}}}}
  session: {{categories: [SESSION]}}
email:
  from: {{address: office@lakeside.example, name: Lakeside Office}}
  neutral_practice_name: Lakeside Office
  smtp: {{host: 127.0.0.1, port: {mail}, security: none}}
"""


def found(home: Home, calendar: str, mail: int, *, encrypted: bool) -> None:
    """Found the practice and bring the planted client in; what it was read from is gone."""
    root = home.root
    for name in ("home", "tmp", "desk"):
        (root / name).mkdir(mode=0o700)
    init = [DAYHAND, "init", "practice", "--name", "Lakeside", "--clinician", "Jane Doe",
            "--timezone", "America/New_York"]  # fmt: skip
    subprocess.run(init, cwd=root, env=home.environment, check=True, capture_output=True, umask=0)
    home.write("practice.yaml", settings(calendar, mail, encrypted=encrypted))
    if not encrypted:
        for file in (home.folder / ".dayhand").glob("dayhand.db*"):
            file.unlink()
        subprocess.run(
            [sys.executable, "-c", OPEN_ANEW], cwd=home.folder, env=home.environment, check=True
        )
    desk = root / "desk"
    for kind, name, text in (  # what is wrong first
        ("clients", "bad.csv", BAD_CLIENTS),
        ("services", "services.csv", SERVICES), ("clients", "clients.csv", CLIENTS),
        ("paperwork", "papers.csv", PAPERS),
    ):  # fmt: skip
        (desk / name).write_text(text)
        wrong = name == "bad.csv"
        home(kind, "import", str(desk / name), expect=2 if wrong else 0)
    (desk / "diagnoses.csv").write_text(DIAGNOSES)
    home("clients", "import", "--kind", "diagnoses", str(desk / "diagnoses.csv"))
    shutil.rmtree(desk)


def lived(home: Home, office: PostOffice) -> None:
    """Do everything that is done with client data, and break off much of it."""
    home("calendar", "check")
    home("calendar", "agenda", "--day", "2026-11-17", "--json")
    home("run", "end-of-day-notes", "--as-of", "2026-11-03")
    _write_notes(home)
    _sign_and_add(home)
    home("run", "morning-prep", "--as-of", "2026-11-17", "--dry-run")
    home("run", "morning-prep", "--as-of", "2026-11-17", "--json")
    _bill(home, office)
    _fail(home)
    _look(home)
    _stay_awake(home)


def _write_notes(home: Home) -> None:
    home("notes", "write", "N-000001", "--section", f"plan={PLANTED['note']}")
    home("notes", "write", "N-000001")  # in the editor
    home("notes", "write", "N-999999", "--section", f"plan={PLANTED['note']}", expect=2)
    home("notes", "write", "N-000001", "--section", f"wrong={PLANTED['note']}", expect=2)
    for point in (4, 7):
        home.killed(point, "run", "end-of-day-notes", "--as-of", "2026-11-10")
    home("resume")
    piped = f"## Plan\n{PLANTED['note from a pipe']}\n"
    home("notes", "write", "N-000002", "--stdin", stdin=piped)
    home("notes", "unsigned", "--json")


def _sign_and_add(home: Home) -> None:
    home("notes", "sign", "N-000001", "--yes")
    home("notes", "addendum", "N-000001", "--text", PLANTED["addendum"])
    home("psychotherapy-notes", "write", "C-0001", "--text", PLANTED["psychotherapy note"])
    home("checkin", "--scale", "energy=3", "--text", PLANTED["check-in"])
    home("payments", "add", "C-0001", "30", "--on", "2026-11-05", "--reference", PLANTED["payment"])
    home("payments", "add", PLANTED["name"], "30", expect=1)
    home("clients", "add", "--name", PLANTED["name"], "--email", "no address", expect=2)
    home("clients", "fee", "C-0001", "--agreed-fee", "100", "--from", "2026-11-01",
         "--reason", PLANTED["reason"])  # fmt: skip


def _bill(home: Home, office: PostOffice) -> None:
    billing = ("run", "monthly-billing", "--as-of", "2026-12-01")
    home(*billing, "--dry-run", "--answer", "review=approve")
    for point in (3, 6):
        home.killed(point, *billing)
    home("resume", expect=3)
    office.falls_silent(after_accepting=True)
    for _ in home("inbox", "--json").out.split('"id"')[1:]:
        home("answer", home.question(), "--approve", expect=None)
    home("inbox")
    home("answer", home.question(), "--it-was", "--note", "looked", expect=None)
    office.falls_silent(after_accepting=False)
    home("run", "monthly-billing", "--as-of", "2026-12-10", expect=3)
    home("answer", home.question(), "--approve", expect=None)
    home("resume", expect=None)


def _fail(home: Home) -> None:
    """A routine that gives client data to steps in ways they refuse."""
    home.write("routines/wrong.yaml", f"{WRONG}# {PLANTED['remark']}\n")
    home("run", "wrong", expect=1)
    inbox = home.folder / "inbox" / (PLANTED["file's name"] + ".csv")
    inbox.write_text(f"id,name\n{PLANTED['alias']},{PLANTED['name']}\n")
    home("clients", "import", "inbox", expect=None)
    home("clients", "show", PLANTED["alias"], expect=2)
    home("plans", "show", PLANTED["alias"], expect=2)
    for name in ("day_sheet", "invoice"):  # a template of the owner's that quotes what it is given
        home.write(f"templates/{name}.typ", "#panic(repr(json(bytes(sys.inputs.data))))\n")
    home("run", "morning-prep", "--as-of", "2026-11-24", expect=1)
    home("show", "last", "--json")
    home("invoices", "pdf", "INV-2026-00001", expect=None)
    for file in (*(home.folder / "templates").glob("*.typ"), inbox):
        file.unlink()


def _look(home: Home) -> None:
    for command in (
        ("runs",), ("show", "last", "--values"), ("inbox", "--json"), ("upcoming",),
        ("why", "monthly-billing", "2026-12-01"), ("check",), ("schema", "--write"),
        ("clients", "list", "--json"), ("invoices", "list"), ("tick", "--json"),
        ("invoices", "list", "--json"), ("ageing", "--json"),
        ("sessions", "list", "--json"), ("paperwork", "list", "--json"), ("notes", "list", "--json"),
        ("invoices", "show", "INV-2026-00001", "--json"), ("effects", "--json"),
    ):  # fmt: skip
        home(*command, expect=None)
    home("doctor", expect=None)
    for run in home("runs", "--json").out.split('"id": "')[1:4]:
        home("show", run.split('"')[0], "--json")


def _stay_awake(home: Home) -> None:
    """A daemon that goes on with a run that was killed."""
    home.killed(5, "run", "morning-prep", "--as-of", "2026-11-18")
    command = [DAYHAND, "--debug", "daemon"]
    with tempfile.TemporaryFile("w+") as log:
        daemon = subprocess.Popen(
            command,
            cwd=home.folder,
            env=home.environment,
            stdin=subprocess.DEVNULL,
            stderr=log,
            umask=0,
        )
        until = time.monotonic() + PATIENCE
        while '"done"' not in home("runs", "--limit", "1", "--json").out:
            time.sleep(0.5)
            assert daemon.poll() is None
            assert time.monotonic() < until
        daemon.terminate()
        code = daemon.wait(timeout=PATIENCE)
        log.seek(0)
        home.noted(("daemon",), code, "", log.read(), 0)


@pytest.fixture(scope="session")
def forker() -> Iterator[subprocess.Popen[str]]:
    """Runs commands without importing everything anew for each."""
    with subprocess.Popen(
        [sys.executable, FORKING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process


@pytest.fixture(scope="session")
def home(tmp_path_factory, forker) -> Iterator[Home]:
    """The practice, lived in."""
    made = Home(tmp_path_factory.mktemp("home"), forker)
    with PostOffice(tmp_path_factory.mktemp("office")) as office, calendar_server() as calendar:
        found(made, calendar, office.port, encrypted=True)
        lived(made, office)
        yield made


@pytest.fixture
def plain_home(tmp_path, forker) -> Home:
    """A practice whose database is not encrypted."""
    made = Home(tmp_path, forker)
    found(made, "https://calendar.example/none.ics", 2525, encrypted=False)
    return made
