"""Asking Crossref, PubMed and feeds: declared hosts only, and what was fetched once is kept.

An answer is kept in the practice's database, which is encrypted. A service that cannot be reached
then costs nothing that was known before.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urljoin

import httpx2

from dayhand import Practice
from dayhand_reading.models import Citation, Fetched
from dayhand_reading.settings import ReadingSettings, authority

__all__ = ["NotFetched", "fetch", "get"]

_TIMEOUT = httpx2.Timeout(20.0, connect=10.0)
_LARGEST = 5 * 1024 * 1024
_MOST_REDIRECTS = 3
_FRESH = timedelta(days=60)
"""A citation that was fetched is not asked for again within this time."""


class NotFetched(Exception):
    """Why there is no answer."""


def get(practice: Practice, url: str) -> bytes:
    """The body of an answer.

    Raises:
        NotFetched: the host is not declared, cannot be reached, or gives no answer that can be used.
    """
    settings: ReadingSettings = practice.settings
    about = f" (mailto:{settings.contact})" if settings.contact else ""
    headers = {
        "User-Agent": f"dayhand/1{about}",
        "Accept": "application/json, application/xml;q=0.9, */*;q=0.5",
    }
    with httpx2.Client(
        timeout=_TIMEOUT, trust_env=False, follow_redirects=False, headers=headers
    ) as client:
        for _ in range(_MOST_REDIRECTS + 1):
            _check_host(url, settings)
            try:
                with client.stream("GET", url) as response:
                    if response.is_redirect:
                        url = urljoin(url, response.headers.get("location", ""))
                        continue
                    if response.status_code != 200:
                        raise NotFetched(
                            f"{authority(url)} answers with status {response.status_code}"
                        )
                    return _body(response, url)
            except httpx2.HTTPError as error:
                raise NotFetched(f"{authority(url)} cannot be reached") from error
    raise NotFetched(f"it is redirected more than {_MOST_REDIRECTS} times")


def _check_host(url: str, settings: ReadingSettings) -> None:
    try:
        host = authority(url)
    except ValueError as error:
        raise NotFetched(str(error)) from error
    if host not in settings.hosts:
        raise NotFetched(f"{host} is not among the hosts of practice.yaml, and is not asked")


def _body(response: httpx2.Response, url: str) -> bytes:
    found = bytearray()
    for chunk in response.iter_bytes():
        found += chunk
        if len(found) > _LARGEST:
            raise NotFetched(f"the answer of {authority(url)} is larger than 5 MB")
    return bytes(found)


def fetch(practice: Practice, citations: list[Citation]) -> Fetched:
    """Fill citations that have a DOI or a PMID but lack their title, authors or journal."""
    done = Fetched(items=[])
    for one in citations:
        lacking = not (one.title and one.authors and one.container)
        if not lacking or not (one.doi or one.pmid):
            done.items.append(one)
            continue
        try:
            found, is_copy = _found(practice, one)
        except NotFetched as error:
            done.problems.append(f"{one.doi or one.pmid}: {error}")
            done.items.append(one)
            continue
        done.fetched += not is_copy
        done.from_copies += is_copy
        given = {name: value for name, value in one.model_dump().items() if value}
        done.items.append(Citation.model_validate({**found.model_dump(), **given}))
    return done


def _found(practice: Practice, one: Citation) -> tuple[Citation, bool]:
    name = f"citation {hashlib.sha256((one.doi or one.pmid).lower().encode()).hexdigest()}"
    kept = practice.kept(name)
    if kept is not None and practice.now - kept.at < _FRESH:
        return Citation.model_validate_json(kept.data), True
    settings: ReadingSettings = practice.settings
    try:
        if one.doi:
            url = f"{settings.crossref}/works/{quote(one.doi, safe='/')}"
            found = _of_crossref(_json(get(practice, url)))
        else:
            query = f"db=pubmed&retmode=json&id={quote(one.pmid)}"
            url = f"{settings.pubmed}/entrez/eutils/esummary.fcgi?{query}"
            found = _of_pubmed(_json(get(practice, url)), one.pmid)
    except NotFetched:
        if kept is None:
            raise
        return Citation.model_validate_json(kept.data), True
    practice.keep(name, found.model_dump_json().encode())
    return found, False


def _json(data: bytes) -> dict[str, Any]:
    try:
        told = json.loads(data)
    except ValueError as error:
        raise NotFetched("the answer is no JSON") from error
    if not isinstance(told, dict):
        raise NotFetched("the answer is not what was asked for")
    return told


def _of_crossref(told: dict[str, Any]) -> Citation:
    """A work as `https://api.crossref.org/works/{doi}` tells it."""
    work = told.get("message")
    if told.get("status") != "ok" or not isinstance(work, dict) or not work.get("title"):
        raise NotFetched("Crossref does not know it")
    parts = (work.get("issued") or {}).get("date-parts") or [[None]]
    names = [
        ", ".join(part for part in (who.get("family"), who.get("given")) if part)
        or who.get("name", "")
        for who in work.get("author") or []
    ]
    kinds = {"journal-article": "article", "book-chapter": "chapter", "dissertation": "thesis"}
    return Citation(
        title=_untagged(" ".join(work["title"])),
        authors=[name for name in names if name],
        year=parts[0][0] if parts[0] else None,
        container=_untagged(
            " ".join((work.get("container-title") or [work.get("publisher") or ""])[:1])
        ),
        volume=str(work.get("volume") or ""),
        pages=str(work.get("page") or work.get("article-number") or ""),
        kind=kinds.get(work.get("type", ""), str(work.get("type") or "article")),
        doi=str(work.get("DOI") or ""),
        url=str(work.get("URL") or ""),
        abstract=_untagged(str(work.get("abstract") or "")),
        source="crossref",
    )


def _of_pubmed(told: dict[str, Any], pmid: str) -> Citation:
    """A summary as E-utilities' `esummary` of PubMed tells it in JSON."""
    work = (told.get("result") or {}).get(pmid)
    if not isinstance(work, dict) or work.get("error") or not work.get("title"):
        raise NotFetched("PubMed does not know it")
    year = re.search(r"\d{4}", str(work.get("pubdate") or ""))
    doi = [one["value"] for one in work.get("articleids") or [] if one.get("idtype") == "doi"]
    names = [str(who.get("name") or "") for who in work.get("authors") or []]
    return Citation(
        title=_untagged(str(work["title"])).rstrip("."),
        authors=[re.sub(r" ([A-Z]+)$", r", \1", name) for name in names if name],
        year=int(year[0]) if year else None,
        container=str(work.get("fulljournalname") or work.get("source") or ""),
        volume=str(work.get("volume") or ""),
        pages=str(work.get("pages") or ""),
        doi=doi[0] if doi else "",
        pmid=pmid,
        source="pubmed",
    )


def _untagged(text: str) -> str:
    return re.sub(r"<[^>]*>", " ", text)
