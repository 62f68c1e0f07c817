"""A site is looked at over HTTP, from the hosts named and no other, or as saved pages."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pydantic import ValidationError

from dayhand import Retryable, StepError
from dayhand.model.practice import Clinician, Licence
from dayhand.testing import PracticeKit, sample_info
from dayhand_outreach.settings import OutreachSettings

PAGES = {
    "/": "<html><body><p>License number NY 1.</p><a href='/npp'>Notice of\nPrivacy Practices</a></body></html>",
    "/fees": "<html><body><p>You have the right to a <b>Good Faith</b> Estimate.</p></body></html>",
    "/video": "<html><body><p>Teletherapy in New York and CA.</p></body></html>",
    "/video-ny": "<html><body>Telehealth in New York</body></html>",
    "/wide": "<html><body><p>Telehealth in New York, California and West Virginia.</p></body></html>",
    "/big": "x" * (2 * 1024 * 1024 + 1),
}


class Site(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self):
        self.server.asked.append(self.path)
        if self.path in self.server.redirects:
            self.send_response(302)
            self.send_header("Location", self.server.redirects[self.path])
            self.end_headers()
            return
        body = PAGES.get(self.path)
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write((body or "").encode())

    def log_message(self, *_):
        """Nothing is printed."""


@pytest.fixture
def site():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.asked, server.redirects = [], {}
    server.host = f"127.0.0.1:{server.server_port}"
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def licensed():
    info = sample_info()
    licences = tuple(
        Licence(type="LCSW", region=region, number="1", issued=None, expires=None)
        for region in ("NY", "CA")
    )
    return sample_info(clinician=Clinician(name=info.clinician.name, licences=licences))


@pytest.fixture
def look(tmp_path):
    def run(site=None, *paths, **more):
        pages = [f"http://{site.host}{path}" for path in paths] if site else []
        hosts = [site.host] if site else []
        settings = {"outreach": {"site": {"hosts": hosts, "pages": pages}, **more}}
        kit = PracticeKit(
            tmp_path, plugins=["dayhand_outreach"], settings=settings,
            now="2026-11-24T09:00-05:00", info=licensed(),
        )  # fmt: skip
        return kit, kit.run("outreach.site")

    return run


def lacking(check):
    return {one["id"]: one["lacking"] for one in check["notices"] if one["lacking"]}


def test_a_site_with_every_notice_lacks_nothing_and_says_where_each_was_found(look, site):
    kit, check = look(site, "/", "/fees", "/video")

    assert lacking(check) == {}
    assert check["missing"] == 0
    found = {one["id"]: one["found_on"] for one in check["notices"]}
    assert found["gfe-notice"] == [f"http://{site.host}/fees"]
    page = kit.files.read(kit.run("outreach.site_page", check=check)["path"]).decode()
    assert "us-site-notices is not verified." in page
    assert "45 CFR 164.520(c)(3)(i)" in page


def test_a_missing_notice_and_a_state_that_is_not_named_are_told(look, site):
    _, check = look(site, "/")

    assert lacking(check) == {
        "gfe-notice": "it is on no page", "telehealth-states": "it is on no page",
    }  # fmt: skip
    assert lacking(look(site, "/", "/fees", "/video-ny")[1]) == {
        "telehealth-states": "it does not name California"
    }


def test_without_telehealth_its_states_are_not_asked_for(look, site):
    _, check = look(site, "/", "/fees", telehealth=False)

    assert lacking(check) == {}


def test_a_state_in_which_no_licence_holds_is_told_and_no_other_that_sounds_like_it(look, site):
    _, check = look(site, "/", "/wide")

    assert [one["message"] for one in check["findings"]] == [
        "speaks of telehealth and West Virginia, where no licence of yours holds"
    ]


def test_no_other_host_is_asked_by_a_redirect_either(look, site):
    site.redirects = {"/moved": "/fees", "/away": "http://elsewhere.example/", "/loop": "/loop"}

    kit, check = look(site, "/moved", "/away", "/loop", "/none", "/big")

    problems = {one["address"].rpartition("/")[2]: one["problem"] for one in check["pages"]}
    assert problems == {
        "moved": "",
        "away": "it leads to 'elsewhere.example', which is not among outreach.site.hosts",
        "loop": "it redirects more than 3 times",
        "none": "the server answers 404",
        "big": "it is larger than 2 MB",
    }
    page = kit.files.read(kit.run("outreach.site_page", check=check)["path"]).decode()
    assert "could not be looked at: the server answers 404" in page


def test_the_command_names_a_page_that_could_not_be_looked_at(look, site, say_to):
    kit, _ = look(site, "/", "/none")

    told = say_to(kit, "site", code=1)

    assert f"http://{site.host}/none: could not be looked at: the server answers 404" in told


def test_a_site_that_does_not_answer_is_told(look, site):
    site.shutdown()
    site.server_close()

    with pytest.raises(Retryable, match=r"no page could be looked at: .*there was no answer"):
        look(site, "/")


def test_a_page_without_encryption_is_refused_unless_it_is_on_this_machine(tmp_path):
    settings = {"site": {"hosts": ["lakeside.example"], "pages": ["http://lakeside.example/"]}}
    kit = PracticeKit(tmp_path, plugins=["dayhand_outreach"], settings={"outreach": settings})

    with pytest.raises(StepError, match=r"not encrypted \(http\)"):
        kit.run("outreach.site")


@pytest.mark.parametrize("page", ["https://other.example/", "ftp://lakeside.example/", "fees"])
def test_a_page_on_a_host_that_is_not_named_is_a_wrong_setting(page):
    with pytest.raises(ValidationError):
        OutreachSettings.model_validate({"site": {"hosts": ["lakeside.example"], "pages": [page]}})


def test_saved_pages_are_looked_at_where_no_address_is_given(look, put):
    put("outreach/site/index.html", PAGES["/"])
    put("outreach/site/fees.htm", PAGES["/fees"])

    _, check = look()

    assert lacking(check) == {"telehealth-states": "it is on no page"}


def test_without_any_page_it_is_told_what_to_do(look):
    with pytest.raises(StepError, match="no page to look at") as told:
        look()

    assert "outreach.site.hosts" in told.value.hint
