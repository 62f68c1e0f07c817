"""What a web site has and lacks: required notices, and states in which no licence holds.

Pages are asked for over HTTPS from the hosts that the settings name and from no other, also not by a
redirect; or they are saved files. Nothing is sent but the request for the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from dayhand import Practice, Retryable, StepError
from dayhand_outreach.models import NoticeSeen, PageSeen, SiteCheck, SiteFinding
from dayhand_outreach.page_text import is_html, text_of
from dayhand_outreach.rule_set import Notice, SiteNotices, the_notices

if TYPE_CHECKING:
    import httpx2

# httpx2 is imported inside the function: saved pages need none of it.

__all__ = ["check", "fetched", "saved"]

_SECONDS = 20.0
_MOST_BYTES = 2 * 1024 * 1024
_MOST_REDIRECTS = 3
_TELEHEALTH = re.compile(r"telehealth|teletherapy|online|video|virtual", re.IGNORECASE)


class _NotSeen(Exception):
    """A page could not be looked at; the message says why."""


async def fetched(practice: Practice) -> dict[str, str | PageSeen]:
    """The pages of the settings by their address: the text, or why there is none."""
    import httpx2

    site = practice.settings.site
    found: dict[str, str | PageSeen] = {}
    async with httpx2.AsyncClient(
        timeout=_SECONDS, follow_redirects=False, trust_env=False, headers={"User-Agent": "dayhand"}
    ) as client:
        for address in site.pages:
            try:
                found[address] = await _page(client, address, set(site.hosts))
            except _NotSeen as error:
                found[address] = PageSeen(address=address, problem=str(error))
            except httpx2.HTTPError as error:
                why = f"there was no answer ({type(error).__name__})"
                found[address] = PageSeen(address=address, problem=why, no_answer=True)
    return found


async def _page(client: httpx2.AsyncClient, address: str, hosts: set[str]) -> str:
    for _ in range(_MOST_REDIRECTS + 1):
        _allow(address, hosts)
        async with client.stream("GET", address) as answer:
            target = answer.headers.get("location", "")
            if answer.is_redirect and target:
                address = urljoin(address, target)
                continue
            if answer.status_code != 200:
                raise _NotSeen(f"the server answers {answer.status_code}")
            body = bytearray()
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > _MOST_BYTES:
                    raise _NotSeen(f"it is larger than {_MOST_BYTES // 1024 // 1024} MB")
            return body.decode(answer.encoding or "utf-8", errors="replace")
    raise _NotSeen(f"it redirects more than {_MOST_REDIRECTS} times")


def _allow(address: str, hosts: set[str]) -> None:
    """Refuse an address that the settings do not name.

    Raises:
        _NotSeen: it must not be asked.
    """
    parts = urlsplit(address)
    if not {parts.hostname or "", parts.netloc} & hosts:
        raise _NotSeen(f"it leads to '{parts.netloc}', which is not among outreach.site.hosts")
    if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise _NotSeen("it is not encrypted (http)")


def saved(practice: Practice) -> dict[str, str | PageSeen]:
    """The saved pages by their path: the text."""
    folder = practice.files.resolve(practice.settings.site.saved)
    files = sorted(folder.glob("*.htm*")) if folder.is_dir() else []
    names = [f"{practice.settings.site.saved}/{file.name}" for file in files]
    return {name: practice.files.read(name).decode("utf-8", errors="replace") for name in names}


def check(practice: Practice, pages: Mapping[str, str | PageSeen]) -> SiteCheck:
    """The notices on the pages, and what else should be looked at.

    Raises:
        StepError: there is no page at all, or none could be looked at.
        Retryable: none could, and for one of them there was no answer.
    """
    if not pages:
        raise StepError(
            "there is no page to look at",
            hint=(
                "name outreach.site.hosts and outreach.site.pages in practice.yaml, or save pages as "
                f"HTML in {practice.settings.site.saved}/"
            ),
        )
    seen = [one if isinstance(one, PageSeen) else PageSeen(address=at) for at, one in pages.items()]
    texts = {
        at: text_of(one) if is_html(one) else one
        for at, one in pages.items()
        if isinstance(one, str)
    }
    if not texts:
        told = "; ".join(f"{one.address}: {one.problem}" for one in seen[:3])
        kind = Retryable if any(one.no_answer for one in seen) else StepError
        raise kind(
            f"no page could be looked at: {told}",
            hint="look at outreach.site in practice.yaml, or save pages and leave site.pages out",
        )
    sets = the_notices(practice)
    regions = _regions(practice, practice.today)
    notices = [
        _seen(notice, texts, regions, one.region_names)
        for one in sets
        for notice in one.notices
        if practice.settings.telehealth or not notice.only_telehealth
    ]
    return SiteCheck(
        computed_on=practice.today,
        pages=seen,
        notices=notices,
        findings=list(_elsewhere(texts, sets, regions)),
        missing=sum(bool(one.lacking) for one in notices),
        rules=_told(sets),
    )


def _told(sets: Sequence[SiteNotices]) -> list[str]:
    sources = [
        f"{notice.title}: {notice.source} (confidence {notice.confidence})"
        for one in sets
        for notice in one.notices
    ]
    return [*(line for one in sets for line in one.told()), *sources]


def _regions(practice: Practice, on: date) -> list[str]:
    licences = practice.info.clinician.licences
    return list(dict.fromkeys(one.region for one in licences if one.is_valid_on(on)))


def _seen(
    notice: Notice, texts: Mapping[str, str], regions: Sequence[str], names: Mapping[str, str]
) -> NoticeSeen:
    phrases = [" ".join(one.casefold().split()) for one in notice.any_of]
    flat = {at: " ".join(text.casefold().split()) for at, text in texts.items()}
    found = [at for at, text in flat.items() if any(phrase in text for phrase in phrases)]
    lacking = "" if found else "it is on no page"
    if found and notice.names_regions:
        there = "\n".join(texts[at] for at in found)
        unnamed = [one for one in regions if not _names(one, names, there)]
        said = ", ".join(names.get(one, one) for one in unnamed)
        lacking = f"it does not name {said}" if unnamed else ""
    return NoticeSeen(
        id=notice.id, title=notice.title, why=notice.why, found_on=found, lacking=lacking
    )


def _names(region: str, names: Mapping[str, str], text: str) -> bool:
    name = names.get(region, region)
    spelled = r"\s+".join(re.escape(part) for part in name.split())
    return bool(
        re.search(rf"\b{spelled}\b", text, re.IGNORECASE)
        or re.search(rf"\b{re.escape(region)}\b", text)
    )


def _elsewhere(
    texts: Mapping[str, str], sets: Iterable[SiteNotices], regions: Sequence[str]
) -> Iterator[SiteFinding]:
    """Sentences about telehealth that name a region in which no licence holds."""
    names = {code: name for one in sets for code, name in one.region_names.items()}
    for at, text in texts.items():
        for sentence in re.split(r"(?<=[.!?])\s|\n", text):
            if not _TELEHEALTH.search(sentence):
                continue
            for code, name in names.items():
                if code not in regions and _in_full(name, sentence, names):
                    message = f"speaks of telehealth and {name}, where no licence of yours holds"
                    yield SiteFinding(address=at, message=message)


def _in_full(name: str, sentence: str, names: Mapping[str, str]) -> bool:
    """Whether a name stands there by itself: `Virginia` does not in `West Virginia`."""
    longer = [one for one in names.values() if one != name and name in one]
    for one in longer:
        sentence = sentence.replace(one, " ")
    return bool(re.search(rf"\b{re.escape(name)}\b", sentence))
