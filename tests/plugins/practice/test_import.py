from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dayhand import UserError
from dayhand_practice.importing import ImportRefused

CLIENT = "id,name,date_of_birth,email,phone,region,status,initials,bill_to_name,bill_to_email"
SESSION = "client_id,start,minutes,status,service,fee,adjustment,document"
PAPER = "client_id,kind,signed_on,expires_on,scope,warned_at"

# kind, header, row, column, what is said, what was found
SERVICE = "code,name,minutes,fee,effective_from"
BILL = "client_id,start,minutes,fee,billed_on,modifiers"
WRONG = [
    ("clients", "name", "A" * 201, "name", "longer than 200 characters", "text of 201"),
    ("clients", "name,date_of_birth", "A,1066-10-14", "date_of_birth", "out of reach", "a date"),
    ("clients", "name,wants_superbill", "A,maybe", "wants_superbill", "yes or no", "text of 5"),
    (
        "sessions",
        BILL,
        "C-0001,2026-11-24T09:00,45,,,A1;B2;C3;D4;E5",
        "modifiers",
        "more than 4",
        "text of 14",
    ),
    (
        "sessions",
        BILL,
        "C-0001,2026-11-24T09:00,45,,2026-11-30,",
        "billed_on",
        "without a document",
        "a date",
    ),
    ("sessions", BILL, "C-0001,2026-11-24T09:00,45,-5,,", "fee", "not negative", "a number"),
    ("sessions", BILL, "C-0001,2026-02-30T09:00,45,,,", "start", "no such day", "text"),
    (
        "fee_agreements",
        "client_id,effective_from,agreed_fee",
        "C-0001,2026-01-01,-5",
        "agreed_fee",
        "not negative",
        "a number",
    ),
    (
        "fee_agreements",
        "client_id,effective_from,percent",
        "C-0001,2026-01-01,half",
        "percent",
        "write a percentage",
        "text of 4",
    ),
    ("paperwork", PAPER, "C-0001,roi,2026-12-01,,Dr. X,", "signed_on", "future", "a date"),
    (
        "paperwork",
        PAPER,
        "C-0001,roi,2026-01-01,,Dr. X,2026-01-01",
        "warned_at",
        "only an e-mail",
        "a date",
    ),
    (
        "paperwork",
        PAPER,
        "C-0001,email_consent,2026-01-01,,billing,2026-12-01",
        "warned_at",
        "future",
        "a date",
    ),
    ("clients", CLIENT, "C-0009,,,,,,,,,", "name", "it is required", "empty"),
    ("clients", CLIENT, "Ana Ruiz,Ana Ruiz,,,,,,,,", "id", "capital letters", "text of 8"),
    ("clients", CLIENT, ",Ana,5/17/1990,,,,,,,", "date_of_birth", "YYYY-MM-DD", "another form"),
    ("clients", CLIENT, ",Ana,1990-02-30,,,,,,,", "date_of_birth", "no such day", "a date"),
    ("clients", CLIENT, ",Ana,2027-01-01,,,,,,,", "date_of_birth", "in the future", "a date"),
    ("clients", CLIENT, ",Ana,1901-01-01,,,,,,,", "date_of_birth", "120 years", "a date"),
    ("clients", CLIENT, ",Ana,,ana@client,,,,,,", "email", "not an e-mail address", "text of 10"),
    ("clients", CLIENT, ",Ana,,a b@x.example,,,,,,", "email", "not an e-mail", "text of 13"),
    ("clients", CLIENT, ",Ana,,,call me,,,,,", "phone", "not a telephone", "text of 7"),
    ("clients", CLIENT, ",Ana,,,,New York,,,,", "region", "such as NY", "text of 8"),
    ("clients", CLIENT, ",Ana,,,,,activ,,,", "status", "did you mean 'active'?", "text of 5"),
    ("clients", CLIENT, ",Ana,,,,,,ANABELLE,,", "initials", "one to four", "text of 8"),
    ("clients", CLIENT, ",Ana,,,,,,,,p@x.example", "bill_to_name", "needs a name", "empty"),
    ("clients", "name,aliases", '"A\nB",', "name", "line break", "text of 3"),
    (
        "services",
        "code,name,minutes,fee,effective_from",
        "SVC 45,S,45,1,2026-01-01",
        "code",
        "service code",
        "text of 6",
    ),
    (
        "services",
        "code,name,minutes,fee,effective_from",
        "X,S,0,1,2026-01-01",
        "minutes",
        "from 1 to 600",
        "a number",
    ),
    (
        "services",
        "code,name,minutes,fee,effective_from",
        "X,S,45,$120,2026-01-01",
        "fee",
        "without currency",
        "a number",
    ),
    (
        "services",
        "code,name,minutes,fee,effective_from",
        'X,S,45,"1,200",2026-01-01',
        "fee",
        "thousands",
        "a number",
    ),
    (
        "services",
        "code,name,minutes,fee,effective_from",
        "X,S,45,-1,2026-01-01",
        "fee",
        "not negative",
        "a number",
    ),
    (
        "services",
        "code,name,minutes,fee,effective_from,effective_to",
        "X,S,45,1,2026-01-01,2025-01-01",
        "effective_to",
        "before effective_from",
        "a date",
    ),
    (
        "diagnoses",
        "client_id,code,effective_from",
        "C-0001,anxious,2026-01-01",
        "code",
        "ICD-10-CM",
        "text of 7",
    ),
    (
        "diagnoses",
        "client_id,code,effective_from",
        "C-0099,F41.1,2026-01-01",
        "client_id",
        "no such client",
        "the id C-0099",
    ),
    (
        "fee_agreements",
        "client_id,effective_from,agreed_fee,percent",
        "C-0001,2026-01-01,9,50",
        "agreed_fee",
        "either",
        "a number",
    ),
    (
        "fee_agreements",
        "client_id,effective_from,percent",
        "C-0001,2026-01-01,150",
        "percent",
        "between 0 and 100",
        "a number",
    ),
    (
        "fee_agreements",
        "client_id,effective_from,percent,service",
        "C-0001,2026-01-01,50,SVC-99",
        "service",
        "no such service",
        "the id SVC-99",
    ),
    (
        "opening_balances",
        "client_id,amount,as_of",
        "C-0001,abc,2026-10-01",
        "amount",
        "write amounts",
        "text of 3",
    ),
    (
        "opening_balances",
        "client_id,amount,as_of",
        "C-0001,1,2027-10-01",
        "as_of",
        "future",
        "a date",
    ),
    ("sessions", SESSION, "C-0001,2026-03-08T02:30,45,,,,,", "start", "skip this time", "text"),
    ("sessions", SESSION, "C-0001,2026-11-01T01:30,45,,,,,", "start", "twice", "text"),
    ("sessions", SESSION, "C-0001,11/24/2026 9:00,45,,,,,", "start", "2026-11-24T09:00", "text"),
    ("sessions", SESSION, "C-0001,2026-12-24T09:00,45,attended,,,,", "status", "not begun", "text"),
    (
        "sessions",
        SESSION,
        "C-0001,2026-11-24T09:00,45,,SVC-99,,,",
        "service",
        "no such service",
        "the id SVC-99",
    ),
    (
        "sessions",
        SESSION,
        "C-0001,2026-11-24T09:00,45,,,140,5,",
        "adjustment",
        "negative or zero",
        "a number",
    ),
    (
        "sessions",
        SESSION,
        "C-0001,2026-11-24T09:00,45,,,140,-150,",
        "adjustment",
        "more than the fee",
        "a number",
    ),
    (
        "sessions",
        SESSION,
        "C-0001,2026-11-24T09:00,45,cancelled,,,,INV-1",
        "document",
        "not billed",
        "the id INV-1",
    ),
    ("clients", CLIENT + ",member_id", ",Ana,,,,activ,,,,,EM-2044", "region", "such as NY", "text"),
    ("paperwork", PAPER, "C-0001,consent,2026-01-01,,,", "kind", "did you mean", "text"),
    (
        "paperwork",
        PAPER,
        "C-0001,roi,2026-01-01,2025-01-01,Dr. X,",
        "expires_on",
        "before signed_on",
        "a date",
    ),
    ("paperwork", PAPER, "C-0001,roi,2026-01-01,,,", "scope", "to whom", "empty"),
    (
        "paperwork",
        PAPER,
        "C-0001,email_consent,2026-01-01,,all,2026-01-01",
        "scope",
        "reminders",
        "text",
    ),
    (
        "paperwork",
        PAPER,
        "C-0001,email_consent,2026-01-01,,billing,",
        "warned_at",
        "the risk",
        "empty",
    ),
]


