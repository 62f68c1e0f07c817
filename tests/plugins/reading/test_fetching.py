"""Crossref, PubMed and feeds, asked over HTTP: what is filled, what is kept, and who is never asked."""

from __future__ import annotations

from datetime import timedelta

import pytest

DOI = "10.5555/jbw.2024.12.31"
WORK = {
    "status": "ok", "message-type": "work", "message-version": "1.0.0",
    "message": {
        "DOI": DOI, "type": "journal-article", "title": ["Endings in <i>brief</i> therapy"],
        "author": [{"given": "Ilse", "family": "Marchetti", "sequence": "first", "affiliation": []},
                   {"name": "The Endings Group", "sequence": "additional", "affiliation": []}],
        "container-title": ["Journal of Brief Work"], "volume": "12", "page": "31-44",
        "issued": {"date-parts": [[2024, 3]]}, "URL": f"https://doi.org/{DOI}",
        "abstract": "<jats:p>What clients remember.</jats:p>",
    },
}  # fmt: skip
SUMMARY = {
    "header": {"type": "esummary", "version": "0.3"},
    "result": {
        "uids": ["31234567"],
        "31234567": {
            "uid": "31234567", "pubdate": "2023 May 4", "source": "Trauma Q", "title": "Trauma and the body.",
            "authors": [{"name": "Sato R", "authtype": "Author", "clusterid": ""}, {"name": "Lind AB", "authtype": "Author", "clusterid": ""}],
            "volume": "9", "pages": "1-20", "fulljournalname": "Trauma quarterly",
            "articleids": [{"idtype": "pubmed", "value": "31234567"}, {"idtype": "doi", "value": "10.5555/tq.9.1"}],
        },
    },
}  # fmt: skip
PUBMED = "/entrez/eutils/esummary.fcgi?db=pubmed&retmode=json&id=31234567"


def test_a_doi_is_looked_up_at_crossref(kit, library):
    library.put(f"/works/{DOI}", WORK)

    done = kit.run("reading.fetch", citations=[{"doi": DOI, "topics": ["endings"]}])

    (one,) = done["items"]
    assert one.title == "Endings in brief therapy"
    assert one.authors == ["Marchetti, Ilse", "The Endings Group"]
    assert (one.year, one.container, one.pages, one.topics) == (
        2024,
        "Journal of Brief Work",
        "31-44",
        ["endings"],
    )
    assert one.abstract == "What clients remember."
    assert (done.fetched, done.problems) == (1, [])


def test_a_pmid_is_looked_up_at_pubmed(kit, library):
    library.put(PUBMED, SUMMARY)

    (one,) = kit.run("reading.fetch", citations=[{"pmid": "31234567"}])["items"]

    assert (one.title, one.authors) == ("Trauma and the body", ["Sato, R", "Lind, AB"])
    assert (one.doi, one.year, one.container) == ("10.5555/tq.9.1", 2023, "Trauma quarterly")


def test_what_was_fetched_once_serves_without_a_network(kit, library):
    library.put(f"/works/{DOI}", WORK)
    kit.run("reading.fetch", citations=[{"doi": DOI}])
    library.answers.clear()

    again = kit.run("reading.fetch", citations=[{"doi": DOI}])
    assert (again.fetched, again.from_copies, len(library.asked)) == (0, 1, 1)
    kit.clock.move(timedelta(days=80))
    late = kit.run("reading.fetch", citations=[{"doi": DOI}])
    assert (late.from_copies, len(library.asked)) == (1, 2)
    assert late["items"][0].title == "Endings in brief therapy"


def test_a_whole_citation_is_not_looked_up(kit, library):
    kit.run(
        "reading.fetch", citations=[{"doi": DOI, "title": "T", "authors": ["A"], "container": "J"}]
    )

    assert library.asked == []


@pytest.mark.parametrize(
    ("answer", "status", "told"),
    [
        ("Resource not found.", 404, "answers with status 404"),
        ("<html>", 200, "is no JSON"),
        ("[]", 200, "is not what was asked for"),
        ('{"status": "failed", "message": []}', 200, "Crossref does not know it"),
        ("x" * (5 * 1024 * 1024 + 1), 200, "larger than 5 MB"),
    ],
)
def test_an_answer_that_cannot_be_used_is_told_and_the_citation_kept(
    kit, library, answer, status, told
):
    library.put(f"/works/{DOI}", answer, status=status)

    done = kit.run("reading.fetch", citations=[{"doi": DOI, "title": "Mine"}])

    assert told in done.problems[0]
    assert done["items"][0].title == "Mine"


