"""Odd but correct routines have no problems, and what is built from them is complete."""

from __future__ import annotations

import json
import time
from datetime import date, timedelta
from pathlib import Path
from textwrap import dedent, indent

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dayhand import document
from dayhand.catalogue import BUILT_IN, Catalogue, PluginSpec, SectionSpec, StepSpec
from dayhand.model.practice import SecretRef
from dayhand.model.routine import Retry
from dayhand.validation import compose
from dayhand.validation.practice import Storage, check_practice
from dayhand.validation.routine import RoutineHead, check_routine

_DATA = json.loads((Path(__file__).parent / "broken_routines" / "catalogue.json").read_text())
CATALOGUE = Catalogue(
    {spec.name: spec for spec in (*BUILT_IN, *(StepSpec(**one) for one in _DATA["steps"]))},
    plugins=tuple(PluginSpec(**one) for one in _DATA["plugins"]),
    sections={one["name"]: SectionSpec(**one) for one in _DATA["sections"]},
)

MONTHLY_BILLING = """\
# yaml-language-server: $schema=../.dayhand/routine.schema.json
routine: monthly-billing
title: Monthly billing
description: Invoices for last month's sessions, reviewed by you, then issued, sent and booked.

triggers:
  - cron: 0 9 1 * *
    skip_on: [weekend, public_holiday]
    shift: next_open_day          # the 1st is a Sunday: run on Monday
    if_missed: run_latest
    overlap: skip

inputs:
  month: {type: month, default: "${{ scheduled_for | month(-1) }}"}

steps:
  - id: sessions
    uses: practice.sessions
    with: {month: "${{ inputs.month }}", status: attended, billed: false}

  - id: drafts
    uses: billing.draft
    with:
      sessions: ${{ steps.sessions.items }}

  - id: review
    uses: person.approve
    when: steps.drafts.invoices
    with:
      title: ${{ steps.drafts.invoices | length }} invoices, ${{ steps.drafts.total | money }}
      show: ${{ steps.drafts.summary }}
      remind_every: 1 day
      expires_in: 14 days

  - id: issued
    uses: billing.issue                 # numbers and checkpoint in one transaction
    with: {drafts: "${{ steps.drafts.ids }}"}

  - for_each: steps.issued.invoices
    as: invoice
    steps:
      - id: pdf
        uses: billing.render
        with: {invoice: "${{ invoice.number }}"}
      - uses: email.send                # never twice, never blindly again
        when: invoice.email
        with:
          to: ${{ invoice.email }}
          template: invoice
          attach: ["${{ steps.pdf.path }}"]
        on_error: continue

  - uses: billing.export
    with: {format: beancount, month: "${{ inputs.month }}"}

on_failure:
  - uses: email.notify_me
    with: {subject: Monthly billing needs you}
"""