@pytest.mark.parametrize(("kind", "header", "row", "column", "said", "found"), WRONG)
def test_a_wrong_row_is_told_with_its_place_and_without_its_value(
    records, kind, header, row, column, said, found
):
    with pytest.raises(ImportRefused) as caught:
        records.load(kind, f"{header}\n{row}\n")

    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == (2, column)
    assert said in problem.reason
    assert found in problem.found
    assert f"in.csv has 1 mistake, so nothing was imported\n  line 2, column {column}: " in str(
        caught.value
    )


def test_every_wrong_row_is_told_at_once_and_nothing_is_imported(records):
    before = records.export("clients")

    with pytest.raises(ImportRefused) as caught:
        records.load("clients", "name,email\nGood Person,\nBad,no\n,x\nAlso Good,g@x.example\n")

    told = [(one.line, one.column) for one in caught.value.problems]
    assert told == [(3, "email"), (4, "email"), (4, "name")]
    assert records.export("clients") == before


def test_of_very_many_mistakes_a_hundred_are_shown_and_all_are_kept(records):
    with pytest.raises(ImportRefused) as caught:
        records.load("clients", "name,email\n" + "A,x\n" * 250)

    assert len(caught.value.problems) == 250
    assert str(caught.value).endswith("and 150 more")


def test_text_that_is_not_utf8_is_told(records):
    with pytest.raises(ImportRefused, match="line 2 is not UTF-8 text"):
        records.load("clients", b"name\nZo\xeb\n")


