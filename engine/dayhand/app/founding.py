"""A new practice folder: settings, routines, key, database, and if asked the sample's year."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from dayhand.app.application import App
from dayhand.app.database_place import DatabasePlace
from dayhand.errors import UserError
from dayhand.problems import closest
from dayhand.settings import Settings

__all__ = ["complete", "found"]

_FRIDAY = 4
_FOLDERS = ("routines", "templates", "inbox", "out", ".dayhand")


def found(
    app: App,
    folder: Path,
    *,
    sample: bool,
    name: str | None,
    clinician: str | None,
    timezone: str | None,
    currency: str,
    today: date | None,
    routines: bool = True,
    activities: Collection[str] | None = None,
    database: DatabasePlace | None = None,
) -> Iterator[str]:
    """Make a practice; a line for each thing made, as it is made.

    `activities` are those whose routines are copied; all where it is left out. `database` is a server's;
    where it is left out, the database is a file in the folder.

    Raises:
        UserError: there is a practice already, or a name is not one.
        StoreError: the server cannot be reached; nothing was made.
    """
    from dayhand.app import shipped_routines

    wanted = shipped_routines.chosen(activities)
    folder = folder.expanduser().resolve()
    if (folder / "practice.yaml").exists():
        raise UserError(f"there is a practice in {folder} already", hint="choose another folder")
    if not re.fullmatch("[A-Z]{3}", currency):
        raise UserError(f"'{currency}' is not a currency", hint="use a code such as USD")
    if database:
        database.look(folder, app.settings.environment)
    zone = _zone(timezone or ("America/New_York" if sample else _local_zone(app)))
    _make_folders(folder)
    day = today or app.clock.now().astimezone(ZoneInfo(zone)).date()
    text = _sample_text(day) if sample else _settings_text(name, clinician, zone, currency)
    _write(folder / "practice.yaml", text if database is None else database.written_into(text))
    yield f"made {folder}"
    yield f"  practice.yaml: who you are, and where your calendar and mail are ({zone})"
    if routines:
        names = shipped_routines.copy(folder, wanted)
        yield f"  routines/: {', '.join(names) or 'none yet; see dayhand routines list --shipped'}"
    inner = App(
        Settings(app.settings.environment, app.settings.working_folder, folder),
        clock=app.clock,
        host=app.host,
    )
    with inner:
        place, private = _make_database(inner)
        if database is None:
            yield f"  .dayhand/: an encrypted database; its key is in {place}"
        else:
            yield f"  the database: tables on {inner.store.place}; backups and disks are its server's"
        yield f"  a second key, for private texts, is in {private}"
        _write_schemas(inner)
        if sample:
            yield from _sample(inner, day)
    yield ""
    first = "morning-prep --dry-run" if any(one.name == "morning-prep" for one in wanted) else ""
    if first and sample:
        first += f" --as-of {_weekday(day)}"
    yield from _next(app, folder, sample=sample, first=first)


def complete(app: App) -> None:
    """Make what is made again at any time: the folders that are empty, the editor's schemas."""
    _make_folders(app.folder)
    _write_schemas(app)


