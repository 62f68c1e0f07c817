"""Wrong calls of the command line, as they are typed in the sample practice.

A line may begin with the exit code; without one it is 2, the user's mistake.
"""

from __future__ import annotations

TYPED = [
    ("rnu", "Did you mean 'run'?"),
    ("run", "Missing argument"),
    ("run morning", "did you mean 'morning-prep'?"),
    ("run morning-prep --as-of tomorrow", "write a date such as 2026-11-01"),
    ("run morning-prep --as-of 2026-13-01", "write a date such as 2026-11-01"),
    ("run morning-prep --as-of 2026-11-01T25:00", "write a date such as 2026-11-01"),
    ("run morning-prep -i day=xx", "input 'day' is not a date"),
    ("run morning-prep -i dya=2026-11-24", "did you mean 'day'?"),
    ("run morning-prep -i day", "write it as NAME=VALUE"),
    ("run morning-prep --answer x=approve", "--answer is for --dry-run"),
    ("run monthly-billing -n --answer nope=approve", "those that ask: invoicing.review, "),
    ("run monthly-billing -n --answer revew=approve", "did you mean 'review'?"),
    ("run monthly-billing -n --answer review=perhaps", "--answer review=decline"),
    ("run monthly-billing -n --answer review=approve --answer review=decline", "answered already"),
    ("run morning-prep -n --answer nope=approve", "leave --answer out"),
    ("run weekly-checkin -n --answer week=tired", "--answer week=FIELD:VALUE"),
    ("run morning-prep --dryrun", "--dry-run"),
    ("run ../../etc/passwd", "there is no routine"),
    ("show nope", "there is no run 'nope'"),
    ("resume nope", "there is no run 'nope'"),
    ("retry nope", "there is no run 'nope'"),
    ("cancel nope", "there is no run 'nope'"),
    ("answer nope --approve", "there is no question 'nope'"),
    ("steps biling.draft", "did you mean 'billing.draft'?"),
    ("check nope", "there is no routine 'nope'"),
    ("check nope", "'dayhand routines list' lists the 44 there are"),
    ("check nope.yaml", "there is no file 'nope.yaml'"),
    ("schema --of other", "'other' is not one of"),
    ("completion tcsh", "'tcsh' is not one of"),
    ("--practice elsewhere runs", "there is no practice in"),
    ("backup --verify none.dhb", "there is no file none.dhb"),
    ("backup --verify none.dhb", "'dayhand backup --list' shows the backups"),
    ("restore none.dhb --into ../none", "there is no file none.dhb"),
    ("contacts verify K-000001 --on yesterday", "'yesterday' is no day; write it as 2026-11-24"),
    ("upcoming --from tomorrow", "is neither a date nor a moment"),
]
"""With what the answer says."""

ENGINE = """
init .
init new --timezone Nowhere/Town
init new --currency XYZW
init new --activities supervison
init new --database mysql://x/y
init new --database postgresql://postgres:secret@localhost/x
init new --database-password env:X
init new --database postgresql://u@localhost/x --database-password nonsense
explain nope
explain nope.yaml
graph nope
graph morning-prep --format pdf
graph morning-prep -o no/such/folder.svg
fmt nope
fmt nope.yaml
fmt practice.yaml --check nope.yaml
routines add nope
routines add morning-prp
routines add morning-prep
routines diff nope
routines update nope
routines update morning-prep --take theirs
steps nope
upgrade --runs -1
new plugin Not-A-Name
new plugin billing
new plugin my_portal --into routines
new routine
new routine Not_A_Name
new routine morning-prep
new routine one --when soon
new routine one --step email.sned
plugins approve nope --yes
plugins approve calendar --yes
plugins revoke nope
plugins check nope
plugins check templates
--safe-mode plugins approve mileage --yes
daemon --metrics nonsense
daemon --metrics 0.0.0.0:1
upcoming nope
upcoming --days 0
upcoming --to tomorrow
upcoming --from 2026-11-02 --to 2026-11-01
upcoming --diff nope.yaml
backtest nope --from 2026-11-01 --to 2026-11-02
backtest morning-prep --from soon --to 2026-11-02
backtest morning-prep --from 2026-11-03 --to 2026-11-02
why nope
why morning-prep tomorrow
pause
pause nope
pause morning-prep --until tomorrow
pause morning-prep --until 2020-01-01
resume-schedule
resume-schedule nope
resume-schedule morning-prep
resume-schedule --all
resume-schedule --all --run-new-slot
resume-schedule morning-prep --run-new-slot
restore practice.yaml --into new
1 restore practice.yaml --into ../new
service uninstall
notify --way pigeon
runs --state nope
runs --limit 0
runs --before nope
show last
show nope
effects --run nope
effects --since soon
effects --state nope
retry last
retry last --from a
cancel last --yes
resume last
answer nope
answer nope --set a
backup --verify
1 backup --verify practice.yaml
1 backup --verify routines
backup practice.yaml
backup routines/x.dhb
backup nope/x.dhb
backup --verify practice.yaml --key none.key
restore none.dhb --into routines
key export
key export practice.yaml
key export new.key
key import none.key
key import practice.yaml
key import practice.yaml --private
key new-identity practice.yaml
key protect
key protect --passphrase-file none.txt
open out/nope.pdf
open ../practice.yaml
prune --older-than soon
prune --older-than 1h
prune
audit export practice.yaml
audit export nope/x.csv
audit export - --from soon
audit list --from soon
audit list --to soon
audit review --days 0
audit verify --against none.dhb
audit verify --against practice.yaml
audit nope
--passphrase-fd 77 runs
--passphrase-fd x runs
"""
"""Lines of commands that the engine brings."""