def test_a_session_given_another_service_gets_its_name_and_keeps_its_fee(records):
    start = "C-0001,2026-11-24T09:00,45"
    records.load("sessions", f"client_id,start,minutes\n{start}\n")

    records.load("sessions", f"client_id,start,minutes,service\n{start},SVC-60\n")

    (session,) = records.sessions()
    assert session["service_name"] == "Session, 60 minutes"
    assert str(session["fee"]) == "150.00"


def test_a_message_holds_no_client_data(records):
    with pytest.raises(ImportRefused) as caught:
        records.load(
            "clients", "name,date_of_birth,email\nSecret Name,13/01/1980,secret at x.example\n"
        )

    assert "ecret" not in str(caught.value) + caught.value.hint
    assert "1980" not in str(caught.value)


@pytest.mark.parametrize(
    ("header", "column", "said"),
    [
        ("id,nmae", "no. 2", "unknown column; did you mean 'name'?"),
        ("id,name,birthday", "no. 3", "unknown column"),
        ("id", "name", "the column is missing"),
        ("name,email,name", "name", "the column stands twice"),
        ("id;name;email", "", "not separated by commas"),
        ("", "", "the file is empty"),
    ],
)
def test_a_wrong_header_is_told(records, header, column, said):
    with pytest.raises(ImportRefused) as caught:
        records.load("clients", f"{header}\n")

    assert any(one.column == column and said in one.reason for one in caught.value.problems)


def test_a_file_without_a_header_does_not_show_its_first_client(records):
    with pytest.raises(ImportRefused) as caught:
        records.load("clients", "C-0009,Very Private,1990-01-01\n")

    assert "rivate" not in str(caught.value)


def test_a_row_of_another_width_is_told(records):
    with pytest.raises(ImportRefused, match="line 3: there are 3 cells under 2 column names"):
        records.load("clients", "id,name\nC-0009,Ok\nC-0010,A,B\n")


def test_a_spreadsheets_byte_order_mark_and_blank_lines_do_no_harm(records):
    done = records.load("clients", "\ufeffID, Name \r\n,Ana Ruiz\r\n,,\r\n\r\n".replace(",,", ","))

    assert (done["rows"], done["new"]) == (1, 1)


def test_the_same_file_again_changes_nothing(records):
    text = "id,name,email\nC-0005,Ana Ruiz,ana.r@client.example\n,Bo Lind,\n"

    first, second = records.load("clients", text), records.load("clients", text)

    assert (first["new"], first["changed"], first["unchanged"]) == (2, 0, 0)
    assert (second["new"], second["changed"], second["unchanged"]) == (0, 0, 2)


def test_a_row_with_a_known_id_changes_only_the_columns_of_the_file(records):
    done = records.load("clients", "id,name,phone\nC-0001,Ana Quintanilla,518-555-0199\n")

    assert (done["new"], done["changed"]) == (0, 1)
    person = records.kit.run("practice.client", id="C-0001")
    assert str.__str__(person["phone"]) == "518-555-0199"
    assert str.__str__(person["email"]) == "ana@client.example"


