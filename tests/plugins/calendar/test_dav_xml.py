"""A CalDAV server's XML: read as data, refused where it could be more."""

from __future__ import annotations

import time

import pytest

from dayhand_calendar.dav_xml import BadAnswer, by_uid, hrefs, read

ANSWER = """<?xml version="1.0"?>
<multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/">
<response><href>/a/b%20c.ics</href><propstat><prop><getetag>"1"</getetag>
<C:calendar-data>BEGIN:VCALENDAR&#13;
</C:calendar-data></prop><status>HTTP/1.1 200 OK</status></propstat>
<propstat><prop><S:getctag/></prop><status>HTTP/1.1 404 Not Found</status></propstat></response>
<response><href>/a/gone.ics</href><status>HTTP/1.1 404 Not Found</status></response>
</multistatus>"""


def test_an_answer_gives_its_resources_with_tag_data_and_status() -> None:
    first, second = read(ANSWER.encode())

    assert (first.href, first.etag, first.data, first.status) == (
        "/a/b%20c.ics",
        '"1"',
        b"BEGIN:VCALENDAR\r\n",
        200,
    )
    assert (second.href, second.status) == ("/a/gone.ics", 404)


ENTITY = '<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]><multistatus xmlns="DAV:"><response><href>&x;</href></response></multistatus>'
LAUGHS = (
    "<!DOCTYPE m [<!ENTITY a0 'ha'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
    + "]><multistatus xmlns='DAV:'><response><href>&a9;</href></response></multistatus>"
)
HOSTILE = {
    "entity": ENTITY,
    "laughs": LAUGHS,
    "external document type": '<!DOCTYPE m SYSTEM "http://127.0.0.1:1/x.dtd"><multistatus xmlns="DAV:"/>',
    "inclusion": '<multistatus xmlns="DAV:" xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd"/>',
    "deep": "<a>" * 200_000,
    "many": '<multistatus xmlns="DAV:">' + "<x/>" * 250_001 + "</multistatus>",
    "page": "<html><body>Sign in</body></html>",
    "nothing": "",
    "noise": "\x00\xff",
    "quadratic": f"<!DOCTYPE m [<!ENTITY a '{'a' * 50_000}'>]><multistatus xmlns='DAV:'>{'&a;' * 50_000}</multistatus>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_c10_hostile_xml_is_refused_at_once(name: str) -> None:
    begun = time.process_time()
    with pytest.raises(BadAnswer):
        read(HOSTILE[name].encode("latin-1", "replace"))

    assert time.process_time() - begun < 10


def test_c10_what_is_asked_for_cannot_add_to_the_question() -> None:
    assert b"</C:text-match><x/>" not in by_uid("</C:text-match><x/>")
    assert b"<D:href>/a&lt;b</D:href>" in hrefs(["/a<b"])
