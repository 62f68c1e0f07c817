"""The eighteen identifiers of 45 CFR 164.514(b)(2)(i), as far as a text can show them (pure).

| letter | identifier | how it is told |
|---|---|---|
| A | names | of your clients; after a title; after a word such as husband or named |
| B | places smaller than a state | addresses, towns with their state, counties, ZIP codes |
| C | dates but for the year; ages above 89 | by their form; `aged 90 or older` is what the rule allows |
| D, E, F | telephone, fax, e-mail | by their form |
| G | social security numbers | by their form and the numbers never given out |
| H, I, J, K | record, health plan, account, licence numbers | by the word before; NPI, card and IBAN by check digit |
| L, M | vehicles; devices | VIN by check digit; plates and serial numbers by the word before; MAC, IMEI |
| N, O | web addresses; IP addresses | by their form; a DOI is a citation |
| P, Q | biometrics; full-face photographs | by the words, and by images in the text |
| R | any other number or code | long numbers, UUIDs, case numbers, ids |

What stands in a citation (DOI, ISBN, ISSN, PMID, ORCID) is none of them. A text can tell of a client
without any of these: paragraph (b)(2)(ii) asks that you know of nothing else that could. A person
still reads what leaves the house.
"""

# ruff: noqa: E501 - a table of patterns, each on one line
from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dayhand_writing.numbers_known import is_iban, is_luhn, is_npi, is_vin

__all__ = ["KINDS", "Place", "citations_in", "places_in"]