def test_new_clients_get_the_ids_after_the_highest(records):
    records.load("clients", "id,name\nC-0041,Ana Ruiz\n,Bo Lind\n,Cy Moss\n")

    ids = [one["id"] for one in records.kit.run("practice.clients")]
    assert ids == ["C-0001", "C-0002", "C-0003", "C-0041", "C-0042", "C-0043"]


def test_one_client_twice_in_a_file_is_a_mistake(records):
    with pytest.raises(ImportRefused, match="line 3, column id: line 2 is about the same client"):
        records.load("clients", "id,name\nC-0009,Ana Ruiz\nC-0009,Bo Lind\n")
    with pytest.raises(ImportRefused, match="line 2 is about the same client"):
        records.load("clients", "name\nAna Ruiz\nana ruiz\n")


def test_a_sessions_time_is_taken_once(records):
    records.load("sessions", "id,client_id,start,minutes\nS-1,C-0001,2026-11-24T09:00,45\n")

    with pytest.raises(ImportRefused, match="the client has session S-1 at that time"):
        records.load("sessions", "id,client_id,start,minutes\nS-2,C-0001,2026-11-24T09:00,45\n")


def test_a_billed_session_does_not_change_by_an_import(records):
    text = "client_id,start,minutes,document\nC-0001,2026-11-24T09:00,{},INV-1\n"
    records.load("sessions", text.format(45))

    with pytest.raises(ImportRefused, match="billed on INV-1 and does not change"):
        records.load("sessions", text.format(60))
    assert records.load("sessions", text.format(45))["unchanged"] == 1


def test_an_imported_session_is_priced_by_its_day_unless_the_file_says(records):
    records.load(
        "sessions",
        "client_id,start,minutes,fee\nC-0001,2025-11-24T09:00,45,\nC-0001,2026-11-24T09:00,45,99\n",
    )

    assert [str(one["fee"]) for one in records.sessions()] == ["140.00", "99.00"]


def test_an_email_consent_is_for_the_address_of_its_day(records):
    text = (
        "client_id,kind,signed_on,scope,warned_at,address\n"
        "C-0001,email_consent,2026-01-01,billing,2026-01-01,\n"
    )
    records.load("paperwork", text)
    records.load("clients", "id,name,email\nC-0001,Ana Quintanilla,new@client.example\n")

    assert records.load("paperwork", text)["unchanged"] == 1
    assert records.kit.run("practice.client", id="C-0001")["email_scopes"] == []


def test_an_email_consent_of_a_client_without_an_address_is_refused(records):
    with pytest.raises(ImportRefused, match="column address: the client has no e-mail address"):
        records.load("paperwork", f"{PAPER}\nC-0003,email_consent,2026-01-01,,billing,2026-01-01\n")


def test_a_scope_may_be_written_in_any_order_and_is_the_same_paper(records):
    row = "C-0001,email_consent,2026-01-01,,{},2026-01-01\n"
    records.load("paperwork", f"{PAPER}\n{row.format('billing;reminders')}")

    assert records.load("paperwork", f"{PAPER}\n{row.format('Reminders; billing')}")["unchanged"]


def test_a_missing_file_is_told(records):
    with pytest.raises(UserError, match=r"no file 'nowhere\.csv'"):
        records.kit.run("practice.import_csv", kind="clients", path="nowhere.csv")


# Export and back ----------------------------------------------------------------------------------

_WORD = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=20
).filter(lambda text: text.strip())
_PART = _WORD.map(lambda text: text.replace(";", ",")).filter(lambda text: text.strip())
_PERSON = st.fixed_dictionaries(
    {
        "name": _WORD,
        "preferred_name": _WORD,
        "payer": _WORD,
        "member_id": _WORD,
        "aliases": st.lists(_PART, max_size=3).map("; ".join),
        "address": st.lists(_PART, max_size=3).map("; ".join),
        "date_of_birth": st.sampled_from(["", "1988-03-14", "2001-12-31"]),
        "wants_superbill": st.sampled_from(["yes", "no"]),
    }
)


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(people=st.lists(_PERSON, min_size=1, max_size=4))
def test_clients_come_back_from_an_export_exactly(make_records, people):
    from dayhand_practice import intake

    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        here, there = make_records(Path(first)), make_records(Path(second))
        with here.context.transaction("add") as connection:
            for number, person in enumerate(people, 1):
                entry = {"id": f"C-{number:04}", **person}
                intake.put(here.context, connection, "clients", entry)
        exported = here.export("clients")
        done = there.load("clients", exported)

        assert done["new"] == len(people)
        assert there.export("clients") == exported
        assert here.load("clients", exported)["unchanged"] == len(people)