STEPS = {
    "nothing but a value": """
        - uses: value.set
        """,
    "a value in quotes": """
        - uses: "value.set"
          with: {zip: 02139, at: 07:30, "no": no, big: 1_000}
        """,
    "a key in quotes": """
        - "uses": file.write
          'with': {path: a.md, text: "12"}
        """,
    "text in blocks": """
        - uses: file.write
          with:
            path: letters/a.md
            text: |
              Dear all,

              { this is no ${ expression }, nor is }} this
        """,
    "expressions that hold braces and quotes": """
        - uses: value.set
          with:
            a: '${{ {"a": 1}.a ~ " }} " }}'
            b: "${{ 'it is' if true else \\"no\\" }}"
        """,
    "an expression over several lines": """
        - uses: value.set
          when: >-
            inputs.month
            and true
          with: {a: 1}
        """,
    "a step under a condition that is a word": """
        - uses: value.set
          when: true
        - uses: value.set
          when: false
        """,
    "a null": """
        - uses: practice.sessions
          with: {month: null, billed: true, start: 2026-11-01}
        """,
    "an expression for every input": """
        - uses: practice.sessions
          with:
            month: ${{ inputs.month }}
            billed: ${{ 1 == 1 }}
            status: ${{ 'attended' }}
            client_ids: ${{ ['C-1'] }}
            least: ${{ 10 + 5 }}
        """,
    "expressions inside lists and text": """
        - uses: email.notify_me
          with:
            subject: Sessions of ${{ inputs.month }} at ${{ now.hour }}:${{ now.minute }}
        """,
    "values and what is in them": """
        - id: one
          uses: value.set
          with: {a: {b: [{c: 1}, {c: 2}]}, month: "${{ inputs.month }}"}
        - uses: value.set
          with:
            a: ${{ steps.one.a.b[0].c + steps.one.a.b[1].c }}
            b: ${{ steps.one['month'] }}
            c: ${{ steps.one.a.b | map('c') | sum }}
        """,
    "a member of anything": """
        - id: told
          uses: calendar.agenda
        - uses: value.set
          with: {a: "${{ steps.told.monday[0].client.initials }}"}
        """,
    "a form and its fields": """
        - id: asked
          uses: person.ask
          with:
            title: When?
            fields:
              day: date
              why: {type: choice, choices: [ill, away], default: ill}
        - uses: value.set
          with: {a: "${{ steps.asked.day.year }}", b: "${{ steps.asked.why }}"}
        """,
    "an approval whose refusal is a choice": """
        - id: approved
          uses: person.approve
          with: {title: Really?}
          on_decline: continue
        - uses: file.write
          when: not steps.approved.approved
          with: {path: no.md, text: "${{ steps.approved.note }}"}
        """,
    "a skipped step with a default": """
        - {id: sessions, uses: practice.sessions, when: inputs.month}
        - uses: value.set
          with:
            a: ${{ steps.sessions.items | default([]) | length }}
            b: ${{ steps.sessions is defined }}
            c: ${{ steps.sessions.total_minutes if steps.sessions is defined else 0 }}
        """,
    "a skipped step under its own condition": """
        - {id: sessions, uses: practice.sessions, when: inputs.month}
        - uses: value.set
          when: inputs.month
          with: {a: "${{ steps.sessions.items }}"}
        """,
    "a skipped step under its own condition and another": """
        - {id: sessions, uses: practice.sessions, when: inputs.month}
        - when: inputs.month  and  now.hour > 8
          steps:
            - uses: value.set
              with: {a: "${{ steps.sessions.items }}"}
        """,
    "a skipped step where its output is what decides": """
        - {id: sessions, uses: practice.sessions, when: inputs.month}
        - uses: value.set
          when: steps.sessions.items | default([])
          with: {a: "${{ steps.sessions.total_minutes }}"}
        """,
    "a skipped step where it is known to be there": """
        - {id: sessions, uses: practice.sessions, when: inputs.month}
        - uses: value.set
          when: steps.sessions is defined and steps.sessions.total_minutes > 60
          with: {a: "${{ steps.sessions.total_minutes }}"}
        """,
    "a skipped group with what is in it": """
        - when: inputs.month
          steps:
            - {id: sessions, uses: practice.sessions}
            - uses: value.set
              with: {a: "${{ steps.sessions.items }}"}
        """,
    "a group whose steps are used after it": """
        - id: both
          steps:
            - {id: left, uses: value.set, with: {a: 1}}
            - {id: right, uses: value.set, with: {b: 1}}
        - uses: value.set
          with: {a: "${{ steps.left.a + steps.both.right.b }}"}
        """,
    "branches whose steps are used after them": """
        - id: fork
          parallel:
            - {id: left, uses: value.set, with: {a: 1}}
            - steps:
                - {id: right, uses: value.set, with: {b: 1}}
        - uses: value.set
          with: {a: "${{ steps.left.a + steps.right.b + steps.fork.left.a }}"}
        """,
    "loops in loops": """
        - {id: sessions, uses: practice.sessions}
        - id: outer
          for_each: steps.sessions.items
          as: session
          max_parallel: 4
          steps:
            - id: inner
              for_each: session.modifiers
              as: modifier
              uses: value.set
              with: {a: "${{ modifier }} ${{ session.client.initials }}"}
            - uses: value.set
              with: {a: "${{ steps.inner[0].a }}"}
        - uses: value.set
          with: {a: "${{ steps.outer[0].inner[0].a }}", b: "${{ steps.outer | length }}"}
        """,
    "the same ids in two loops": """
        - for_each: "[1, 2]"
          steps:
            - {id: twice, uses: value.set, with: {a: "${{ item }}"}}
            - {uses: value.set, with: {a: "${{ steps.twice.a }}"}}
        - for_each: "[3]"
          steps:
            - {id: twice, uses: value.set, with: {a: "${{ item }}"}}
        """,
    "a loop over a single step": """
        - id: papers
          for_each: "['A-1', 'A-2']"
          as: number
          uses: billing.render
          with: {invoice: "${{ number }}"}
        - uses: value.set
          with: {paths: "${{ steps.papers | map('path') }}"}
        """,
    "a loop over something filtered": """
        - {id: issued, uses: billing.issue, with: {drafts: [D-1]}}
        - for_each: steps.issued.invoices | select('email')
          as: invoice
          uses: billing.render
          with: {invoice: "${{ invoice.number }}"}
        """,
    "an error handler that says why": """
        - id: sessions
          uses: practice.sessions
          retry: {attempts: 5, first: 1 second, max: 1 minute, backoff: constant, on: [timeout]}
          timeout: 30 seconds
          on_error:
            - {id: sorry, uses: value.set, with: {a: "${{ failure.message }}"}}
            - uses: file.write
              with: {path: sorry.txt, text: "${{ steps.sorry.a }}"}
        """,
    "a retry that is a number": """
        - uses: practice.sessions
          retry: 2
        """,
    "a number that may be an amount": """
        - {id: drafts, uses: billing.draft, with: {sessions: []}}
        - uses: value.set
          with: {a: "${{ steps.drafts.by_client['C-1'] }}", b: "${{ steps.drafts.first.total }}"}
        """,
    "a month from a date": """
        - uses: practice.sessions
          with: {month: "${{ scheduled_for }}", start: "${{ now | date }}"}
        """,
    "the practice": """
        - uses: value.set
          with:
            a: ${{ practice.clinician.licences[0].expires.year }} ${{ practice.address.city }}
            b: ${{ practice.clinician.supervisor.name | default('') }} ${{ run.id }}
        """,
    "a mail to yourself": """
        - uses: email.notify_me
          with: {subject: Nothing to approve}
        """,
    "a mail in a loop after an approval in a group": """
        - steps:
            - {uses: person.approve, with: {title: Send?}}
        - for_each: "['a@example.com']"
          uses: email.send
          with: {to: "${{ item }}", after: 2 h 30 min, values: {any: {thing: [1, null]}}}
        """,
    "another routine": """
        - id: called
          routine: monthly-billing
          inputs: {month: "${{ inputs.month }}"}
        - uses: value.set
          with: {a: "${{ steps.called.state }}"}
        """,
    "a wait": """
        - uses: wait.until
          with: {moment: "${{ scheduled_for | days(2) }}"}
        - uses: wait.until
          with: {length: 1 day 2 hours}
        """,
    "the first of what was selected, under the same condition": """
        - {id: sessions, uses: practice.sessions}
        - uses: value.set
          when: steps.sessions.items | select('status', 'attended')
          with: {a: "${{ (steps.sessions.items | select('status', 'attended') | first).client.id }}"}
        """,
    "a field of an item that may not be there": """
        - {id: sessions, uses: practice.sessions}
        - uses: value.set
          with: {a: "${{ steps.sessions.items[0].client.initials | default('nobody') }}"}
        """,
    "the end of a month compared with today": """
        - uses: value.set
          when: (inputs.month | end) < (now | date)
          with: {a: 1}
        """,
    "days between two dates compared with a number": """
        - uses: value.set
          when: ((now | date) - (inputs.month | start)).days > 14
          with: {a: 1}
        """,
    "a weekday among others": """
        - uses: value.set
          when: scheduled_for.weekday in ['Monday', 'Tuesday']
          with: {a: 1}
        """,
    "filters one after another, handed on": """
        - {id: sessions, uses: practice.sessions}
        - uses: practice.sessions
          with: {client_ids: "${{ steps.sessions.items | select('status', 'attended') | map('client.id') | unique | sort }}"}
        """,
    "a mapping asked for a key that is not known": """
        - {id: agenda, uses: calendar.agenda}
        - uses: value.set
          with: {a: "${{ steps.agenda.monday | length }}"}
        """,
    "a mapping asked for a computed key": """
        - {id: sessions, uses: practice.sessions}
        - {id: d, uses: billing.draft, with: {sessions: "${{ steps.sessions.items }}"}}
        - for_each: steps.sessions.items
          uses: value.set
          with: {a: "${{ steps.d.by_client[item.client.id] | default('none') }}"}
        """,
    "what may be nothing, where nothing may be given": """
        - {id: sessions, uses: practice.sessions}
        - for_each: steps.sessions.items
          uses: practice.sessions
          with: {start: "${{ item.client.date_of_birth }}"}
        """,
    "a record's date, once it is not null": """
        - {id: sessions, uses: practice.sessions}
        - for_each: steps.sessions.items
          steps:
            - uses: value.set
              when: item.client.date_of_birth != null
              with: {y: "${{ item.client.date_of_birth.year }}"}
        """,
    "a refusal and an approval, each with its steps": """
        - id: ok
          uses: person.approve
          with: {title: Go}
          on_decline: continue
        - uses: value.set
          when: not steps.ok.approved
          with: {a: "${{ steps.ok.note }}"}
        - uses: value.set
          when: steps.ok.approved
          with: {a: "${{ steps.ok.by }}"}
        """,
    "a number between two others": """
        - {id: sessions, uses: practice.sessions}
        - uses: value.set
          when: 0 < steps.sessions.total_minutes <= 600
          with: {a: 1}
        """,
    "a value whose name has a hyphen": """
        - {id: v, uses: value.set, with: {x-y: 1}}
        - uses: value.set
          with: {a: "${{ steps.v['x-y'] }}"}
        """,
    "a step of a skipped group, with a default, added to": """
        - id: g
          when: inputs.month
          steps:
            - {id: inner, uses: value.set, with: {a: 1}}
        - uses: value.set
          with: {a: "${{ steps.inner.a | default(0) + 1 }}"}
        """,
    "rounds that failed, left out of the list": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - id: pdfs
          for_each: steps.issued.invoices
          uses: billing.render
          with: {invoice: "${{ item.number }}"}
          on_error: continue
        - uses: value.set
          with: {a: "${{ steps.pdfs | select('path') | map('path') }}"}
        """,
    "a branch of two steps beside one": """
        - parallel:
            - {id: a, uses: practice.sessions}
            - steps:
                - {id: b, uses: value.set, with: {n: 1}}
                - {id: c, uses: value.set, with: {n: "${{ steps.b.n + 1 }}"}}
        - uses: value.set
          with: {a: "${{ steps.a.total_minutes + steps.c.n }}"}
        """,
    "a called routine that may have failed": """
        - id: billing
          routine: monthly-billing
          inputs: {month: "${{ inputs.month }}"}
          on_error: continue
        - uses: value.set
          with: {a: "${{ steps.billing.state | default('failed') }}"}
        """,
    "a length of time that a step named": """
        - {id: v, uses: value.set, with: {pause: 2 hours}}
        - uses: wait.until
          with: {length: "${{ steps.v.pause }}"}
        """,
    "a form of every kind, and its answers used": """
        - id: asked
          uses: person.ask
          with:
            title: How
            fields:
              n: {type: number, default: 1.5}
              d: {type: date}
              b: boolean
        - uses: value.set
          when: steps.asked.b and steps.asked.d < (now | date)
          with: {a: "${{ steps.asked.n * 2 }}", d: "${{ steps.asked.d | days(1) }}"}
        """,
    "letters of other languages": """
        - uses: value.set
          with: {grüße: "Grüße aus ${{ practice.name }} 👋"}
        """,
    "braces and dollars that are text": """
        - uses: value.set
          with: {a: "costs $5 {not an expr} $ { } {{ }}"}
        """,
    "the latest of dates, written out": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - uses: value.set
          when: steps.issued.invoices
          with: {a: "${{ (steps.issued.invoices | max('issued_on')) | date('long') }}"}
        """,
    "the first of the largest": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - uses: value.set
          with: {a: "${{ steps.issued.invoices | sort('total', true) | map('number') | first | default('none') }}"}
        """,
    "the licences, and how long they hold": """
        - for_each: practice.clinician.licences
          as: licence
          steps:
            - uses: value.set
              when: licence.expires and licence.expires < (now | date | days(90))
              with: {a: "${{ licence.expires - (now | date) }}"}
        """,
    "a mapping and a list written in an expression": """
        - uses: value.set
          with: {a: "${{ {'x': 1}['x'] }}", b: "${{ [inputs.month, 'b'] | join('/') }}"}
        """,
    "an item by its number after a dot": """
        - {id: sessions, uses: practice.sessions}
        - uses: value.set
          with: {a: "${{ steps.sessions.items.0.id }}"}
        """,
    "a comparison denied": """
        - {id: sessions, uses: practice.sessions}
        - uses: value.set
          when: not steps.sessions.total_minutes > 5
          with: {a: 1}
        """,
}

STEPS |= {
    "a record that is there where it is used": """
        - {id: drafts, uses: billing.draft, with: {sessions: []}}
        - {uses: person.approve, with: {title: Send?}}
        - uses: email.send
          when: steps.drafts.first and inputs.month
          with: {to: a@example.com, values: "${{ steps.drafts.first }}"}
        - uses: email.send
          with: {to: a@example.com, values: "${{ steps.drafts.first | default({}) }}"}
        - uses: run.fail
          when: not (steps.drafts.first)
          with: {reason: nothing to send}
        - uses: email.send
          with: {to: a@example.com, values: "${{ steps.drafts.first }}"}
        """,
    "a skipped step without which the run has ended": """
        - {id: sessions, uses: practice.sessions, when: inputs.month}
        - uses: run.fail
          when: not inputs.month
          with: {reason: which month?}
        - uses: value.set
          with: {a: "${{ steps.sessions.items }}"}
        """,
    "items that were selected": """
        - {id: sessions, uses: practice.sessions}
        - for_each: steps.sessions.items | select('client.date_of_birth')
          as: session
          uses: calendar.agenda
          with: {day: "${{ session.client.date_of_birth }}"}
        """,
    "arithmetic with amounts and counts": """
        - {id: sessions, uses: practice.sessions}
        - {id: drafts, uses: billing.draft, with: {sessions: "${{ steps.sessions.items }}"}}
        - uses: value.set
          when: steps.drafts.total > 100 and steps.sessions.total_minutes // 60 >= 1
          with:
            a: ${{ steps.drafts.invoices | sum('total') / 2 + 1.50 }}
            b: ${{ steps.sessions.items | sum('minutes') * 2 - 1 }}
            c: ${{ -steps.drafts.total }}
            d: ${{ steps.drafts.total | round(2) | abs | money('EUR') }}
        """,
    "arithmetic with time": """
        - {id: issued, uses: billing.issue, with: {drafts: [D-1]}}
        - for_each: steps.issued.invoices
          as: invoice
          steps:
            - uses: value.set
              when: invoice.issued_on < (now | date) and ((now | date) - invoice.issued_on).days > 30
              with:
                a: ${{ invoice.issued_on | days(14) }} ${{ now | time('12') }}
                b: ${{ (inputs.month | end) - (inputs.month | start) }}
                c: ${{ now - scheduled_for }}
        """,
    "a month compared with a month": """
        - uses: value.set
          when: inputs.month == (scheduled_for | month) or inputs.month in ['2026-11', '2026-12']
        """,
    "a word compared in every way": """
        - {id: sessions, uses: practice.sessions}
        - for_each: steps.sessions.items | select('status', 'attended') | reject('client.email', '')
          as: session
          steps:
            - uses: value.set
              when: session.status in ['attended', 'no_show'] and session.status != 'cancelled'
              with: {a: "${{ session.client.email }}"}
        """,
    "something looked for in text, a list and a mapping": """
        - {id: issued, uses: billing.issue, with: {drafts: [D-1]}}
        - {id: drafts, uses: billing.draft, with: {sessions: []}}
        - uses: value.set
          when: >-
            'A-1' in steps.issued.numbers and 'C-1' in steps.drafts.by_client
            and 'due' in steps.drafts.summary
        """,
    "either of two kinds, one of which fits": """
        - {id: issued, uses: billing.issue, with: {drafts: [D-1]}}
        - uses: billing.render
          with:
            invoice: ${{ steps.issued.numbers | first if steps.issued.numbers else 12 }}
        - uses: billing.issue
          with: {drafts: "${{ steps.issued.numbers or ['D-1'] }}"}
        """,
    "lists put together": """
        - {id: issued, uses: billing.issue, with: {drafts: [D-1]}}
        - uses: billing.issue
          with: {drafts: "${{ steps.issued.numbers + ['D-9'] }}"}
        - for_each: "[steps.issued.numbers | first, 'A-2'] | unique | sort"
          uses: billing.render
          with: {invoice: "${{ item }}"}
        """,
    "values that are text inside text": """
        - {id: sessions, uses: practice.sessions}
        - uses: email.notify_me
          with:
            subject: ${{ steps.sessions.total_minutes }} min, ${{ now | date }}, ${{ now.weekday | upper }}
            body: >-
              ${{ steps.sessions.items | join(', ', 'client.initials') }}
              ${{ steps.sessions.items | lines('id') }}
              ${{ steps.sessions.items | plural('session') }}
        """,
    "fields of items in filters": """
        - {id: sessions, uses: practice.sessions}
        - uses: value.set
          with:
            first: ${{ (steps.sessions.items | first).client.initials }}
            last: ${{ steps.sessions.items | map('start') | max | date('long') }}
            days: ${{ steps.sessions.items | map('client.date_of_birth') | unique | length }}
        """,
    "a choice handed on": """
        - id: asked
          uses: person.ask
          with: {title: Which, fields: {books: {type: choice, choices: [csv, hledger]}}}
        - uses: billing.export
          with: {format: "${{ steps.asked.books }}"}
        - uses: billing.export
          with: {format: "${{ 'csv' if now.day > 15 else steps.asked.books | lower }}"}
        """,
    "a run that fails under a condition, and goes on": """
        - uses: run.fail
          when: now.hour > 20
          with: {reason: too late}
        - uses: run.fail
          with: {reason: never mind}
          on_error: continue
        - steps:
            - uses: run.fail
              with: {reason: handled}
          on_error:
            - uses: value.set
        - uses: value.set
        - uses: run.fail
          with: {reason: the end}
        """,
    "a loop that fails in its rounds": """
        - for_each: "['a']"
          as: word
          steps:
            - uses: run.fail
              with: {reason: "${{ word }}"}
          on_error: continue
        - uses: value.set
        """,
    "branches of which one fails": """
        - parallel:
            - steps:
                - uses: value.set
                - uses: run.fail
                  with: {reason: one of them}
            - uses: value.set
          on_error: continue
        - uses: value.set
        """,
    "files of their own in each round": """
        - {id: sessions, uses: practice.sessions}
        - for_each: steps.sessions.items
          as: session
          steps:
            - {id: name, uses: value.set, with: {file: "${{ session.id | slug }}"}}
            - uses: file.write
              with: {path: "a/${{ steps.name.file }}.md", text: a}
            - uses: file.write
              with: {path: "b/${{ session.id }}.md", text: b}
            - uses: file.write
              when: session.client.email
              with: {path: last.md, text: "${{ session.id }}"}
        """,
    "a refusal that decides": """
        - id: review
          uses: person.approve
          with: {title: Send?, remind_every: 1 day, expires_in: 14 days}
          on_decline: continue
        - when: steps.review.approved and inputs.month
          steps:
            - uses: email.send
              with: {to: a@example.com}
        - uses: value.set
          when: not steps.review.approved
        """,
    "conditions that look alike": """
        - when: inputs.month == '2026-11'
          steps:
            - uses: value.set
              when: not (inputs.month == '2026-10')
        - when: not inputs.month
          steps:
            - uses: value.set
              when: not (inputs.month and now.hour > 8)
        """,
    "an empty list that is filled in": """
        - {id: sessions, uses: practice.sessions, when: inputs.month}
        - for_each: steps.sessions.items | default([])
          as: session
          uses: value.set
          with: {a: "${{ session.id }}"}
        """,
    "names shown in the history": """
        - uses: value.set
          name: What was looked at
          with: {month: "${{ inputs.month }}"}
        - id: kept
          name: For the record
          uses: value.set
          with: {a: 1}
        """,
    "limits within the routine's": """
        - uses: practice.sessions
          timeout: 5 minutes
          retry: {attempts: 2}
        - uses: person.ask
          with: {title: Which, fields: {day: date}, remind_every: 12 h, expires_in: 1 day}
        """,
}

TRIGGERS = """\
- {id: first, cron: 0 9 1 * *, timezone: Europe/Berlin, dst_gap: skip, dst_overlap: both}
- {cron: 30 6 * * 1-5, if_missed: {run_within: 3 hours}, jitter: 5 minutes}
- {cron: 0 9 1 * mon, day_match: all}
- {cron: "@daily", if_missed: run_all, max: 5}
- {cron: 0 9 * * 5#2}
- {cron: 0 17 L * *, skip_on: [weekend, public_holiday, time_off], shift: previous_open_day}
- {cron: "*/15 8-18 * * mon-fri"}
- {cron: 0 9 29 2 *}
- {every: 15 minutes, overlap: queue_one}
- {before: session, offset: 24 hours}
- {before: session, offset: 1 hour}
- {after: calendar.session}
- {file: "bank/*.csv"}
- {routine: monthly-billing, on: [done, done_with_failures]}
- {routine: weekly-review, on: failed}
"""

ROUTINES = {
    "monthly-billing": check_routine(
        document.read(MONTHLY_BILLING, file="monthly-billing.yaml"), CATALOGUE
    ).routine,
    "weekly-review": RoutineHead("weekly-review", None),
}


def _in_routine(block: str) -> str:
    head = "routine: under-test\ninputs:\n  month: {type: month, default: 2026-11}\nsteps:\n"
    return head + indent(dedent(block).strip("\n"), "  ") + "\n"


def _check(text: str, **more):
    return check_routine(document.read(text, file="under-test.yaml"), CATALOGUE, **more)


CORRECT = [pytest.param(_in_routine(block), id=name) for name, block in STEPS.items()]


@pytest.mark.parametrize("text", CORRECT)
def test_a_correct_routine_has_no_problems(text):
    checked = _check(text, routines=ROUTINES, file_stem="under-test")

    assert checked.problems == ()
    assert checked.routine is not None


@pytest.mark.parametrize("text", CORRECT)
def test_an_editor_finds_nothing_wrong_with_a_correct_routine(text):
    schema = compose.routine_schema(CATALOGUE)
    plain = document.plain(document.read(text, file="under-test.yaml").root)

    errors = [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(plain)]

    assert errors == []


def test_there_are_enough_correct_routines():
    assert len(CORRECT) >= 50


# Advice -------------------------------------------------------------------------------------------

ADVICE = {
    "an input": (
        (
            "inputs: {day: date, month: {type: month, default: 2026-11}}\n"
            "steps: [{uses: value.set, with: {a: '${{ inputs.month }}'}}]\n"
        ),
        [(2, 10, "unused-input")],
    ),
    "an id of a step that only reads": (
        "steps: [{id: sessions, uses: practice.sessions}]\n",
        [(2, 14, "unused-id")],
    ),
    "a loop's item": (
        "steps: [{for_each: '[1, 2]', as: n, uses: billing.render, with: {invoice: a}}]\n",
        [(2, 10, "unused-item")],
    ),
    "an approval that is looked at for nothing": (
        (
            "steps:\n"
            "- {id: ok, uses: person.approve, with: {title: a}}\n"
            "- {uses: value.set, when: steps.ok.approved}\n"
        ),
        [(4, 27, "always-true")],
    ),
    "ids in a block that is used whole": (
        (
            "steps:\n"
            "- id: all\n  steps: [{id: sessions, uses: practice.sessions}]\n"
            "- {uses: value.set, with: {a: '${{ steps.all.sessions.items }}'}}\n"
        ),
        [],
    ),
    "ids of what acts": (
        (
            "steps:\n"
            "- {id: ok, uses: person.approve, with: {title: a}}\n"
            "- {id: out, uses: billing.render, with: {invoice: a}}\n"
            "- {id: pause, uses: wait.until, with: {length: 1 h}}\n"
        ),
        [],
    ),
    "everything at once": (
        "inputs: {day: date}\nsteps:\n- {uses: value.set, with: {a: '${{ inputs }}'}}\n",
        [],
    ),
    "nothing while there are errors": (
        "inputs: {day: date}\nsteps: [{uses: value.sett}]\n",
        [],
    ),
}


@pytest.mark.parametrize("name", ADVICE)
def test_advice_is_given_on_what_nothing_uses(name):
    text, expected = ADVICE[name]

    checked = _check(f"routine: a\n{text}")

    assert [(one.mark.line, one.mark.column, one.code) for one in checked.advice] == expected
    assert {one.severity for one in checked.advice} <= {"advice"}
    assert all(one.hint for one in checked.advice)


def test_advice_is_no_problem():
    checked = _check("routine: a\ninputs: {day: date}\nsteps: [{uses: value.set}]\n")

    assert checked.problems == ()
    assert checked.routine is not None
    assert checked.advice != ()


def test_the_example_of_the_manual_is_clean():
    checked = _check(MONTHLY_BILLING, routines={}, file_stem="monthly-billing")

    assert checked.problems == ()


def test_every_kind_of_trigger_is_read():
    text = "routine: a\nsteps:\n  - uses: value.set\ntriggers:\n" + indent(TRIGGERS, "  ")

    checked = _check(text, routines=ROUTINES)

    assert checked.problems == ()
    triggers = checked.routine.triggers
    assert [one.kind for one in triggers] == [
        *["cron"] * 8, "every", "before", "before", "after", "file", "routine", "routine",
    ]  # fmt: skip
    assert triggers[0].id == "first"
    assert triggers[1].if_missed == "run_within"
    assert triggers[1].run_within == timedelta(hours=3)
    assert triggers[3].max_missed == 5
    assert triggers[5].skip_on == ("weekend", "public_holiday", "time_off")
    assert triggers[8].every == timedelta(minutes=15)
    assert triggers[9].offset == timedelta(hours=24)
    assert triggers[13].on == ("done", "done_with_failures")
    assert triggers[14].on == ("failed",)
    assert len({one.id for one in triggers}) == len(triggers)


def test_a_triggers_id_outlives_an_edit_of_something_else():
    before = _check("routine: a\ntriggers: [{cron: 0 9 1 * *}]\nsteps: [{uses: value.set}]\n")
    after = _check(
        "routine: a\ntitle: New\ntriggers:\n- {every: 1 hour}\n"
        "- {cron: '0 9  1 * *', if_missed: ask}\nsteps: [{uses: value.set}]\n"
    )

    assert before.routine.triggers[0].id == after.routine.triggers[1].id


def test_defaults_are_filled_in():
    routine = _check(
        "routine: a\nsteps:\n  - uses: value.set\n  - steps:\n    - uses: run.fail\n      with: {reason: x}\n"
    ).routine

    first, second = routine.steps
    assert (routine.title, routine.enabled, routine.overlap) == ("", True, "skip")
    assert (first.key, first.on_error, first.on_decline) == ("1-value-set", "fail", "stop")
    assert (second.key, second.steps[0].key) == ("2-group", "1-run-fail")
    assert first.retry is None


def test_steps_without_an_id_are_named_by_place_and_kind():
    text = """
        - uses: value.set
        - id: named
          for_each: "[1]"
          uses: value.set
        - for_each: "[1]"
          steps: [{uses: value.set}]
        - for_each: "[1]"
          uses: value.set
        - parallel: [{uses: value.set}]
        - routine: monthly-billing
        """

    routine = _check(_in_routine(text)).routine

    assert [step.key for step in routine.steps] == [
        "1-value-set", "named", "3-for_each", "4-value-set", "5-parallel", "6-routine",
    ]  # fmt: skip


def test_everything_a_step_says_is_kept():
    text = """
        - id: all
          name: All of it
          for_each: "['C-1', 'C-2']"
          as: number
          max_parallel: 3
          when: inputs.month
          uses: practice.sessions
          with: {least: 5, client_ids: ["${{ number }}"]}
          retry: {attempts: 4, max: 2 minutes, jitter: false, on: [timeout]}
          timeout: 90 seconds
          on_error: continue
        """

    step = _check(_in_routine(text)).routine.steps[0]

    assert (step.id, step.name, step.when) == ("all", "All of it", "inputs.month")
    assert (step.loop.items, step.loop.name, step.loop.max_parallel) == (
        "['C-1', 'C-2']",
        "number",
        3,
    )
    assert step.arguments == {"least": 5, "client_ids": ["${{ number }}"]}
    assert step.retry == Retry(
        attempts=4, longest=timedelta(minutes=2), jitter=False, on=("timeout",)
    )
    assert step.timeout == timedelta(seconds=90)
    assert step.on_error == "continue"


def test_a_warning_does_not_stop_a_routine():
    checked = _check(_in_routine("- {uses: email.send, with: {to: a@example.com}}"))

    assert [problem.severity for problem in checked.problems] == ["warning"]
    assert checked.routine is not None


def test_a_missing_plugin_is_named_for_the_quarantine():
    checked = _check(_in_routine("- uses: quickbooks.sync\n- uses: faxing.send"))

    assert checked.missing == ("quickbooks", "faxing")
    assert checked.routine is None


def test_calls_are_not_judged_where_other_routines_are_not_known():
    checked = _check(_in_routine("- routine: elsewhere"))

    assert checked.problems == ()


def test_a_leap_day_comes_within_eight_years_of_today():
    text = "routine: a\ntriggers: [{cron: 0 9 29 2 *}]\nsteps: [{uses: value.set}]\n"

    assert _check(text, today=date(2097, 1, 1)).problems == ()


# Settings -----------------------------------------------------------------------------------------

PRACTICE = """\
practice:
  name: Lakeside Counseling
  address: {street: 12 Lake Road, city: Albany, region: NY, postcode: 12207}
  phone: 518-555-0100
  email: office@lakeside.example
  website: https://lakeside.example
  tax_id: 12-3456789
clinician:
  name: Jane Doe
  credentials: LCSW
  email: jane@lakeside.example
  npi: 1234567893
  taxonomy: 1041C0700X
  licences:
    - {type: LCSW, region: NY, number: 081234, issued: 2015-06-01, expires: 2027-05-31}
  supervisor: {name: Joan Roe, licence: LCSW 000001, npi: "1234567893"}
timezone: America/New_York
currency: USD
language: en_US
storage:
  url: postgresql://practice@db.example.com/practice
  key: {keyring: dayhand/practice}
  password: {env: DATABASE_PASSWORD}
notify: [email, {command: [notify-send, dayhand]}]
email:
  sender: office@lakeside.example
  smtp: {host: mail.example.com, port: 587, password: {env: SMTP_PASSWORD}}
billing:
"""


def test_full_settings_are_read():
    checked = check_practice(document.read(PRACTICE, file="practice.yaml"), CATALOGUE)

    assert checked.problems == ()
    assert checked.info.address.postcode == "12207"
    assert checked.info.clinician.npi == "1234567893"
    assert checked.info.clinician.licences[0].expires == date(2027, 5, 31)
    assert checked.info.clinician.supervisor["name"] == "Joan Roe"
    assert checked.storage == Storage(
        "postgresql://practice@db.example.com/practice",
        key=SecretRef("keyring", "dayhand/practice"),
        password=SecretRef("env", "DATABASE_PASSWORD"),
    )
    assert checked.notify == ("email", {"command": ["notify-send", "dayhand"]})
    assert checked.sections["email"]["smtp"]["port"] == 587
    assert checked.sections["billing"] == {}


def test_an_address_is_one_of_a_server_in_its_short_form_too():
    text = "practice: {name: A}\nclinician: {name: B}\ntimezone: UTC\n"
    text += "storage: postgres://me@db.example.com/practice\n"

    checked = check_practice(document.read(text, file="practice.yaml"), CATALOGUE)

    assert checked.storage.url == "postgresql://me@db.example.com/practice"


def test_an_editor_finds_nothing_wrong_with_full_settings():
    schema = compose.practice_schema(CATALOGUE)
    plain = document.plain(document.read(PRACTICE, file="practice.yaml").root)
    del plain["billing"]

    assert list(jsonschema.Draft202012Validator(schema).iter_errors(plain)) == []


def test_the_least_settings_have_defaults():
    text = "practice: {name: A}\nclinician: {name: B}\ntimezone: UTC\n"

    checked = check_practice(document.read(text, file="practice.yaml"), CATALOGUE)

    assert checked.problems == ()
    assert (checked.info.currency, checked.info.language) == ("USD", "en_US")
    assert checked.info.address.country == "US"
    assert checked.storage == Storage("sqlite", encrypted=True, key=None)


def test_a_wrong_section_leaves_who_the_practice_is():
    text = "practice: {name: A}\nclinician: {name: B}\ntimezone: UTC\nemail: {smpt: {}}\n"

    checked = check_practice(document.read(text, file="practice.yaml"), CATALOGUE)

    assert [problem.code for problem in checked.problems] == ["unknown-key"]
    assert checked.info is not None
    assert checked.sections["email"] == {"smpt": {}}


# Whatever is written ------------------------------------------------------------------------------

_KEYS = st.sampled_from([
    "routine", "steps", "uses", "with", "when", "for_each", "as", "id", "parallel", "on_error",
    "retry", "timeout", "triggers", "cron", "every", "inputs", "type", "default", "choices",
    "finally", "on_failure", "concurrency", "overlap", "if_missed", "skip_on", "shift", "month",
    "fields", "title", "path", "text", "practice", "clinician", "timezone", "storage", "email",
    "smtp", "password", "licences", "notify", "x", "drafts", "sessions", "retry", "on", "max",
])  # fmt: skip
_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=8),
    st.sampled_from([
        "value.set", "email.send", "person.ask", "billing.issue", "0 9 1 * *", "2 days", "a-b",
        "${{ steps.a.b }}", "${{ item }} x", "${{", "steps.a", "date", "choice", "run_all", "a",
        "1/0 * * * *", "${{ a | b }}", "2026-11", "America/New_York", "sqlite", "continue",
    ]),
)  # fmt: skip
_TREES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_KEYS, inner, max_size=4)),
    max_leaves=25,
)


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(_KEYS, _TREES, max_size=6))
def test_no_tree_makes_the_check_fail(tree):
    text = json.dumps(tree, ensure_ascii=True)

    for check in (check_routine, check_practice):
        checked = check(document.read(text, file="any.yaml"), CATALOGUE)
        assert list(checked.problems) == sorted(
            checked.problems, key=lambda one: (one.mark.line, one.mark.column, one.code)
        )


_STEP_TREES = st.fixed_dictionaries(
    {"uses": st.sampled_from(sorted(CATALOGUE.steps))},
    optional={
        "id": st.sampled_from(["a", "b", "Item", "inputs"]),
        "with": st.dictionaries(_KEYS, _TREES, max_size=3),
        "when": _SCALARS,
        "for_each": _SCALARS,
        "on_error": _TREES,
    },
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_STEP_TREES, min_size=1, max_size=4), _TREES)
def test_no_step_makes_the_check_fail(steps, more):
    tree = {"routine": "a", "steps": [*steps, {"steps": more}, {"parallel": steps}]}

    check_routine(document.read(json.dumps(tree), file="a.yaml"), CATALOGUE, routines={})


def test_three_hundred_steps_are_checked_quickly(capsys):
    step = (
        "  - id: step_{0}\n    uses: file.write\n    when: inputs.month\n"
        "    with: {{path: 'a{0}.md', text: 'no {0}'}}\n"
    )
    text = _in_routine("").removesuffix("\n") + "\n" + "".join(step.format(n) for n in range(300))
    read = document.read(text, file="a.yaml")
    check_routine(read, CATALOGUE)
    begun = time.perf_counter()

    checked = check_routine(read, CATALOGUE)

    with capsys.disabled():
        print(f" 300 steps: {(time.perf_counter() - begun) * 1000:.1f} ms ", end="")
    assert checked.problems == ()