KINDS = {
    "A": "name",
    "B": "place smaller than a state",
    "C": "date or age above 89",
    "D": "telephone number",
    "E": "fax number",
    "F": "e-mail address",
    "G": "social security number",
    "H": "medical record number",
    "I": "health plan number",
    "J": "account number",
    "K": "certificate or licence number",
    "L": "vehicle identifier",
    "M": "device identifier",
    "N": "web address",
    "O": "IP address",
    "P": "biometric identifier",
    "Q": "photograph",
    "R": "other identifying number or code",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a text, and the letter of the identifier that stands there."""

    start: int
    end: int
    letter: str


_Test = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class _Look:
    """A pattern; its group `x`, where it has one, is the place. Found only if `test` agrees."""

    letter: str
    pattern: re.Pattern[str]
    test: _Test | None = None


def _look(letter: str, pattern: str, test: _Test | None = None, flags: int = 0) -> _Look:
    """A run of blanks is taken whole and never given back: where several may follow one another, a
    page of blanks after `zip` would take hours.
    """
    whole = pattern.replace(r"\s*", r"\s*+").replace(r"\s+", r"\s++")
    return _Look(letter, re.compile(whole, flags), test)


_I = re.IGNORECASE
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?"
)
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
_STATES = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY"
    " NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY"
)
_WHOLE_STATES = (
    "Alabama Alaska Arizona Arkansas California Colorado Connecticut Delaware Florida Georgia Hawaii Idaho"
    " Illinois Indiana Iowa Kansas Kentucky Louisiana Maine Maryland Massachusetts Michigan Minnesota"
    " Mississippi Missouri Montana Nebraska Nevada New Ohio Oklahoma Oregon Pennsylvania Rhode North South"
    " Tennessee Texas Utah Vermont Virginia Washington West Wisconsin Wyoming America Canada Mexico England"
    " Scotland Wales Ireland Britain Australia Germany France Italy Spain Poland India China Japan Europe"
    " Africa Asia The January February March April May June July August September October November December"
)
_FULL_STATES = (
    "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho"
    "|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota"
    "|Mississippi|Missouri|Montana|Nebraska|Nevada|New (?:Hampshire|Jersey|Mexico|York)|North (?:Carolina|Dakota)"
    "|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island|South (?:Carolina|Dakota)|Tennessee|Texas|Utah|Vermont"
    "|(?:West )?Virginia|Washington|Wisconsin|Wyoming"
)
_STREETS = (
    "Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Place|Pl|Terrace|Circle|Cir"
    "|Highway|Hwy|Parkway|Pkwy|Close|Square|Sq|Trail|Way"
)
_NUMBERED = r"(?:\s*(?:number|numbers|no\.|nr\.?|\#|id|ID))?\s*(?:is|was|of|:|\#)?\s*"
"""What may stand between `MRN` and the number itself."""
_SPELLED = r"(?P<x>(?=[A-Z0-9-]*\d)[A-Z0-9][A-Z0-9-]{2,}[A-Z0-9])\b"
_TENS = "ninety(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?|one hundred(?: and \\w+)?"
_KIN = (
    "husband|wife|spouse|partner|mother|father|mom|dad|son|daughter|brother|sister|uncle|aunt|cousin|niece"
    "|nephew|client|patient|supervisee|neighbou?r|roommate|teacher|therapist|boss|supervisor|colleague|friend|boyfriend|girlfriend|fianc[eé]e?|grandmother|grandfather"
)


_SMALL_ZIPS = "036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893"
"""Areas of the first three digits in which at most 20,000 people live (OCR, of the 2000 census)."""
_HYPHEN = r"[\s.\u2010-\u2013-]"
"""Between the parts of a telephone number: also the hyphens and dashes of typeset text."""


def _small_zip(found: str) -> bool:
    return found in _SMALL_ZIPS.split()


def _no_press(found: str) -> bool:
    return not re.search(r"\b(?:Press|Publish\w*|Books|Institute|University)\b", found)


def _handle(found: str) -> bool:
    return not re.search(r"(?:19|20)\d{2}[a-z]?$", found)  # a citation's key, such as @smith2019


def _no_state(found: str) -> bool:
    return found.split(maxsplit=1)[0] not in _WHOLE_STATES.split()


def _real_date(found: str) -> bool:
    numbers = [int(part) for part in re.findall(r"\d+", found)]
    return any(1 <= n <= 12 for n in numbers[:2]) and all(1 <= n <= 31 for n in numbers[:2])


def _real_iso(found: str) -> bool:
    _, month, day = (int(part) for part in found.split("-"))
    return 1 <= month <= 12 and 1 <= day <= 31


def _real_ip(found: str) -> bool:
    try:
        ipaddress.ip_address(found.split("/", maxsplit=1)[0])
    except ValueError:
        return False
    return True


def _real_ssn(found: str) -> bool:
    area, group, serial = re.findall(r"\d+", found)
    return area not in ("000", "666") and area[0] != "9" and group != "00" and serial != "0000"


def _long_enough(found: str) -> bool:
    return sum(one.isdigit() for one in found) >= 7


def _has_both(found: str) -> bool:
    return any(c.isdigit() for c in found) and any(c.isalpha() for c in found)


_LOOKS = (
    # names
    _look("A", r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Rev|Sr|Sra)\b\.?\s+(?P<x>[A-Z][\w'’-]+(?:\s+[A-Z][\w'’-]+)?)"),
    _look("A", rf"\b(?:[Hh]er|[Hh]is|[Tt]heir|[Mm]y|[Tt]he)\s+(?:\w+\s+)?(?:{_KIN}),?\s+(?P<x>[A-Z][a-z]+(?:\s+[A-Z][a-z]+)?)\b"),
    _look("A", r"\b(?<!so-)(?:named|called|nicknamed|alias|aka)\s+(?P<x>[A-Z][a-z]+(?:\s+[A-Z][a-z]+)?)\b"),
    # places
    _look("B", rf"\b\d{{1,5}}[A-Z]?\s+(?:[NSEW]\.?\s+)?(?:[A-Z][\w'’]+\s+){{1,3}}(?:{_STREETS})\b\.?"),
    _look("B", r"\bP\.?\s?O\.?\s+Box\s+\d+", None, _I),
    _look("B", rf"\b(?:[A-Z][a-z'’]+\.?[ ]){{0,2}}[A-Z][a-z'’]+,\s+(?:{'|'.join(_STATES.split())})\b(?:\s+\d{{5}}(?:-\d{{4}})?)?"),
    _look("B", r"\b(?:ZIP|zip|postal|post)\s*(?:code)?s?\s*(?:is|was|:|of)?\s*(?P<x>\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2})\b"),
    _look("B", r"\b(?:ZIP|zip)\s*(?:code)?s?\s*(?:is|was|:|of|area)?\s*(?P<x>\d{3})\b(?![\d*])", _small_zip),
    _look("B", r"\b(?:lives?|lived|living|resides?|resided|moved|relocated)\s+(?:in|to|from|near)\s+(?P<x>\d{5})\b"),
    _look("B", r"\b[A-Z]{1,2}\d[A-Z\d]?\s\d[ABD-HJLNP-UW-Z]{2}\b"),
    _look("B", r"(?<![\w-])\d{5}-\d{4}(?![\w-])"),
    _look("B", rf"\b(?:[A-Z][a-z'’]+[ ]){{0,2}}[A-Z][a-z'’]+,\s+(?:{_FULL_STATES})\b", _no_press),
    _look("B", r"\b(?:[A-Z][a-z'’]+[ ]){0,2}[A-Z][a-z'’]+,\s+(?:N\.[YJHMCD]\.|S\.[CD]\.|R\.I\.|D\.C\.|Calif\.|Mass\.|Conn\.|Pa\.|Fla\.|Tex\.|Ill\.)"),
    _look("B", r"\b(?:Apt|Apartment)\.?\s*#?(?P<x>\d{1,4}[A-Z]?|[A-Z]\d{1,3})\b"),
    _look("B", r"\b(?P<x>[A-Z][a-z]+(?:\s[A-Z][a-z]+)?\s(?:County|Parish|Borough|Township|Precinct))\b"),
    _look("B", r"\b(?:[Tt]own|[Cc]ity|[Vv]illage|[Ss]uburb|[Nn]eighbou?rhood)\s+of\s+(?P<x>[A-Z][a-z]+(?:\s[A-Z][a-z]+)?)"),
    _look("B", r"\b(?:lives?|lived|living|resides?|resided|grew up|was born|moved|relocated|commutes?)\s+(?:in|to|from|near)\s+(?P<x>[A-Z][a-z]+(?:\s[A-Z][a-z]+)?)", _no_state),
    # dates, but for the year, and ages above 89
    _look("C", r"(?<![\w./-])\d{4}-\d{2}-\d{2}(?![\w/-])", _real_iso),
    _look("C", r"(?<![\w./-])\d{1,2}([/.-])\d{1,2}\1(?:\d{4}|\d{2})(?![\w/-])", _real_date),
    _look("C", r"(?<![\w./-])(?:19|20)\d{2}/\d{1,2}/\d{1,2}(?![\w/-])"),
    _look("C", r"\b(?:admitted|discharged|hospitali[sz]ed|seen|born|died|DOB:?)\s+(?P<x>\d{1,2}/\d{1,2})(?![\w/%])", _real_date),
    _look("C", r"\b(?:on|since|until|till|by|before|after|from)\s+(?P<x>\d{1,2}/\d{1,2})(?![\w/%])", _real_date),
    _look("C", rf"\b{_MONTH}\s+{_DAY}(?:st|nd|rd|th)?\b(?!\s*[-–%])(?:,?\s+\d{{4}})?"),
    _look("C", rf"\b{_DAY}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}(?:,?\s+\d{{4}})?"),
    _look("C", rf"\b{_MONTH}\s+(?:of\s+)?(?:19|20)\d{{2}}\b"),
    _look("C", rf"\b(?:in|since|until|during|last|next|early|late|mid|by|of)[\s-]+(?P<x>(?!May\s+(?:not|be|have)\b){_MONTH})(?!\s*(?:et al|and colleagues|\())"),
    _look("C", r"\b(?:9\d|1[01]\d)[\s-]*+(?:years?|yrs?|y)?[\s/.-]*+(?:old|o\b)"),
    _look("C", r"\b(?:aged?|turned|turning)\s+(?P<x>9\d|1[01]\d)\b(?!\s*(?:(?:or|and) (?:older|over|above)|\+|%|[.,]\d))"),
    _look("C", r"\b[Aa]ge\s*(?:is|was|of|:|=)\s*(?P<x>9\d|1[01]\d)\b(?!\s*(?:(?:or|and) (?:older|over|above)|\+|%|[.,]\d))"),
    _look("C", r"\b(?:man|woman|person|client|patient|widow|widower|gentleman|lady)\s+of\s+(?P<x>9\d|1[01]\d)\b(?!\s*%|[.,]\d)"),
    _look("C", r"\b(?:[Hh]e|[Ss]he)\s+(?:is|was|is now|was then)\s+(?P<x>9\d|1[01]\d)\b(?!\s*(?:%|\w)|[.,]\d)"),
    _look("C", rf"\b(?:{_TENS})[\s-]years?[\s-]old\b", None, _I),
    # fax before telephone: the word tells them apart
    _look("E", r"\b(?:fax|facsimile|telefax)\b[^\d\n+(]{0,15}(?P<x>(?:\+?\d{1,3}[\s.-]?)?\(?\d{2,4}\)?(?:[\s.-]?\d{2,4}){1,3})\b", _long_enough, _I),
    _look("D", r"(?<!\w)0\d{2,4}\s\d{3,4}\s\d{3,4}(?!\w)"),
    _look("D", rf"(?<![\w.-])(?:\+?1{_HYPHEN}?)?(?:\(\d{{3}}\)\s?|\d{{3}}{_HYPHEN})\d{{3}}{_HYPHEN}\d{{4}}(?:\s?(?:x|ext\.?)\s?\d+)?(?![\w-])", None, _I),
    _look("D", r"(?<!\w)\+\d{1,3}(?:[\s.-]?\(?\d{1,4}\)?){2,5}(?!\w)"),
    _look("D", r"\b(?:phone|telephone|tel|cell|mobile|call(?:ed)?|text(?:ed)?|voicemail)\b\.?[^\d\n]{0,15}(?P<x>\d{3}[\s.-]\d{4}|\d{10})\b", None, _I),
    _look("F", r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    _look("F", r"(?<![\w.+-])[\w.+-]+\s*[\[(]at[\])]\s*[\w-]+\s*[\[(]dot[\])]\s*\w+", None, _I),
    _look("F", r"(?<![\w.+-])[\w.+-]+\s+at\s+[\w-]+\s+dot\s+(?:com|org|net|edu|gov|example|co)\b", None, _I),
    _look("G", r"(?<![\w-])\d{3}([-\u2010-\u2013 ])\d{2}\1\d{4}(?![\w-])", _real_ssn),
    _look("G", r"\b(?:SSN|social security)(?:\s*(?:number|no\.?|#))?\s*(?:is|was|:|ends? (?:in|with)|ending(?: in)?)?\s*(?P<x>\d{4}|\d{9}|\d{3} \d{2} \d{4})\b", None, _I),
    _look("H", rf"\b(?:MRN|[Mm]edical [Rr]ecord|[Cc]hart (?=no|num|\#|ID|id)|[Pp]atient (?=no\.|number|\#|ID|id)|[Rr]ecord (?=no\.|number|\#|ID|id)){_NUMBERED}{_SPELLED}"),
    _look("I", rf"\b(?:[Mm]ember|[Ss]ubscriber|[Bb]eneficiary|[Pp]olicy|[Gg]roup|[Hh]ealth [Pp]lan|[Ii]nsurance|[Mm]edicare|[Mm]edicaid)(?=\s*(?:number|no\.|\#|id\b|ID\b)){_NUMBERED}{_SPELLED}"),
    _look("I", r"(?<!\w)[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y]{2}\d{2}(?!\w)"),
    _look("J", rf"\b(?:[Aa]ccount|[Aa]cct\.?|[Ii]nvoice|[Cc]laim|[Rr]outing|[Cc]ard)(?=\s*(?:number|no\.|\#|:)){_NUMBERED}{_SPELLED}"),
    _look("J", r"(?<![\w-])(?:(?:\d{4}[ -]?){3}\d{4}|3[47]\d{2}[ -]?\d{6}[ -]?\d{5})(?![\w-])", is_luhn),
    _look("J", r"(?<!\w)[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){2,7}(?:\s?[A-Z0-9]{1,4})?(?!\w)", is_iban),
    _look("K", rf"\b(?:[Ll]icen[sc]e|[Cc]ertificate|[Cc]ertification|DEA|NPI|[Pp]assport|[Rr]egistration)(?=\s*(?:number|no\.|\#|:|\d)){_NUMBERED}{_SPELLED}"),
    _look("K", r"\bDEA\b[^\w\n]{0,3}(?P<x>[A-Z][A-Z9]\d{7})\b"),
    _look("K", r"\b[Ll]icen[sc]e\s+(?P<x>[A-Z]{1,3}\d{4,9})\b"),
    _look("K", r"(?<![\w.-])[12]\d{9}(?![\w.-])", is_npi),
    _look("L", r"(?<!\w)[A-HJ-NPR-Z0-9]{17}(?!\w)", is_vin),
    _look("L", r"\bVIN\b[^\w\n]{0,3}(?P<x>[A-HJ-NPR-Z0-9]{17})(?!\w)"),
    _look("L", r"\b(?:licen[sc]e plate|number plate|plate number|plate no\.|licen[sc]e tag|plate)s?\s*(?:is|was|:|\#|number)?\s*(?P<x>(?=[A-Za-z]*[\d -])[A-Z0-9]{1,4}[\s-]?[A-Z0-9]{2,5})\b", _has_both),
    _look("M", rf"\b(?:[Ss]erial (?=number|no\.|\#)|S/N|IMEI|UDI|[Dd]evice (?=ID|id|number|identifier|\#)|[Mm]odel and serial){_NUMBERED}(?:identifier\s*)?{_SPELLED}"),
    _look("M", r"(?<![\w:-])(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?![\w:-])"),
    _look("M", r"(?<![\w.-])(?!3[47])\d{15}(?![\w.-])", is_luhn),
    _look("N", r"\b(?:https?|ftp)://[^\s<>\"')\]]+|\bwww\.[^\s<>\"')\]]+", None, _I),
    _look("N", r"(?<![\w@./-])(?:[a-z0-9-]+\.)+(?:com|org|net|edu|gov|io|info|me|blog|social|example)(?:/[^\s<>\"')\]]*)?(?![\w-])"),
    _look("O", r"(?<![\w.])(?<!version )(?<!Version )\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?(?![\w]|\.\d)", _real_ip),
    _look("O", r"(?<![\w:.])(?=[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:)(?=[0-9A-Fa-f:]*(?:::|[A-Fa-f]))[0-9A-Fa-f:]{6,39}(?![\w:])", _real_ip),
    _look("P", r"\b(?:finger|palm|voice|face)[\s-]?prints?\b|\b(?:retinal?|iris|facial|face)[\s-]scans?\b|\bbiometric\s+(?:id\w*|data|record|template|reading)s?|\bDNA\s+(?:profile|sample|sequence|test|match)\w*", None, _I),
    _look("Q", r"!\[[^\]]{0,999}\]\([^)]{1,999}?\.(?:jpe?g|png|heic|webp|gif|tiff?)[^)]{0,999}\)|\\includegraphics(?:\[[^\]]{0,999}\])?\{[^}]{0,999}?\.(?:jpe?g|png)\}|<img\b[^>]{0,999}>", None, _I),
    _look("Q", r"\b(?:photo(?:graph)?|selfie|headshot|portrait|snapshot)s?\s+of\s+(?:(?:the|my|our|her|his|their|this)\b|him\b|me\b|a (?:client|patient|child|couple|family))", None, _I),
    _look("R", r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"),
    _look("R", rf"\b(?:[Cc]ase|[Dd]ocket|[Bb]adge|[Ss]tudent|[Ee]mployee|[Ii]nmate|[Rr]eference|[Tt]icket|[Bb]arcode)(?=\s*(?:number|no\.|\#|id\b|ID\b)){_NUMBERED}{_SPELLED}"),
    _look("R", r"\b[Dd]ocket\s+(?P<x>\d[\w-]{3,})"),
    _look("R", r"(?<![\w.@/\[])@[A-Za-z][\w.]{2,29}\b(?![{\w])", _handle),
    _look("R", r"(?<![\w.,/-])\d{7,}(?![\w]|[.,]\d)"),
)  # fmt: skip

_CITED = re.compile(
    r"(?:https?://(?:dx\.)?doi\.org/|\bdoi:\s*)?\b10\.\d{4,9}/[^\s<>\"')\]]+"
    r"|\bISBN(?:-1[03])?:?\s*[\dXx][\dXx -]{8,16}[\dXx]"
    r"|\bISSN:?\s*\d{4}-\d{3}[\dXx]|\bPMID:?\s*\d+|\bPMC\d+|\barXiv:\s*\S+"
    r"|(?:https?://)?orcid\.org/[\dX-]+|\bORCID:?\s*[\dX-]+"
    r"|https?://pubmed\.ncbi\.nlm\.nih\.gov/\d+/?",
    re.IGNORECASE,
)


def citations_in(text: str) -> list[tuple[int, int]]:
    """Where the text cites a publication by its number."""
    return [match.span() for match in _CITED.finditer(text)]


def places_in(text: str) -> Iterator[Place]:
    """All that has the form of an identifier; places may overlap, the surer first."""
    for look in _LOOKS:
        for match in look.pattern.finditer(text):
            group = "x" if "x" in look.pattern.groupindex else 0
            if look.test is None or look.test(match.group(group)):
                yield Place(*match.span(group), look.letter)