PLUGINS = """
invoices credit INV-2026-99999 --reason wrong
invoices pdf INV-2026-99999
invoices pdf nope
invoices show INV-2026-99999
invoices void INV-2026-99999 --reason wrong
invoices void INV-2026-99999 --reason wrong --yes
invoices credit INV-2026-99999 --reason wrong --yes
invoices list --month nope
payments add C-0001 much
payments add C-0001 -5
1 payments add C-0001 30 --invoice INV-2026-99999
payments add C-0001 30 --refund-of nope
payments import none.csv
payments import practice.yaml
payments import ../none.csv
payments list --month nope
estimates given nope
estimates pdf nope
estimates show nope
estimates request C-0001 --on 2099-01-01
estimates request C-0001 --fee 0
estimates request nope/x
estimates change C-0001 --from 2026-01-01
estimates change C-0001
estimates withdraw C-9999
ledger export --month nope
calendar agenda --day nope
calendar agenda --source nope
calendar agenda --days 0
releases add C-9999
releases add C-0001
releases ended nope
releases import none.csv
releases import practice.yaml
releases revoke nope
releases show nope
disclosures add C-9999 --information records
disclosures add C-0001 --information nope --recipient X --purpose y
disclosures import none.csv
requests add C-9999
requests add C-0001 --requested-on 2099-01-01
requests close nope
requests extend nope --reason busy
requests import none.csv
ce credits add --on 2026-11-01 --title X
ce credits add --on 2026-11-01 --title X --hours much
ce credits add --on 2026-11-01 --title X --hours 1 --minutes 60
ce credits add --on 2099-01-01 --title X --hours 1
ce met ethics --on 2099-01-01
ce credits import none.csv
ce credits import practice.yaml
ce gap nope
ce rules show nope
email preview nope
email preview reminder --values none.json
1 email test
notes addendum N-999999 --text x
notes addendum nope --text x
notes show N-999999
notes sign N-999999 --yes
notes verify N-999999
notes write N-999999 --section plan=x
notes write N-000001 --section plan
plans add C-0001
plans goal nope 1 met
plans import none.csv
plans review nope
plans show nope
measures import none.csv
measures score C-0001 PHQ-9 99 --on 2026-11-01
checkin
checkin --scale energy
checkin --scale energy=11
psychotherapy-notes show nope
contacts import none.csv
contacts import practice.yaml
contacts touch nope
contacts verify nope
contacts add X --email nope
referrals add in --contact nope
referrals add sideways
referrals edit nope
referrals import none.csv
referrals outcome nope kept
referrals report --months 0
outreach import none.csv
outreach lint none.md
outreach mark nope ready
outreach profiles --fee much
clients add
clients add --name X --email nope
clients add --id nope --name X
clients add --id C-0001 --name X
clients add --name X --region Nowhere
clients add --name X --date-of-birth soon
clients add --name X --status nope
clients diagnose C-9999 F41.1 --from 2026-01-01
clients diagnose C-0001 nope --from 2026-01-01
clients diagnose C-0001 F41.1 --from soon
clients edit C-9999 --name X
clients edit C-0001 --email nope
clients fee C-9999 --from 2026-01-01 --agreed-fee 100
clients fee C-0001 --from 2026-01-01
clients fee C-0001 --from 2026-01-01 --agreed-fee much
clients import none.csv
clients import practice.yaml
clients import routines
clients opening-balance C-9999 10 --as-of 2026-01-01
clients opening-balance C-0001 much --as-of 2026-01-01
clients show nope
clients show C-9999
clients list --status nope
services add S --name X --minutes 50 --fee much
services add S --name X --minutes soon --fee 100
services import none.csv
sessions add C-9999 2026-11-01T10:00 --minutes 50
sessions add C-0001 soon --minutes 50
sessions add C-0001 2026-11-01T10:00 --minutes long
sessions free nope
sessions free nope --yes
sessions import none.csv
sessions list --month nope
sessions set-status nope attended
paperwork add C-9999 email_consent
paperwork add C-0001 email_consent --signed-on soon
paperwork due --days -1
paperwork import none.csv
paperwork revoke nope
reading add none.bib
reading add practice.yaml
reading add ../none.bib
reading done nope
reading done R-999999 --on 2099-01-01
reading drop nope
reading import none.csv
reading import ../none.csv
supervision add --minutes 60 --category nope
supervision add --minutes 0 --category direct
supervision import none.csv
supervision progress nope
supervision remove nope
supervision rules show nope
supervision settle nope
supervision sign nope
supervision units --direct much --stage student
supervision units --direct 10 --stage nope
supervision ask
wellbeing import none.csv
wellbeing protect x noday 10:00
wellbeing protect x monday soon
wellbeing unprotect nope
writing check none.md
writing check practice.yaml --clients none.csv
writing submissions import none.csv
writing submissions remove nope
writing words import none.csv
writing words log nope
writing words list --back 0
"""
"""Lines of commands that plugins bring."""


def calls(text: str) -> list[tuple[int, str]]:
    """The exit code and the words of each line."""
    found = [line.partition(" ") for line in text.splitlines() if line]
    return [
        (int(first), rest) if first.isdigit() else (2, f"{first} {rest}".strip())
        for first, _, rest in found
    ]