def test_a_service_that_is_down_is_told(make_kit):
    kit = make_kit(crossref="http://127.0.0.1:9")

    assert "cannot be reached" in kit.run("reading.fetch", citations=[{"doi": DOI}]).problems[0]


def test_no_other_host_is_asked_even_if_a_server_says_so(kit, library):
    library.put(f"/works/{DOI}", "", status=302, Location="https://elsewhere.example/x")

    told = kit.run("reading.fetch", citations=[{"doi": DOI}]).problems[0]

    assert "elsewhere.example is not among the hosts of practice.yaml, and is not asked" in told


def test_a_redirect_on_the_same_host_is_followed_but_not_for_ever(kit, library):
    library.put(f"/works/{DOI}", "", status=301, Location="/v1/x")
    library.put("/v1/x", WORK)
    assert kit.run("reading.fetch", citations=[{"doi": DOI}]).fetched == 1

    library.put("/works/10.5555/loop", "", status=301, Location="/works/10.5555/loop")
    assert (
        "more than 3 times"
        in kit.run("reading.fetch", citations=[{"doi": "10.5555/loop"}]).problems[0]
    )


@pytest.mark.parametrize(
    "url", ["http://journal.example/feed", "ftp://x.example", "https://me:pw@x.example", "https://"]
)
def test_an_address_that_is_not_safe_is_refused(make_kit, url):
    with pytest.raises(ValueError, match=r"begins with https|not encrypted"):
        make_kit(feeds={"a": {"url": url}})


RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/"><channel><title>J</title>
<item><title>Grief &amp; rest</title><link>https://j.example/1</link><guid>https://doi.org/10.5555/j.1</guid>
<dc:creator>Kern, O.</dc:creator><pubDate>Wed, 18 Nov 2026 08:00:00 GMT</pubDate>
<prism:publicationName>Journal J</prism:publicationName><description>&lt;p&gt;Of rest.&lt;/p&gt;</description></item>
<item><title>Fees</title><link>https://j.example/2</link></item><item><title></title></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>Grief &amp; rest</title><id>urn:1</id>
<link rel="self" href="https://a.example/self"/><link href="https://doi.org/10.5555/j.1"/>
<author><name>Odile Kern</name></author><updated>2026-11-18T00:00:00Z</updated></entry>
<entry><title>A third</title><id>urn:2</id></entry></feed>"""


def test_feeds_are_read_each_entry_once_with_its_topics(make_kit, library, put):
    kit = make_kit(feeds={"j": {"url": f"{library.base}/feed"}, "k": {"file": "feeds/k.xml"}})
    library.put("/feed", RSS)
    put("feeds/k.xml", ATOM)

    entries = kit.run("reading.feeds")

    assert [(one.title, one.topics, one.doi, one.year) for one in entries["items"]] == [
        ("Grief & rest", ["grief"], "10.5555/j.1", 2026), ("Fees", [], "", None), ("A third", [], "", None),
    ]  # fmt: skip
    assert entries["items"][0].authors == ["Kern, O."]
    assert entries["items"][0].abstract == "Of rest."
    kit.run("reading.add", citations=entries["items"][:1])
    assert [one.title for one in kit.run("reading.feeds")["items"]] == ["Fees", "A third"]
    page = kit.run("reading.watch_page", entries=entries)
    text = kit.files.read(page.path).decode()
    assert text.index("## On your topics") < text.index("Grief & rest") < text.index("## Others")


def test_a_feed_that_is_down_shows_what_it_gave_last(make_kit, library):
    kit = make_kit(feeds={"j": {"url": f"{library.base}/feed"}})
    library.put("/feed", RSS)
    kit.run("reading.feeds")
    library.answers.clear()

    entries = kit.run("reading.feeds")

    assert len(entries["items"]) == 2
    assert "status 404; what it gave on 2026-11-24 is shown" in entries.problems[0]


@pytest.mark.parametrize(
    ("data", "told"),
    [("<rss><item>", "not whole XML"), ("<html/>", "neither RSS nor Atom"),
     ('<!DOCTYPE x [<!ENTITY a "b">]><rss/>', "document type")],
)  # fmt: skip
def test_what_is_no_feed_is_told(make_kit, put, data, told):
    kit = make_kit(feeds={"k": {"file": "k.xml"}})
    put("k.xml", data)

    entries = kit.run("reading.feeds")
    assert told in entries.problems[0]
    assert told in kit.files.read(kit.run("reading.watch_page", entries=entries).path).decode()