def _make_folders(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in _FOLDERS:
        (folder / name).mkdir(mode=0o700, exist_ok=True)


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def _make_database(app: App) -> tuple[str, str]:
    from dayhand.app.private_key import keys_of
    from dayhand.keys import create_key, practice_id

    storage = app.checked_practice.storage
    place = ""
    if not storage.url.startswith("postgresql"):
        practice_id(app.folder, create=True)
        _, place = create_key(app.folder, environment=app.settings.environment)
    _, private = keys_of(app).create()
    app.open_store(create=True).close()
    return place, private


def _write_schemas(app: App) -> None:
    from dayhand.validation import compose

    for which, make in (("routine", compose.routine_schema), ("practice", compose.practice_schema)):
        _write(app.data / f"{which}.schema.json", json.dumps(make(app.catalogue), indent=1))


def _sample(app: App, day: date) -> Iterator[str]:
    for line in app.host.sample(app.folder, day):
        yield f"  {line}"
    for place in app.folder.rglob("*"):
        if place.is_dir() and not place.is_symlink():
            place.chmod(0o700)  # whatever the umask under which a plugin made it
    noon, now = datetime.combine(day, time(12), app.zone), app.now()
    at = now if day == now.date() and now < noon else noon  # nothing is noted ahead of the clock
    for line in app.host.sample_load(lambda plugin: app.context(plugin, now=at)):
        yield f"  {line}"


def _next(app: App, folder: Path, *, sample: bool, first: str) -> Iterator[str]:
    try:
        shown = str(folder.relative_to(app.settings.working_folder))
    except ValueError:
        shown = str(folder)
    yield f"next:  cd {shown}"
    if not sample:
        yield "       edit practice.yaml, then: dayhand doctor"
    yield f"       dayhand run {first}" if first else "       dayhand routines list"


def _sample_text(day: date) -> str:
    """The sample's settings, with licences that are in force on a day."""
    text = _SAMPLE
    for end, years in _LICENCE_ENDS.items():
        renewed = date.fromisoformat(end)
        while renewed <= day:
            renewed = renewed.replace(year=renewed.year + years)
        text = text.replace(end, renewed.isoformat())
    return text


def _weekday(day: date) -> date:
    """The first day from this one on that is not of a weekend: the sample has sessions then."""
    return day + timedelta(days=7 - day.weekday() if day.weekday() > _FRIDAY else 0)


def _zone(name: str) -> str:
    known = available_timezones()
    if name not in known:
        guess = closest(name, tuple(sorted(known)))
        raise UserError(
            f"'{name}' is not a time zone",
            hint=f"did you mean '{guess}'?" if guess else "use a name such as America/New_York",
        )
    return ZoneInfo(name).key


def _local_zone(app: App) -> str:
    """This machine's zone, by name; UTC if it does not say."""
    named = app.settings.environment.get("TZ", "").lstrip(":")
    if named in available_timezones():
        return named
    parts = Path("/etc/localtime").resolve().parts
    if "zoneinfo" in parts:
        name = "/".join(parts[parts.index("zoneinfo") + 1 :])
        if name in available_timezones():
            return name
    return "UTC"


def _settings_text(name: str | None, clinician: str | None, zone: str, currency: str) -> str:
    return _BLANK.format(
        name=json.dumps(name or "My practice", ensure_ascii=False),
        clinician=json.dumps(clinician or "Your Name", ensure_ascii=False),
        zone=zone,
        currency=currency,
    )


_BLANK = """\
# yaml-language-server: $schema=.dayhand/practice.schema.json
# Who you are, and where your calendar and mail are. Check it with: dayhand check practice.yaml
# Secrets are never written here, only where they are: {{env: NAME}}, {{file: PATH}},
# {{credential: NAME}} or {{keyring: SERVICE/USER}}.

practice:
  name: {name}
  # address: {{street: 12 Lake Road, city: Albany, region: NY, postcode: "12207"}}
  # phone: 518-555-0100
  # tax_id: 12-3456789

clinician:
  name: {clinician}
  # credentials: LCSW
  # email: you@example.org           # dayhand's notices to you go here
  # npi: "1234567893"
  # licences:
  #   - {{type: LCSW, region: NY, number: "081234", issued: 2015-06-01, expires: 2027-05-31}}

timezone: {zone}
currency: {currency}

# calendar:
#   sources:
#     - {{name: work, file: calendars/work.ics}}
#     - name: cloud
#       caldav: https://dav.example.org/me/
#       username: me
#       password: {{keyring: dayhand/caldav}}

# email:
#   from: {{address: you@example.org, name: Jane Doe}}
#   smtp:
#     host: smtp.example.org
#     username: you@example.org
#     password: {{keyring: dayhand/smtp}}
"""

_LICENCE_ENDS = {"2027-05-31": 3, "2027-03-31": 2}
"""Of the sample's licences, and after how many years New York and California renew them."""
_SAMPLE = """\
# yaml-language-server: $schema=.dayhand/practice.schema.json
# The sample practice: every person, address and number in it is invented.

practice:
  name: Lakeside Counseling
  address: {street: 12 Lake Road, city: Albany, region: NY, postcode: "12207"}
  phone: 518-555-0100
  email: office@lakeside.example
  website: https://lakeside.example
  tax_id: 12-3456789

clinician:
  name: Jane Doe
  credentials: LCSW
  email: jane@lakeside.example
  npi: "1234567893"
  taxonomy: 1041C0700X
  licences:
    - {type: LCSW, region: NY, number: "081234", issued: 2015-06-01, expires: 2027-05-31}
    - {type: LMFT, region: CA, number: "98765", issued: 2019-02-01, expires: 2027-03-31}

timezone: America/New_York
currency: USD

calendar:
  sources:
    - {name: practice, file: calendars/practice.ics}
  # What the sample's calendar marks as a session, as time held, and as what became of a session:
  session: {categories: [SESSION]}
  hold: {categories: [HOLD]}

email:
  from: {address: office@lakeside.example, name: Lakeside Office}
  neutral_practice_name: Lakeside Office    # in mail to clients: says nothing of health
  # The demo's own mail server, on this machine only; without one, mail waits and is tried again.
  smtp: {host: 127.0.0.1, port: 2525, security: none}

# Hours under supervision, towards one licence more: what they count by, and where they are gained.
supervision:
  tracks:
    lpcc:
      rule_set: us-ca-lpcc
      stage: associate
      setting: Lakeside Counseling
      supervisor: Dr. Ilse Marchetti
  supervisors:
    Dr. Ilse Marchetti: {licence: LPCC, number: "1234"}
  workplaces:
    Lakeside Counseling: private_practice

# What you want to read about, how much of it in a year, and whose feed to look at.
reading:
  topics:
    grief: {goal: 4, words: [grief, bereave]}
    trauma: {goal: 2, words: [trauma]}
    ethics: {goal: 2, words: [ethic]}
  feeds:
    brief-work: {file: records/journal-of-brief-work.xml}

# What you write: where its drafts are, and how many words a day you hope for.
writing:
  projects:
    grief-group: {title: A bereavement group by video, files: ["drafts/grief-group/*.md"], goal: 200}
    case-outline: {title: A case outline, files: ["drafts/case-outline/*.md"]}
  deidentify:
    allow: []                        # texts that are no finding, such as a web address you cite
"""
