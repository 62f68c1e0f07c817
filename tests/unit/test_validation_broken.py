"""Broken routines and settings, each as a text a user would write.

A comment below a line says what is found in it: the `^` stands under the first character of the
wrong word, and after the code is the hint. Where the comment itself begins there, it is written without
a space: `#^ missing-key`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from textwrap import dedent, indent

import jsonschema
import pytest

from dayhand import document
from dayhand.catalogue import BUILT_IN, Catalogue, PluginSpec, SectionSpec, StepSpec
from dayhand.validation import compose
from dayhand.validation.practice import check_practice
from dayhand.validation.routine import RoutineHead, check_routine

_DATA = json.loads((Path(__file__).parent / "broken_routines" / "catalogue.json").read_text())
CATALOGUE = Catalogue(
    {spec.name: spec for spec in (*BUILT_IN, *(StepSpec(**one) for one in _DATA["steps"]))},
    plugins=tuple(PluginSpec(**one) for one in _DATA["plugins"]),
    sections={one["name"]: SectionSpec(**one) for one in _DATA["sections"]},
)
_MARKER = re.compile(r"^\s*(?P<own>#)(?:\^|\s+(?P<caret>\^)) (?P<code>[a-z-]+)(?:: (?P<hint>.+))?$")

STEPS = {
    "an unknown step": """
        - uses: email.sned
          #     ^ unknown-step: did you mean 'email.send'? there are: email.send, email.notify_me
          with: {to: a@example.com}
        """,
    "an unknown step of a known plugin": """
        - uses: billing.drafts
          #     ^ unknown-step: did you mean 'billing.draft'? there are: billing.draft, billing.issue, billing.render, billing.export
        """,
    "a plugin's name misspelt": """
        - uses: emial.notify_me
          #     ^ unknown-step: did you mean 'email.notify_me'?
        """,
    "a step without a plugin": """
        - uses: send
          #     ^ unknown-step: a step has two parts, such as 'email.send'; 'dayhand steps' lists them
        """,
    "a plugin that is not installed": """
        - uses: faxing.send_page
          #     ^ unknown-plugin: install the plugin that brings it; 'dayhand steps' lists what there is
        """,
    "a plugin that was left out": """
        - uses: quickbooks.sync
          #     ^ plugin-left-out: pip install 'dayhand-quickbooks[all]'
        """,
    "a key misspelt": """
        - use: file.write
          #^ unknown-key: did you mean 'uses'? there are: id, name, uses, with, when, for_each, as, max_parallel, retry, timeout, on_error, on_decline, … (4 more)
          with: {path: a.md, text: b}
        """,
    "a step that is only a name": """
        - file.write
        # ^ wrong-type: write '- uses: file.write'
        """,
    "a step that says nothing": """
        - id: nothing
        # ^ missing-key: add 'uses:' with a step's name, or 'steps:', 'parallel:', 'routine:'
        """,
    "two kinds of step in one": """
        - uses: value.set
          parallel:
          #^ conflicting-keys: make two steps of it
            - uses: value.set
        """,
    "no steps in a group": """
        - steps: []
          #      ^ empty: write a value or remove the key
        """,
    "an input misspelt": """
        - uses: file.write
          with: {paht: a.md, text: b}
          #      ^ unknown-input: did you mean 'path'? it takes: path, text
        """,
    "an input that is missing": """
        - uses: file.write
          #     ^ missing-input: add 'text:' under 'with' (what stands in it)
          with: {path: a.md}
        """,
    "all inputs missing": """
        - uses: billing.issue
          #     ^ missing-input: add 'drafts:' under 'with' (the ids of the drafts)
        """,
    "a literal number where text is wanted": """
        - uses: file.write
          with: {path: a.md, text: 2026}
          #                        ^ wrong-type: put it in quotes: "2026"
        """,
    "text where a list is wanted": """
        - uses: billing.issue
          with: {drafts: D-1}
          #              ^ wrong-type: write [D-1], or one '- …' for each item
        """,
    "a wrong item in a list": """
        - uses: billing.issue
          with: {drafts: [D-1, 5, D-3]}
          #                    ^ wrong-type: put it in quotes: "5"
        """,
    "a choice that there is not": """
        - uses: billing.export
          with: {format: beancuont}
          #              ^ wrong-value: did you mean 'beancount'? it can be: beancount, hledger, csv
        """,
    "a word for true": """
        - uses: practice.sessions
          with: {billed: no}
          #              ^ wrong-type: write true or false
        """,
    "a month that there is not": """
        - uses: practice.sessions
          with: {month: 2026-13}
          #             ^ bad-date: write it as 2026-11
        """,
    "a date the other way round": """
        - uses: practice.sessions
          with: {start: 01.11.2026}
          #             ^ bad-date: write it as 2026-11-01
        """,
    "a length without a unit": """
        - uses: wait.until
          with: {length: "20"}
          #              ^ bad-duration: write it as '20 minutes' or '14 days'
        """,
    "a length that is a number": """
        - uses: wait.until
          with: {length: 20}
          #              ^ wrong-type: put it in quotes: "20"
        """,
    "a wait for nothing": """
        - uses: wait.until
          #     ^ missing-input: add 'length: 2 hours', for example
        """,
    "a wait for two things": """
        - uses: wait.until
          with: {moment: 2026-11-01, length: 2 hours}
          #                          ^ conflicting-keys: keep one
        """,
    "a file outside out": """
        - uses: file.write
          with: {path: ../notes.md, text: a}
          #            ^ bad-path: write it relative to out/, such as 'letters/a.md'
        """,
    "a value in a nested input": """
        - uses: billing.draft
          with:
            sessions:
              - {id: S-1, client: {id: C-1}, start: 2026-11-01T09:00, minutes: 50, status: helt}
              #                                                                            ^ wrong-value: it can be: scheduled, attended, no_show, cancelled
        """,
    "a key missing in a nested input": """
        - uses: billing.draft
          with:
            sessions:
              - {id: S-1, client: {id: C-1}, start: 2026-11-01T09:00, status: attended}
              # ^ missing-key: add 'minutes:'
        """,
    "an empty input": """
        - uses: file.write
          with:
            path:
            #    ^ empty: write a value or remove the key
            text: a
        """,
    "an expression in braces without quotes": """
        - uses: billing.issue
          with: {drafts: ${{ steps.x }}}
          #               ^ yaml-syntax: put it in double quotes: "${{ … }}"
        """,
    "a form's field of an unknown type": """
        - uses: person.ask
          with: {title: Which, fields: {day: datum}}
          #                                  ^ wrong-value: did you mean 'date'? it can be: text, number, integer, boolean, date, choice
        """,
    "a choice in a form without choices": """
        - uses: person.ask
          with: {title: Which, fields: {day: choice}}
          #                                  ^ missing-key: write 'day: {type: choice, choices: [a, b]}'
        """,
    "an id with a hyphen": """
        - id: my-step
          #   ^ bad-name: lower-case letters, digits and '_', beginning with a letter
          uses: value.set
        """,
    "an id that is a name already": """
        - id: steps
          #   ^ reserved-name: choose another name
          uses: value.set
        """,
    "an id taken twice": """
        - {id: one, uses: value.set}
        - {id: one, uses: value.set}
        #      ^ duplicate-id: choose another one
        """,
    "an id in a loop that is taken outside": """
        - {id: one, uses: value.set}
        - for_each: "[1]"
          steps:
            - {id: one, uses: value.set}
            #      ^ duplicate-id: choose another one
        """,
    "a loop's item named as another's": """
        - for_each: "[1]"
          as: client
          steps:
            - for_each: "[2]"
              as: client
              #   ^ reserved-name: name the inner one with 'as'
              steps:
                - uses: value.set
        """,
    "an item without a loop": """
        - uses: value.set
          as: item
          #^ key-does-not-apply: remove it, or add 'for_each'
        """,
    "with beside a group": """
        - steps:
            - uses: value.set
          with: {a: 1}
          #^ key-does-not-apply: remove it, or add 'uses'
        """,
    "a decline where nobody is asked": """
        - uses: value.set
          on_decline: continue
          #^ key-does-not-apply: it belongs to person.approve
        """,
    "a wrong word for errors": """
        - uses: value.set
          on_error: contine
          #         ^ wrong-value: did you mean 'continue'? it can be: fail, continue
        """,
    "a problem in an error handler": """
        - uses: value.set
          on_error:
            - uses: file.wrte
              #     ^ unknown-step: did you mean 'file.write'? there are: file.write
        """,
    "too many attempts": """
        - uses: practice.sessions
          retry: {attempts: 1000}
          #                 ^ wrong-value
        """,
    "a pause misspelt": """
        - uses: practice.sessions
          retry: {frist: 2 seconds}
          #       ^ unknown-key: did you mean 'first'? there are: attempts, backoff, first, max, jitter, on
        """,
    "a time limit that is none": """
        - uses: practice.sessions
          timeout: soon
          #        ^ bad-duration: write it as '20 minutes' or '14 days'
        """,
    "an expression that stops": """
        - uses: value.set
          with:
            a: ${{ inputs.month + }}
            #                   ^ expression-syntax
        """,
    "an expression that is not closed": """
        - uses: value.set
          with:
            a: To ${{ inputs.month
            #     ^ expression-unclosed: close it with '}}'
        """,
    "a call": """
        - uses: value.set
          with:
            a: ${{ inputs.month.upper() }}
            #                        ^ expression-not-allowed: a filter may do it:  inputs.month | upper
        """,
    "a filter that there is not": """
        - uses: value.set
          with:
            a: ${{ inputs.month | uper }}
            #                     ^ unknown-filter: did you mean 'upper'?
        """,
    "braces in a bare expression": """
        - uses: value.set
          when: ${{ inputs.month }}
          #     ^ expression-syntax: leave out '${{ }}': this is an expression already
        """,
    "two wrong expressions in one text": """
        - uses: value.set
          with:
            a: ${{ inputs.mont }} and ${{ monthh }}
            #             ^ unknown-input: did you mean 'month'? it has: month
            #                             ^ unknown-name: did you mean 'inputs.month'?
        """,
    "a name from nowhere": """
        - uses: value.set
          with:
            a: ${{ today }}
            #      ^ unknown-name: there are: inputs, practice, run, scheduled_for, now, steps
        """,
    "a wrong expression in a folded text": """
        - uses: value.set
          with:
            a: >
              Hello, this is
              for ${{ practice.nam }}
              #                ^ unknown-output: did you mean 'name'? it has: name, timezone, currency, clinician, address, phone, email, website, tax_id, npi, language
        """,
    "an id from nowhere": """
        - {id: sessions, uses: practice.sessions}
        - uses: value.set
          with:
            a: ${{ steps.sesions.items }}
            #            ^ unknown-reference: did you mean 'sessions'? steps before this one: sessions
        """,
    "a step that comes later": """
        - uses: value.set
          with:
            a: ${{ steps.sessions.items }}
            #            ^ reference-too-early: move this step behind it
        - {id: sessions, uses: practice.sessions}
        """,
    "a step that uses itself": """
        - id: one
          uses: value.set
          with:
            a: ${{ steps.one.b }}
            #            ^ reference-too-early: use a step before it
        """,
    "a block that is used inside itself": """
        - id: all_of_it
          steps:
            - uses: value.set
              when: steps.all_of_it
              #           ^ reference-too-early: use a step before it
        """,
    "a step inside a loop, used after it": """
        - id: loop
          for_each: "[1, 2]"
          steps:
            - {id: inner, uses: value.set, with: {a: 1}}
        - uses: value.set
          with:
            a: ${{ steps.inner.a }}
            #            ^ reference-into-loop: after it, 'steps.loop' is the list of what it did
        """,
    "a step in another branch": """
        - parallel:
            - {id: left, uses: value.set, with: {a: 1}}
            - id: right
              uses: value.set
              with:
                a: ${{ steps.left.a }}
                #            ^ reference-across-branches: branches do not see each other; use it after them
        """,
    "a step in a handler, used after it": """
        - uses: practice.sessions
          on_error:
            - {id: instead, uses: value.set, with: {a: 1}}
        - uses: value.set
          with:
            a: ${{ steps.instead.a }}
            #            ^ reference-into-handler: it is only seen by the steps beside it
        """,
    "an output misspelt": """
        - {id: sessions, uses: practice.sessions}
        - uses: value.set
          with:
            a: ${{ steps.sessions.item }}
            #                     ^ unknown-output: did you mean 'items'? it has: items, total_minutes
        """,
    "an output deep inside": """
        - {id: sessions, uses: practice.sessions}
        - uses: value.set
          with:
            a: ${{ steps.sessions.items[0].client.initialls }}
            #                                     ^ unknown-output: did you mean 'initials'? it has: id, initials, email, date_of_birth
        """,
    "a list taken for a mapping": """
        - {id: sessions, uses: practice.sessions}
        - uses: value.set
          with:
            a: ${{ steps.sessions.items.client }}
            #                           ^ unknown-output: take one of it: 'steps.sessions.items[0]', 'steps.sessions.items | first', or a 'for_each' over it
        """,
    "text taken for a mapping": """
        - {id: sessions, uses: practice.sessions}
        - uses: value.set
          with:
            a: ${{ steps.sessions.items[0].id.name }}
            #                                 ^ unknown-output
        """,
    "a value that was not set": """
        - {id: totals, uses: value.set, with: {gross: 1, net: 2}}
        - uses: value.set
          with:
            a: ${{ steps.totals.nett }}
            #                   ^ unknown-output: did you mean 'net'? it has: gross, net
        """,
    "a field that is not in the form": """
        - id: asked
          uses: person.ask
          with: {title: Which, fields: {day: date, why: {type: text}}}
        - uses: value.set
          with:
            a: ${{ steps.asked.days }}
            #                  ^ unknown-output: did you mean 'day'? it has: day, why
        """,
    "a loop taken for one iteration": """
        - id: loop
          for_each: "[1, 2]"
          uses: billing.render
          with: {invoice: x}
        - uses: value.set
          with:
            a: ${{ steps.loop.path }}
            #                 ^ unknown-output: take one of it: 'steps.loop[0]', 'steps.loop | first', or a 'for_each' over it
        """,
    "a member of a loop's item": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - for_each: steps.issued.invoices
          as: invoice
          steps:
            - uses: value.set
              with:
                a: ${{ invoice.emial }}
                #              ^ unknown-output: did you mean 'email'? it has: number, email, issued_on, total, paid
        """,
    "a loop over a mapping": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - for_each: steps.issued
          #         ^ type-mismatch: lists in it: steps.issued.invoices, steps.issued.numbers
          uses: value.set
        """,
    "a loop's item in its own list": """
        - for_each: item.parts
          #         ^ unknown-name: there are: inputs, practice, run, scheduled_for, now, steps
          uses: value.set
        """,
    "a loop's item in its own condition": """
        - for_each: "[1, 2]"
          when: item
          #     ^ unknown-name: there are: inputs, practice, run, scheduled_for, now, steps
          uses: value.set
        """,
    "a mapping where a list is wanted": """
        - {id: sessions, uses: practice.sessions}
        - uses: billing.draft
          with:
            sessions: ${{ steps.sessions }}
            #         ^ type-mismatch: it has: items, total_minutes
        """,
    "a list where text is wanted": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - uses: billing.render
          with:
            invoice: ${{ steps.issued.numbers }}
            #        ^ type-mismatch: take one of it with '| first', or make text of it with '| join'
        """,
    "ids where records are wanted": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - uses: billing.draft
          with:
            sessions: ${{ steps.issued.numbers }}
            #         ^ type-mismatch: look for a list of records among the outputs before
        """,
    "a number where text is wanted": """
        - {id: sessions, uses: practice.sessions}
        - uses: billing.render
          with:
            invoice: ${{ steps.sessions.total_minutes }}
            #        ^ type-mismatch: make text of it: add '| text'
        """,
    "a date where text is wanted": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - for_each: steps.issued.invoices
          uses: billing.render
          with:
            invoice: ${{ item.issued_on }}
            #        ^ type-mismatch: make text of it: add '| text'
        """,
    "a step that may be skipped": """
        - id: sessions
          uses: practice.sessions
          when: inputs.month
        - uses: value.set
          with:
            a: ${{ steps.sessions.items }}
            #            ^ maybe-missing: say what then: 'steps.sessions.items | default(…)', or add 'when: inputs.month' here
        """,
    "a step in a group that may be skipped": """
        - when: inputs.month
          steps:
            - {id: sessions, uses: practice.sessions}
        - uses: value.set
          with:
            a: ${{ steps.sessions.items }}
            #            ^ maybe-missing: say what then: 'steps.sessions.items | default(…)', or add 'when: inputs.month' here
        """,
    "a step that may fail": """
        - {id: sessions, uses: practice.sessions, on_error: continue}
        - uses: value.set
          with:
            a: ${{ steps.sessions.items }}
            #            ^ maybe-missing: say what then: 'steps.sessions.items | default(…)'
        """,
    "a condition that does not make sure": """
        - {id: sessions, uses: practice.sessions, when: inputs.month}
        - uses: value.set
          when: not (steps.sessions.items | default([]))
          with:
            a: ${{ steps.sessions.total_minutes }}
            #            ^ maybe-missing: say what then: 'steps.sessions.total_minutes | default(…)', or add 'when: inputs.month' here
        """,
    "a mail nobody has approved": """
        - uses: email.send
          #     ^ send-without-approval: put a person.approve before it that shows what will be sent
          with: {to: a@example.com}
        """,
    "an approval that comes after the mail": """
        - uses: email.send
          #     ^ send-without-approval: put a person.approve before it that shows what will be sent
          with: {to: a@example.com}
        - uses: person.approve
          with: {title: All sent?}
        """,
    "a mail tried again": """
        - uses: person.approve
          with: {title: Send?}
        - uses: email.send
          with: {to: a@example.com}
          retry: 5
          #^ retry-on-send: leave 'retry' out, or keep it for refusals that pass, such as a busy server
        """,
    "an unknown routine": """
        - routine: montly-billing
          #        ^ unknown-routine: did you mean 'monthly-billing'? there are: caller, monthly-billing
        """,
    "an unknown input of a routine": """
        - routine: monthly-billing
          inputs: {mnth: 2026-11}
          #        ^ unknown-input: did you mean 'month'? it takes: month
        """,
    "a missing input of a routine": """
        - routine: monthly-billing
          #        ^ missing-input: add 'month:' under 'inputs'
        """,
    "a wrong input of a routine": """
        - routine: monthly-billing
          inputs: {month: 2026-11-01}
          #               ^ bad-date: write it as 2026-11
        """,
    "a routine that runs itself": """
        - routine: under-test
          #        ^ call-cycle: break the circle at one of them
        """,
    "routines that run one another": """
        - routine: caller
          #        ^ call-cycle: break the circle at one of them
        """,
    "failure where none is handled": """
        - uses: value.set
          with:
            a: ${{ failure.message }}
            #      ^ unknown-name
        """,
}

STEPS |= {
    "a name of a step that is a number": """
        - uses: 5
          #     ^ wrong-type: put it in quotes: "5"
        """,
    "an id that is a number": """
        - id: 1
          #   ^ wrong-type: put it in quotes: "1"
          uses: value.set
        """,
    "an id that is empty": """
        - id:
          #  ^ empty: write a value or remove the key
          uses: value.set
        """,
    "an id that is the loop's item": """
        - for_each: "[1]"
          as: client
          steps:
            - id: client
              #   ^ reserved-name: choose another id
              uses: value.set
        """,
    "a handler without steps": """
        - uses: value.set
          on_error: []
          #         ^ empty: write a value or remove the key
        """,
    "a with that is a list": """
        - uses: billing.issue
          with: [a]
          #     ^ wrong-type
        """,
    "a with that is empty": """
        - uses: billing.issue
          with:
          #    ^ empty: write a value or remove the key
        """,
    "an approval in a form's details": """
        - uses: person.ask
          with: {title: Which, fields: {day: {type: choice}}}
          #                                  ^ missing-key: add 'choices: [a, b]'
        """,
    "text for a whole number": """
        - uses: practice.sessions
          with: {least: "5"}
          #             ^ wrong-type: remove the quotes
        """,
    "a part for a whole number": """
        - uses: practice.sessions
          with: {least: 5.5}
          #             ^ wrong-type: write a whole number
        """,
    "text with an expression for a whole number": """
        - uses: practice.sessions
          with: {least: "about ${{ 1 + 1 }}"}
          #             ^ wrong-type: write a number
        """,
    "text with an expression for a list": """
        - uses: billing.issue
          with: {drafts: "D-${{ 1 + 1 }}"}
          #              ^ wrong-type: write [D-${{ 1 + 1 }}], or one '- …' for each item
        """,
    "a mapping for text": """
        - uses: email.notify_me
          with:
            subject:
              text: Hello
              #^ wrong-type
        """,
    "a list in a list of texts": """
        - uses: billing.issue
          with:
            drafts:
              - [a, b]
              # ^ wrong-type
        """,
    "the same kind of error twice": """
        - uses: practice.sessions
          retry: {on: [timeout, timeout]}
          #           ^ duplicate-value: name each one once
        """,
    "a retry that is text": """
        - uses: practice.sessions
          retry: often
          #      ^ wrong-type: write 'retry:' and below it, indented, its keys
        """,
    "a kind of error that is a class": """
        - uses: practice.sessions
          retry: {on: [TimeoutError]}
          #            ^ wrong-value: a kind of error as run reports name it, such as 'timeout' or 'connection-error'
        """,
    "a step whose condition is never": """
        - {id: sessions, uses: practice.sessions, when: false}
        - uses: value.set
          with:
            a: ${{ steps.sessions.items }}
            #            ^ maybe-missing: say what then: 'steps.sessions.items | default(…)', or add 'when: false' here
        """,
    "one of two conditions": """
        - {id: sessions, uses: practice.sessions, when: inputs.month and now.hour > 8}
        - uses: value.set
          when: inputs.month
          with:
            a: ${{ steps.sessions.items }}
            #            ^ maybe-missing: say what then: 'steps.sessions.items | default(…)', or add 'when: now.hour > 8' here
        """,
    "either of two conditions": """
        - {id: sessions, uses: practice.sessions, when: inputs.month}
        - uses: value.set
          when: inputs.month or now.hour > 8
          with:
            a: ${{ steps.sessions.items }}
            #            ^ maybe-missing: say what then: 'steps.sessions.items | default(…)', or add 'when: inputs.month' here
        """,
    "a step of the block whose error is handled": """
        - on_error:
            - uses: value.set
              with:
                a: ${{ steps.sessions.items }}
                #            ^ maybe-missing: say what then: 'steps.sessions.items | default(…)'
          steps:
            - {id: sessions, uses: practice.sessions}
            - uses: run.fail
              with: {reason: because}
        """,
    "an approval in one branch, a mail in the other": """
        - parallel:
            - uses: person.approve
              with: {title: Send?}
            - uses: email.send
              #     ^ send-without-approval: put a person.approve before it that shows what will be sent
              with: {to: a@example.com}
        """,
    "a mail where an error is handled": """
        - uses: practice.sessions
          on_error:
            - uses: email.send
              #     ^ send-without-approval: put a person.approve before it that shows what will be sent
              with: {to: a@example.com}
        """,
    "a called routine's output": """
        - id: called
          routine: monthly-billing
          inputs: {month: 2026-11}
        - uses: value.set
          with:
            a: ${{ steps.called.status }}
            #                   ^ unknown-output: did you mean 'state'? it has: run, state
        """,
    "a moment's field": """
        - uses: value.set
          with:
            a: ${{ now.minutes }}
            #          ^ unknown-output: did you mean 'minute'? it has: year, month, day, weekday, hour, minute
        """,
    "an item of a list that is no number": """
        - {id: sessions, uses: practice.sessions}
        - uses: value.set
          with:
            a: ${{ steps.sessions.items['first'] }}
            #                           ^ unknown-output: take one of it: 'steps.sessions.items[0]', 'steps.sessions.items | first', or a 'for_each' over it
        """,
    "a value of mixed items": """
        - {id: one, uses: value.set, with: {a: [1, b], c: [[1]], d: null, e: true}}
        - uses: value.set
          with:
            a: ${{ steps.one.a[0].anything }} ${{ steps.one.c[0][0].x }} ${{ steps.one.e.x }}
            #                                                       ^ unknown-output
            #                                                                            ^ unknown-output
        """,
}

WHOLE = {
    "a name that is not the file's": """
        routine: under-tst
        #        ^ name-mismatch: write 'routine: under-test', or rename the file
        steps:
          - uses: value.set
        """,
    "a name with capitals": """
        routine: Under Test
        #        ^ wrong-value: the routine's name: the name of this file without '.yaml', lower case with hyphens, such as 'monthly-billing'
        steps:
          - uses: value.set
        """,
    "no name": """
        title: Under test
        #^ missing-key: add 'routine:' (the routine's name: the name of this file without '.yaml', lower case with hyphens, such as 'monthly-billing')
        steps:
          - uses: value.set
        """,
    "no steps": """
        routine: under-test
        #^ missing-key: add 'steps:' (what it does, in order)
        """,
    "an empty file": """
        # nothing yet
        #^ empty-file: write it, or bring it back
        """,
    "a list for a file": """
        - uses: value.set
        #^ not-a-mapping: begin with a key
        """,
    "a key twice": """
        routine: under-test
        steps:
          - uses: value.set
        steps:
        #^ duplicate-key: remove one of the two
          - uses: value.set
        """,
    "a word for false": """
        routine: under-test
        enabled: off
        #        ^ wrong-type: write true or false
        steps:
          - uses: value.set
        """,
    "an overlap that there is not": """
        routine: under-test
        concurrency: {overlap: queue}
        #                      ^ wrong-value: did you mean 'queue_one'? it can be: skip, queue_one, queue_all, cancel_other, allow
        steps:
          - uses: value.set
        """,
    "a zone that there is not": """
        routine: under-test
        timezone: America/NewYork
        #         ^ unknown-timezone: did you mean 'America/New_York'?
        steps:
          - uses: value.set
        """,
    "an input of an unknown type": """
        routine: under-test
        inputs:
          month: {type: mnth}
          #             ^ wrong-value: did you mean 'month'? it can be: text, number, integer, boolean, date, month, choice, file, list
        steps:
          - uses: value.set
        """,
    "an input in short of an unknown type": """
        routine: under-test
        inputs:
          month: string
          #      ^ wrong-value: it can be: text, number, integer, boolean, date, month, choice, file, list
        steps:
          - uses: value.set
        """,
    "an input whose name is none": """
        routine: under-test
        inputs:
          the-month: month
          #^ bad-name: lower-case letters, digits and '_', beginning with a letter
        steps:
          - uses: value.set
        """,
    "a default of another type": """
        routine: under-test
        inputs:
          count: {type: integer, default: many}
          #                               ^ wrong-type: write a number
        steps:
          - uses: value.set
        """,
    "a default that is no choice": """
        routine: under-test
        inputs:
          format: {type: choice, choices: [csv, pdf], default: odt}
          #                                                    ^ wrong-value: it can be: csv, pdf
        steps:
          - uses: value.set
        """,
    "a choice without choices": """
        routine: under-test
        inputs:
          format: choice
          #       ^ missing-key: write 'format: {type: choice, choices: [a, b]}'
        steps:
          - uses: value.set
        """,
    "a default that uses a step": """
        routine: under-test
        inputs:
          month: {type: month, default: "${{ steps.first.month }}"}
          #                                        ^ unknown-name: only the time, the practice and the run are known before the first step
        steps:
          - {id: first, uses: value.set, with: {month: 2026-11}}
        """,
    "a default that uses a later input": """
        routine: under-test
        inputs:
          month: {type: month, default: "${{ inputs.day | month }}"}
          #                                         ^ unknown-input: declare it under 'inputs'
          day: {type: date, default: 2026-11-01}
        steps:
          - uses: value.set
        """,
    "an input nobody gives": """
        routine: under-test
        triggers:
          - cron: 0 9 1 * *
        inputs:
          month: {type: month, required: true}
          #^ input-without-default: give it a 'default', or remove the trigger in line 3
        steps:
          - uses: value.set
        """,
    "a step of the main part after a failure": """
        routine: under-test
        steps:
          - {id: sessions, uses: practice.sessions}
        on_failure:
          - uses: email.notify_me
            with:
              subject: ${{ steps.sessions.total_minutes }} minutes
              #                  ^ maybe-missing: say what then: 'steps.sessions.total_minutes | default(…)'
        """,
    "a failure's field misspelt": """
        routine: under-test
        steps:
          - {id: sessions, uses: practice.sessions}
        finally:
          - uses: email.notify_me
            with:
              subject: ${{ failure.mesage }}
              #                    ^ unknown-output: did you mean 'message'? it has: step, kind, message, hint
        """,
}

WHOLE |= {
    "triggers that are one": """
        routine: under-test
        triggers: {cron: 0 9 1 * *}
        #         ^ wrong-type: begin each item with '- '
        steps:
          - uses: value.set
        """,
    "a trigger that is text": """
        routine: under-test
        triggers:
          - 0 9 1 * *
          # ^ wrong-type: write 'triggers:' and below it, indented, its keys
        steps:
          - uses: value.set
        """,
    "choices for a date": """
        routine: under-test
        inputs:
          day: {type: date, choices: [2026-11-01]}
          #                 ^ key-does-not-apply: remove it, or write 'type: choice'
        steps:
          - uses: value.set
        """,
    "a choice in full without choices": """
        routine: under-test
        inputs:
          format: {type: choice}
          #^ missing-key: add 'choices: [a, b]'
        steps:
          - uses: value.set
        """,
    "defaults of other types": """
        routine: under-test
        inputs:
          files: {type: list, default: a.csv}
          #                            ^ wrong-type: write [a.csv], or one '- …' for each item
          sure: {type: boolean, default: yes}
          #                              ^ wrong-type: write true or false
          day: {type: date, default: 1.11.2026}
          #                          ^ bad-date: write it as 2026-11-01
          amount: {type: number, default: [1]}
          #                               ^ wrong-type
          nothing: {type: text, default: null}
          any: {type: date, default: "${{ now | date }}"}
        steps:
          - uses: value.set
        """,
    "an expression in a default": """
        routine: under-test
        inputs:
          day: {type: date, default: "${{ tody }}"}
          #                               ^ unknown-name: there are: inputs, practice, run, scheduled_for, now, steps
        steps:
          - uses: value.set
        """,
    "a title that is too long": f"""
        routine: under-test
        title: {"long " * 50}
        #      ^ wrong-value
        steps:
          - uses: value.set
        """,
}

TYPES = {
    "a count where text is wanted": """
        - {id: sessions, uses: practice.sessions}
        - uses: billing.render
          with:
            invoice: ${{ steps.sessions.items | length }}
            #        ^ type-mismatch: make text of it: add '| text'
        """,
    "an amount in words where a number is wanted": """
        - {id: drafts, uses: billing.draft, with: {sessions: []}}
        - uses: billing.render
          with: {invoice: A-1, copies: "${{ steps.drafts.invoices | map('id') }}"}
          #                            ^ type-mismatch: give it a number
        """,
    "texts of one field where records are wanted": """
        - {id: sessions, uses: practice.sessions}
        - uses: billing.draft
          with:
            sessions: ${{ steps.sessions.items | map('id') }}
            #         ^ type-mismatch: look for a list of records among the outputs before
        """,
    "a record in a list of texts": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - uses: billing.issue
          with:
            drafts:
              - D-1
              - ${{ steps.issued.invoices | first }}
              # ^ type-mismatch: it has: number, email, issued_on, total, paid
        """,
    "a list where an error is handled by another": """
        - {id: drafts, uses: billing.draft, with: {sessions: []}}
        - uses: billing.issue
          with:
            drafts: ${{ steps.drafts.summary | default('none') }}
            #       ^ type-mismatch: put it in a list: '[ … ]'
        """,
    "one kind or the other, and neither fits": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - uses: billing.render
          with:
            invoice: ${{ steps.issued.numbers if inputs.month else steps.issued.invoices }}
            #        ^ type-mismatch: take one of it with '| first', or make text of it with '| join'
        """,
    "a value that was named before": """
        - {id: kept, uses: value.set, with: {numbers: "${{ [1, 2] }}"}}
        - uses: billing.render
          with:
            invoice: ${{ steps.kept.numbers }}
            #        ^ type-mismatch: take one of it with '| first', or make text of it with '| join'
        """,
    "a choice that is never one of those wanted": """
        - id: asked
          uses: person.ask
          with: {title: Which, fields: {books: {type: choice, choices: [datev, xero]}}}
        - uses: billing.export
          with:
            format: ${{ 'beancuont' }}
            #       ^ wrong-value: did you mean 'beancount'? it can be: beancount, csv, hledger
        """,
    "a list in a title": """
        - {id: sessions, uses: practice.sessions}
        - uses: person.approve
          with:
            title: ${{ steps.sessions.items }}
            #      ^ type-mismatch: take one of it with '| first', or make text of it with '| join'
        """,
    "a record as the text of a file": """
        - {id: sessions, uses: practice.sessions}
        - uses: file.write
          with:
            path: a.md
            text: ${{ steps.sessions.items | first }}
            #     ^ type-mismatch: it has: id, client, start, minutes, status, fee, modifiers
        """,
    "a number for a length of time": """
        - uses: person.approve
          with:
            title: Send?
            expires_in: ${{ 14 }}
            #           ^ type-mismatch: write a length of time, such as '20 minutes'
        """,
    "a wait until a number": """
        - uses: wait.until
          with:
            moment: ${{ now.hour + 2 }}
            #       ^ type-mismatch: move a moment by days: 'scheduled_for | days(2)'
        """,
    "a list inside text": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - uses: email.notify_me
          with:
            subject: Issued ${{ steps.issued.numbers }}
            #                   ^ type-mismatch: use join, lines, length or one of its fields
        """,
    "a record inside text": """
        - {id: sessions, uses: practice.sessions}
        - uses: email.notify_me
          with:
            subject: First ${{ steps.sessions.items | first }}
            #                                         ^ type-mismatch: use join, lines, length or one of its fields
        """,
    "a list joined with text": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - uses: value.set
          with:
            a: ${{ 'Numbers ' ~ steps.issued.numbers }}
            #                   ^ type-mismatch: use join, lines, length or one of its fields
        """,
    "a called routine given a list for a month": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - routine: monthly-billing
          inputs:
            month: ${{ steps.issued.numbers }}
            #      ^ type-mismatch: take one of it: '[0]' or '| first'
        """,
    "a called routine given a number for a month": """
        - routine: monthly-billing
          inputs:
            month: ${{ now.month - 1 }}
            #      ^ type-mismatch: move a month: 'scheduled_for | month(-1)'
        """,
    "a field of the run misspelt": """
        - uses: value.set
          when: run.triger == 'hand'
          #         ^ unknown-output: did you mean 'trigger'? it has: id, routine, trigger, started_at, dry_run
          with: {a: 1}
        """,
    "the hour of a date": """
        - uses: value.set
          with: {a: "${{ (scheduled_for | date).hour }}"}
          #                                    ^ unknown-output: it has: year, month, day, weekday
        """,
    "the first item of a record": """
        - {id: sessions, uses: practice.sessions}
        - uses: value.set
          with: {a: "${{ steps.sessions[0] }}"}
          #                             ^ unknown-output: it has: items, total_minutes
        """,
    "a field of a list of licences": """
        - uses: value.set
          with: {a: "${{ practice.clinician.licences.number }}"}
          #                                          ^ unknown-output: take one of it: 'practice.clinician.licences[0]', 'practice.clinician.licences | first', or a 'for_each' over it
        """,
}

OPERATORS = {
    "text and a number added": """
        - {id: sessions, uses: practice.sessions}
        - uses: value.set
          with:
            a: ${{ 'Minutes ' + steps.sessions.total_minutes }}
            #      ^ type-mismatch: join text with '~'
        """,
    "two lists subtracted": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - uses: value.set
          with:
            a: ${{ steps.issued.numbers - ['A-1'] }}
            #      ^ type-mismatch: leave items out with '| reject'
        """,
    "a number of days added to a date": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - for_each: steps.issued.invoices
          uses: value.set
          with:
            a: ${{ item.issued_on + 14 }}
            #      ^ type-mismatch: move a date by days: add '| days(14)'
        """,
    "a date and a moment subtracted": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - for_each: steps.issued.invoices
          uses: value.set
          with:
            a: ${{ (now - item.issued_on).days }}
            #       ^ type-mismatch: make dates of both: add '| date'
        """,
    "a minus before text": """
        - uses: value.set
          with:
            a: ${{ -practice.name }}
            #      ^ type-mismatch: make a number of it: add '| number'
        """,
    "a date compared with text": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - for_each: steps.issued.invoices
          as: invoice
          steps:
            - uses: value.set
              when: invoice.issued_on < '2026-11-01'
              #                         ^ type-mismatch: make a date of the text: add '| date'
        """,
    "a date compared with a moment": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - for_each: steps.issued.invoices
          as: invoice
          steps:
            - uses: value.set
              when: invoice.issued_on < now
              #                         ^ type-mismatch: make a date of the moment: add '| date'
        """,
    "a list compared with a number": """
        - {id: sessions, uses: practice.sessions}
        - uses: value.set
          when: steps.sessions.items > 5
          #                            ^ type-mismatch: compare how many there are: add '| length'
        """,
    "a length compared with a number of days": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - for_each: steps.issued.invoices
          uses: value.set
          with:
            a: ${{ (now | date) - item.issued_on > 30 }}
            #                                      ^ type-mismatch: compare its days: add '.days'
        """,
    "a month compared with a date": """
        - uses: value.set
          when: inputs.month == (scheduled_for | date)
          #                                      ^ never-equal: make a month of the date: add '| month'
        """,
    "a number compared with its digits": """
        - {id: sessions, uses: practice.sessions}
        - uses: value.set
          when: steps.sessions.total_minutes == '60'
          #                                     ^ never-equal: make a number of the text: add '| number'
        """,
    "a status misspelt": """
        - {id: sessions, uses: practice.sessions}
        - for_each: steps.sessions.items
          as: session
          steps:
            - uses: value.set
              when: session.status == 'atended'
              #                       ^ never-equal: did you mean 'attended'? it can be: attended, cancelled, no_show, scheduled
        """,
    "a status misspelt in a list": """
        - {id: sessions, uses: practice.sessions}
        - for_each: steps.sessions.items
          as: session
          steps:
            - uses: value.set
              when: session.status in ['no_show', 'canceled']
              #                                   ^ never-equal: did you mean 'cancelled'? it can be: attended, cancelled, no_show, scheduled
        """,
    "a choice of this routine misspelt": """
        - uses: value.set
          with: {kind: invoices}
        - id: asked
          uses: person.ask
          with: {title: Which, fields: {day: {type: choice, choices: [mon, tue]}}}
        - uses: email.send
          #     ^ send-without-approval: put a person.approve before it that shows what will be sent
          with: {to: a@example.com}
          when: run.trigger == 1
          #                    ^ never-equal: make a number of the text: add '| number'
        """,
    "looking for a number in numbers that are text": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - uses: value.set
          when: 12 in steps.issued.numbers
          #     ^ never-equal: put it in quotes
        """,
    "looking into a number": """
        - {id: sessions, uses: practice.sessions}
        - uses: value.set
          when: "'6' in steps.sessions.total_minutes"
          #             ^ type-mismatch: compare with '==' or '<'
        """,
    "a weekday in small letters": """
        - uses: value.set
          when: scheduled_for.weekday == 'friday'
          #                              ^ never-equal: did you mean 'Friday'? it can be: Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday
          with: {a: 1}
        """,
    "a weekday taken for a number": """
        - uses: value.set
          when: scheduled_for.weekday == 5
          #                              ^ never-equal: it can be: Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday
          with: {a: 1}
        """,
    "a choice of a form misspelt": """
        - id: asked
          uses: person.ask
          with: {title: How, fields: {mood: {type: choice, choices: [good, bad]}}}
        - uses: value.set
          when: steps.asked.mood == 'god'
          #                         ^ never-equal: did you mean 'good'? it can be: bad, good
          with: {a: 1}
        """,
    "a number of a form compared with its digits": """
        - id: asked
          uses: person.ask
          with: {title: How, fields: {energy: integer, mood: {type: choice, choices: [good, bad]}}}
        - uses: value.set
          when: steps.asked.energy > '5'
          #                          ^ type-mismatch: make a number of the text: add '| number'
          with: {a: 1}
        """,
    "a state that mail never has": """
        - id: sent
          uses: email.notify_me
          with: {subject: a}
        - uses: value.set
          when: steps.sent.state == 'done'
          #                         ^ never-equal: it can be: held, sent
          with: {a: 1}
        """,
    "a division by nothing": """
        - uses: value.set
          with: {a: "${{ 5 / 0 }}"}
          #                  ^ type-mismatch: divide by another number
        """,
    "a length compared with a bare number": """
        - uses: value.set
          when: (now - scheduled_for) > 1
          #                             ^ type-mismatch: compare its days: add '.days'
          with: {a: 1}
        """,
    "a number added to a date": """
        - uses: value.set
          with: {a: "${{ (scheduled_for | date) + 1 }}"}
          #                               ^ type-mismatch: move a date by days: add '| days(14)'
        """,
}

FILTERING = {
    "a list as money": """
        - {id: drafts, uses: billing.draft, with: {sessions: []}}
        - uses: email.notify_me
          with:
            subject: ${{ steps.drafts.invoices | money }}
            #                                    ^ type-mismatch: add the items up first: '| sum'
        """,
    "a month as a date": """
        - uses: email.notify_me
          with:
            subject: Until ${{ inputs.month | date('long') }}
            #                                 ^ type-mismatch: take its first or last day: add '| start' or '| end'
        """,
    "a date in capitals": """
        - uses: email.notify_me
          with:
            subject: ${{ (now | date) | upper }}
            #                           ^ type-mismatch: make text of it first: add '| text'
        """,
    "text joined": """
        - {id: drafts, uses: billing.draft, with: {sessions: []}}
        - uses: email.notify_me
          with:
            subject: ${{ steps.drafts.summary | join(', ') }}
            #                                   ^ type-mismatch: it is text already: leave the filter out
        """,
    "records joined": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - uses: email.notify_me
          with:
            subject: ${{ steps.issued.invoices | join(', ') }}
            #                                    ^ type-mismatch: name a field: join(', ', 'FIELD') there are: number, email, issued_on, total, paid
        """,
    "records added up": """
        - {id: drafts, uses: billing.draft, with: {sessions: []}}
        - uses: value.set
          with:
            a: ${{ steps.drafts.invoices | sum }}
            #                              ^ type-mismatch: name a field, such as: sum('total')
        """,
    "texts added up": """
        - {id: drafts, uses: billing.draft, with: {sessions: []}}
        - uses: value.set
          with:
            a: ${{ steps.drafts.invoices | sum('id') }}
            #                              ^ type-mismatch: name a field that is a number
        """,
    "a field misspelt in map": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - uses: value.set
          with:
            a: ${{ steps.issued.invoices | map('nmber') }}
            #                                  ^ unknown-output: did you mean 'number'? they have: number, email, issued_on, total, paid
        """,
    "a field misspelt in select, which would find nothing": """
        - {id: sessions, uses: practice.sessions}
        - for_each: steps.sessions.items | select('stauts', 'attended')
          #                                       ^ unknown-output: did you mean 'status'? they have: id, client, start, minutes, status, fee, modifiers
          as: session
          uses: value.set
          with: {a: "${{ session.id }}"}
        """,
    "a value misspelt in select, which would find nothing": """
        - {id: sessions, uses: practice.sessions}
        - for_each: steps.sessions.items | select('status', 'atended')
          #                                                 ^ never-equal: did you mean 'attended'? it can be: attended, cancelled, no_show, scheduled
          as: session
          uses: value.set
          with: {a: "${{ session.id }}"}
        """,
    "another kind of value in select": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - uses: value.set
          with:
            a: ${{ steps.issued.invoices | reject('issued_on', '2026-11-01') }}
            #                                                  ^ never-equal: make a date of the text: add '| date'
        """,
    "a field of texts": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - uses: value.set
          with:
            a: ${{ steps.issued.numbers | map('total') }}
            #                                 ^ unknown-output
        """,
    "a field of the first item misspelt": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - uses: value.set
          with:
            a: ${{ (steps.issued.invoices | first).nubmer }}
            #                                     ^ unknown-output: did you mean 'number'? it has: number, email, issued_on, total, paid
        """,
    "a text over which a loop goes": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - for_each: steps.issued.numbers | join(', ')
          #         ^ type-mismatch: use the list itself, without a filter behind it
          uses: value.set
        """,
    "a count over which a loop goes": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - for_each: steps.issued.numbers | length
          #         ^ type-mismatch: use the list itself, without a filter behind it
          uses: value.set
        """,
    "a number of characters in quotes": """
        - {id: sessions, uses: practice.sessions}
        - uses: value.set
          with: {a: "${{ practice.name | truncate('40') }}"}
          #                                       ^ filter-arguments: for example inputs.word | truncate(40)
        """,
    "a number of days in quotes": """
        - uses: value.set
          with: {a: "${{ scheduled_for | date | days('7') }}"}
          #                                          ^ filter-arguments: for example scheduled_for | date | days(1)
        """,
    "a number of months in quotes": """
        - uses: value.set
          with: {a: "${{ scheduled_for | month('-1') }}"}
          #                                    ^ filter-arguments: for example scheduled_for | month(-1)
        """,
    "a number put in the place of text": """
        - uses: value.set
          with: {a: "${{ practice.name | replace('a', 1) }}"}
          #                                      ^ filter-arguments: for example inputs.word | replace('a', 'b')
        """,
    "a form of a date misspelt": """
        - uses: value.set
          with: {a: "${{ scheduled_for | date('lnog') }}"}
          #                                   ^ filter-arguments: use short, long, iso, us, or parts such as %d %b %Y
        """,
    "a form of a time that there is not": """
        - uses: value.set
          with: {a: "${{ scheduled_for | time('13') }}"}
          #                                   ^ filter-arguments: use '12', '24', or parts such as %H:%M
        """,
    "the smallest of records": """
        - {id: sessions, uses: practice.sessions}
        - uses: value.set
          with: {a: "${{ steps.sessions.items | min }}"}
          #                                     ^ type-mismatch: name a field, such as: min('id'), min('client'), min('start'), min('minutes'), min('status'), min('fee'), min('modifiers')
        """,
    "records sorted by nothing": """
        - {id: sessions, uses: practice.sessions}
        - uses: value.set
          with: {a: "${{ steps.sessions.items | sort }}"}
          #                                     ^ type-mismatch: name a field, such as: sort('id'), sort('client'), sort('start'), sort('minutes'), sort('status'), sort('fee'), sort('modifiers')
        """,
    "a weekday cut short": """
        - uses: value.set
          when: (scheduled_for | weekday) == 'Fri'
          #                                  ^ never-equal: did you mean 'Friday'? it can be: Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday
          with: {a: 1}
        """,
    "a field misspelt in join": """
        - {id: sessions, uses: practice.sessions}
        - uses: value.set
          with: {a: "${{ steps.sessions.items | join(', ', 'idd') }}"}
          #                                                ^ unknown-output: did you mean 'id'? they have: id, client, start, minutes, status, fee, modifiers
        """,
    "a field deep inside misspelt in lines": """
        - {id: sessions, uses: practice.sessions}
        - uses: value.set
          with: {a: "${{ steps.sessions.items | lines('client.initals') }}"}
          #                                           ^ unknown-output: did you mean 'initials'? they have: id, initials, email, date_of_birth
        """,
    "an id of a round misspelt": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - id: mails
          for_each: steps.issued.invoices
          as: invoice
          steps:
            - {id: pdf, uses: billing.render, with: {invoice: "${{ invoice.number }}"}}
        - uses: value.set
          with: {a: "${{ steps.mails | map('doc.path') }}"}
          #                                ^ unknown-output: they have: pdf
        """,
    "a value misspelt in reject, which would leave out nothing": """
        - {id: sessions, uses: practice.sessions}
        - uses: value.set
          with: {a: "${{ steps.sessions.items | reject('status', 'atended') }}"}
          #                                                      ^ never-equal: did you mean 'attended'? it can be: attended, cancelled, no_show, scheduled
        """,
}

FLOW = {
    "a record that may be nothing": """
        - {id: drafts, uses: billing.draft, with: {sessions: []}}
        - {uses: person.approve, with: {title: Send?}}
        - uses: email.send
          with:
            to: a@example.com
            values: ${{ steps.drafts.first }}
            #       ^ maybe-nothing: add 'when: steps.drafts.first', or say what then: 'steps.drafts.first | default(…)'
        """,
    "a record that may be nothing, under a condition about another": """
        - {id: drafts, uses: billing.draft, with: {sessions: []}}
        - {uses: person.approve, with: {title: Send?}}
        - uses: email.send
          when: steps.drafts.total > 0 or steps.drafts.first
          with:
            to: a@example.com
            values: ${{ steps.drafts.first }}
            #       ^ maybe-nothing: add 'when: steps.drafts.first', or say what then: 'steps.drafts.first | default(…)'
        """,
    "a condition that has ended the run": """
        - uses: run.fail
          when: not inputs.month
          with: {reason: which month?}
        - uses: value.set
          when: not inputs.month
          #     ^ unreachable: one of the two conditions is not meant
        """,
    "a step behind the end": """
        - uses: run.fail
          with: {reason: not yet}
        - uses: value.set
          #     ^ unreachable: give the step that fails a 'when', or move it to the end
        """,
    "a step behind a group that always fails": """
        - steps:
            - uses: value.set
            - uses: run.fail
              with: {reason: not yet}
        - uses: value.set
          #     ^ unreachable: give the step that fails a 'when', or move it to the end
        """,
    "a step behind the end of a round": """
        - for_each: "['a', 'b']"
          steps:
            - uses: run.fail
              with: {reason: "${{ item }}"}
            - uses: value.set
              #     ^ unreachable: give the step that fails a 'when', or move it to the end
        """,
    "a condition and its opposite": """
        - when: inputs.month
          steps:
            - uses: value.set
              when: not inputs.month
              #     ^ unreachable: one of the two conditions is not meant
        """,
    "a condition and its opposite in one": """
        - uses: value.set
          when: now.hour > 8 and not (now.hour > 8)
          #     ^ unreachable: one of the two conditions is not meant
        """,
    "two values at once": """
        - when: inputs.month == '2026-11'
          steps:
            - uses: value.set
              when: inputs.month == '2026-12'
              #     ^ unreachable: one of the two conditions is not meant
        """,
    "a refusal that has ended the run": """
        - id: review
          uses: person.approve
          with: {title: Send?}
        - uses: value.set
          when: not steps.review.approved
          #     ^ unreachable: add 'on_decline: continue' to the approval, if the routine decides what then
        """,
    "a record for a condition": """
        - {id: drafts, uses: billing.draft, with: {sessions: []}}
        - uses: value.set
          when: steps.drafts
          #     ^ always-true: one of its fields may be meant: steps.drafts.ids, steps.drafts.invoices, steps.drafts.total, steps.drafts.summary, steps.drafts.by_client, steps.drafts.first
        """,
    "a moment for a condition": """
        - uses: value.set
          when: scheduled_for
          #     ^ always-true: leave 'when' out
        """,
    "a record that is never false": """
        - {id: drafts, uses: billing.draft, with: {sessions: []}}
        - uses: value.set
          when: not steps.drafts
          #     ^ unreachable: a field of it may be meant; or remove the step
        """,
    "a loop over nothing": """
        - for_each: "[]"
          #         ^ unreachable: fill the list, or remove the loop
          uses: value.set
        """,
    "a file that each round writes over": """
        - for_each: "['a', 'b']"
          as: word
          uses: file.write
          with: {path: words.md, text: "${{ word }}"}
          #            ^ same-file: put something of 'word' into the path, or write the file after the loop
        """,
    "a file of the month that each round writes over": """
        - {id: sessions, uses: practice.sessions}
        - for_each: steps.sessions.items
          as: session
          steps:
            - uses: file.write
              with:
                path: sessions/${{ inputs.month }}.md
                #     ^ same-file: put something of 'session' into the path, or write the file after the loop
                text: ${{ session.id }}
        """,
    "a refusal nobody looks at": """
        - id: review
          uses: person.approve
          with: {title: Send?}
          on_decline: continue
          #^ decline-ignored: say 'when: steps.review.approved' below, or leave 'on_decline' out
        - uses: value.set
          with: {a: "${{ steps.review.note }}"}
        """,
    "a mail after a refusal": """
        - id: review
          uses: person.approve
          with: {title: Send?}
          on_decline: continue
        - uses: value.set
          when: steps.review.approved
        - uses: email.send
          #     ^ send-without-approval: add 'when: steps.review.approved'
          with: {to: a@example.com}
        """,
    "a reminder after the end": """
        - uses: person.approve
          with: {title: Send?, remind_every: 14 days, expires_in: 2 days}
          #                                  ^ reminder-too-late: remind sooner than it expires
        """,
    "a step that may be skipped, in a filter": """
        - {id: sessions, uses: practice.sessions, when: inputs.month}
        - uses: value.set
          with:
            a: ${{ steps.sessions.items | length }}
            #            ^ maybe-missing: say what then: 'steps.sessions.items | default(…)', or add 'when: inputs.month' here
        """,
    "a step that may be skipped, over which a loop goes": """
        - {id: sessions, uses: practice.sessions, when: inputs.month}
        - for_each: steps.sessions.items
          #               ^ maybe-missing: say what then: 'steps.sessions.items | default(…)', or add 'when: inputs.month' here
          uses: value.set
          with: {a: "${{ item.id }}"}
        """,
    "a called routine that failed, where the run has ended": """
        - id: billing
          routine: monthly-billing
          inputs: {month: 2026-11}
        - uses: value.set
          when: steps.billing.state == 'failed'
          #                            ^ never-equal: it can be: done, done_with_failures
          with: {a: 1}
        """,
    "a condition on a refusal that has ended the run": """
        - id: ok
          uses: person.approve
          with: {title: Go}
        - uses: value.set
          when: not steps.ok.approved
          #     ^ unreachable: add 'on_decline: continue' to the approval, if the routine decides what then
          with: {a: 1}
        """,
}

WHOLE |= {
    "a limit above the routine's": """
        routine: under-test
        timeout: 10 minutes
        steps:
          - uses: practice.sessions
            timeout: 1 hour
            #        ^ limit-too-long: raise the 'timeout' in line 2, or lower this one
        """,
    "a default that computes another kind": """
        routine: under-test
        inputs:
          month: {type: month, default: "${{ now.month - 1 }}"}
          #                             ^ type-mismatch: move a month: 'scheduled_for | month(-1)'
          day: {type: date, default: "${{ scheduled_for | month }}"}
          #                          ^ type-mismatch: take its first or last day: add '| start' or '| end'
          words: {type: text, default: "${{ ['a'] }}"}
          #                            ^ type-mismatch: take one of it with '| first', or make text of it with '| join'
          which: {type: choice, choices: [csv, pdf], default: "${{ 'cvs' }}"}
          #                                                   ^ wrong-value: did you mean 'csv'? it can be: csv, pdf
        steps:
          - uses: value.set
        """,
    "a choice compared with another word": """
        routine: under-test
        inputs:
          which: {type: choice, choices: [invoices, superbills], default: invoices}
        steps:
          - uses: value.set
            when: inputs.which == 'superbil'
            #                     ^ never-equal: did you mean 'superbills'? it can be: invoices, superbills
        """,
    "a choice that is never wanted": """
        routine: under-test
        inputs:
          which: {type: choice, choices: [invoices, superbills], default: invoices}
        steps:
          - uses: billing.export
            with:
              format: ${{ inputs.which }}
              #       ^ wrong-value: it can be: beancount, csv, hledger
        """,
    "a record of a failure that is a condition": """
        routine: under-test
        steps:
          - uses: practice.sessions
        finally:
          - uses: email.notify_me
            when: failure
            #     ^ always-true: one of its fields may be meant: failure.step, failure.kind, failure.message, failure.hint
            with: {subject: It failed}
        """,
}

TRIGGERS = {
    "seconds": """
        - cron: 0 0 9 * * 1
          #     ^ cron-fields: there are no seconds and no years: did you mean '0 9 * * 1'?
        """,
    "too few fields": """
        - cron: 0 9
          #     ^ cron-fields: minute, hour, day of the month, month, weekday: '0 9 1 * *' is the 1st at 09:00
        """,
    "a range that wraps around": """
        - cron: 0 9 * * fri-mon
          #             ^ cron-wraps: write 'fri-sat,sun-mon'
        """,
    "a day with a wrong name": """
        - cron: 0 9 * * mo
          #             ^ cron-syntax: the names are sun, mon, tue, wed, thu, fri, sat
        """,
    "an hour that there is not": """
        - cron: "0 24 * * *"
          #        ^ cron-syntax: the hour is 0 to 23
        """,
    "a day that there is not": """
        - cron: 0 9 30 2 *
          #     ^ cron-never-fires: is there such a day?
        """,
    "a day that is always left out": """
        - cron: 0 9 * * sat,sun
          #     ^ cron-never-fires: add 'shift: next_open_day', or take 'weekend' out of 'skip_on'
          skip_on: [public_holiday, weekend]
        """,
    "two day fields": """
        - cron: 0 9 1 * mon
          #     ^ cron-day-rule: say 'day_match: all' (both) or 'day_match: any' (either)
        """,
    "every other day, on a weekday": """
        - cron: 0 9 */2 * mon
          #     ^ cron-day-rule: say 'day_match: all' (both) or 'day_match: any' (either)
        """,
    "a nickname that there is not": """
        - cron: "@reboot"
          #      ^ cron-syntax: there are @annually, @daily, @hourly, @midnight, @monthly, @weekly, @yearly
        """,
    "the same one twice": """
        - cron: 0 9 1 * *
        - cron: 0  9 1 * *
          #     ^ duplicate-trigger: remove one of the two
        """,
    "no time": """
        - skip_on: [weekend]
        # ^ missing-key: add one of: cron, every, before, after, file, routine
        """,
    "two times": """
        - cron: 0 9 1 * *
          every: 2 hours
          #^ conflicting-keys: make two triggers of it
        """,
    "a misspelt key": """
        - corn: 0 9 1 * *
        # ^ unknown-key: did you mean 'cron'? there are: id, cron, every, before, after, file, routine, on, offset, timezone, if_missed, max, … (7 more)
        """,
    "a shift of nothing": """
        - cron: 0 9 1 * *
          shift: next_open_day
          #^ key-does-not-apply: add 'skip_on: [weekend, public_holiday]'
        """,
    "a number for another policy": """
        - cron: 0 9 1 * *
          if_missed: skip
          max: 3
          #^ key-does-not-apply: remove it, or add 'if_missed: run_all'
        """,
    "a policy that there is not": """
        - cron: 0 9 1 * *
          if_missed: run_last
          #          ^ wrong-value: did you mean 'run_latest'? it can be: run_latest, run_all, ask, skip
        """,
    "a policy without its length": """
        - cron: 0 9 1 * *
          if_missed: {run_within: later}
          #                       ^ bad-duration: write it as '20 minutes' or '14 days'
        """,
    "a pause that is too short": """
        - every: 10 seconds
          #      ^ bad-duration: the shortest is 1 minute
        """,
    "a zone that there is not": """
        - cron: 0 9 1 * *
          timezone: EST
          #         ^ unknown-timezone: did you mean 'America/New_York'?
        """,
    "an offset of a cron": """
        - cron: 0 9 1 * *
          offset: 2 hours
          #^ key-does-not-apply: it goes with: after, before
        """,
    "a file outside inbox": """
        - file: /home/me/*.csv
          #     ^ bad-path: write it relative to inbox/, such as '*.csv'
        """,
    "a routine that there is not": """
        - routine: monthly-biling
          #        ^ unknown-routine: did you mean 'monthly-billing'? there are: caller, monthly-billing
        """,
    "its own end": """
        - routine: under-test
          #        ^ call-cycle: break the circle at one of them
        """,
    "a day to skip that there is not": """
        - cron: 0 9 1 * *
          skip_on: [weekends]
          #         ^ wrong-value: did you mean 'weekend'? it can be: weekend, public_holiday, time_off
        """,
}

TRIGGERS |= {
    "a folder that is there already": """
        - file: inbox/*.csv
          #     ^ bad-path: write '*.csv'
        """,
    "an end that there is not": """
        - routine: monthly-billing
          on: [done, finished]
          #          ^ wrong-value: it can be: done, done_with_failures, failed, declined, cancelled
        """,
    "a step of nothing": """
        - cron: "*/99 * * * *"
          #       ^ cron-syntax: a step of the minute field is 1 to 59
        """,
}

_GOOD_PRACTICE = """\
practice: {name: Lakeside Counseling}
clinician: {name: Jane Doe}
timezone: America/New_York
"""
SETTINGS = {
    "an unknown section": """
        quickboks: {company: main}
        #^ unknown-section: there are: practice, clinician, timezone, currency, language, storage, documents, limits, retention, backup, notify, email, … (1 more)
        """,
    "a section misspelt": """
        emial: {sender: a@example.com}
        #^ unknown-section: did you mean 'email'? there are: practice, clinician, timezone, currency, language, storage, documents, limits, retention, backup, notify, email, … (1 more)
        """,
    "a section of a plugin that was left out": """
        quickbooks: {company: main}
        #^ plugin-left-out: pip install 'dayhand-quickbooks[all]'
        """,
    "a key misspelt in a section": """
        email:
          sendr: office@lakeside.example
          #^ unknown-key: did you mean 'sender'? there are: smtp, sender, wait, token
        """,
    "a key misspelt deep in a section": """
        email:
          smtp: {host: mail.example.com, prot: 25}
          #                              ^ unknown-key: did you mean 'port'? there are: host, port, tls, password
        """,
    "a number out of bounds": """
        email:
          smtp: {host: mail.example.com, port: 99999}
          #                                    ^ wrong-value
        """,
    "a secret in the file": """
        email:
          smtp: {host: mail.example.com, password: hunter2}
          #                                        ^ secret-inline: keep it elsewhere and refer to it: 'password: {keyring: SERVICE/USER}' or {env: NAME}
        """,
    "a secret referred to wrongly": """
        email:
          smtp: {host: mail.example.com, password: {evn: PASSWORD}}
          #                                         ^ unknown-key: did you mean 'env'? there are: env, file, credential, keyring
        """,
    "a password in an address": """
        storage: postgresql://me:hunter2@db.example.com/practice
        #                        ^ secret-inline: leave it out of the address: 'storage: {url: …, password: {keyring: SERVICE/USER}}'
        """,
    "a password at the end of an address": """
        storage: postgresql://me@db.example.com/practice?password=hunter2
        #                                                         ^ secret-inline: leave it out of the address: 'storage: {url: …, password: {keyring: SERVICE/USER}}'
        """,
    "a database of another kind": """
        storage: mysql://db.example.com/practice
        #        ^ wrong-value: 'sqlite', or 'postgresql://…'
        """,
    "a currency in small letters": """
        currency: usd
        #         ^ wrong-value: the currency of fees and invoices, as three capital letters
        """,
    "a language with a hyphen": """
        language: en-US
        #         ^ wrong-value: how dates and amounts are written, such as 'en_US' or 'de_DE'
        """,
    "a way to notify that there is not": """
        notify: [email, pigeon]
        #               ^ wrong-value: it can be: email, desktop, log
        """,
    "a key misspelt": """
        tmezone: America/New_York
        #^ unknown-section: did you mean 'timezone'? there are: practice, clinician, timezone, currency, language, storage, documents, limits, retention, backup, notify, email, … (1 more)
        """,
}

SETTINGS |= {
    "a section that is text": """
        email: office@lakeside.example
        #      ^ wrong-type: write 'email:' and below it, indented, its keys
        """,
    "a way to notify that is no command": """
        notify: {command: notify-send}
        #                 ^ wrong-type: write [notify-send], or one '- …' for each item
        """,
    "a number below its bound": """
        email:
          smtp: {host: mail.example.com, port: 0}
          #                                    ^ wrong-value
        """,
    "a secret with two places": """
        email:
          token: {env: A, file: b}
          #      ^ wrong-value
        """,
    "a secret without a place": """
        email:
          token: {}
          #      ^ empty: write a value or remove the key
        """,
}

OWN_SETTINGS = {
    "no name, no zone": """
        practice: {phone: 518-555-0100}
        #^ missing-key: add 'timezone:' (the practice's time zone, such as 'America/New_York': triggers and days are meant in it)
        #         ^ missing-key: add 'name:' (its name)
        clinician: {name: Jane Doe}
        """,
    "an NPI with a wrong digit": """
        practice: {name: Lakeside}
        clinician:
          name: Jane Doe
          npi: 1234567890
          #    ^ bad-npi: it has ten digits, the last one a check digit: one of them is mistyped
        timezone: America/New_York
        """,
    "a tax number that is none": """
        practice: {name: Lakeside, tax_id: 12-345678}
        #                                  ^ bad-tax-id: write an EIN as '12-3456789'
        clinician: {name: Jane Doe}
        timezone: America/New_York
        """,
    "a licence that ends before it begins": """
        practice: {name: Lakeside}
        clinician:
          name: Jane Doe
          licences:
            - {type: LCSW, region: NY, issued: 2025-06-01, expires: 2020-05-31}
            #                                                       ^ bad-date: is a year mistyped?
        timezone: America/New_York
        """,
    "a licence without its state": """
        practice: {name: Lakeside}
        clinician:
          name: Jane Doe
          licences:
            - {type: LCSW, expires: 2027-05-31}
            # ^ missing-key: add 'region:' (the state or province that gave it, such as CA)
        timezone: America/New_York
        """,
    "a date that is none": """
        practice: {name: Lakeside}
        clinician:
          name: Jane Doe
          licences:
            - {type: LCSW, region: NY, expires: 2027-02-30}
            #                                   ^ bad-date: write it as 2026-11-01
        timezone: America/New_York
        """,
    "a zone by its abbreviation": """
        practice: {name: Lakeside}
        clinician: {name: Jane Doe}
        timezone: EST
        #         ^ unknown-timezone: did you mean 'America/New_York'?
        """,
    "a practice that is a name": """
        practice: Lakeside
        #         ^ wrong-type: write 'practice:' and below it, indented, its keys
        clinician: {name: Jane Doe}
        timezone: America/New_York
        """,
}

OWN_SETTINGS |= {
    "licences that are words": """
        practice: {name: Lakeside}
        clinician:
          name: Jane Doe
          licences: [LCSW]
          #          ^ wrong-type: write 'licences:' and below it, indented, its keys
        timezone: America/New_York
        """,
    "a city misspelt": """
        practice: {name: Lakeside}
        clinician: {name: Jane Doe}
        timezone: Los Angelos
        #         ^ unknown-timezone: did you mean 'America/Los_Angeles'?
        """,
    "an NPI in letters": """
        practice: {name: Lakeside, npi: one}
        #                               ^ bad-npi: it has ten digits, the last one a check digit: one of them is mistyped
        clinician: {name: Jane Doe}
        timezone: America/New_York
        """,
    "an empty file": """
        # nothing yet
        #^ empty-file: write it, or bring it back
        """,
}

ROUTINES = {
    name: RoutineHead.of(head)
    for name, head in {
        "monthly-billing": check_routine(
            document.read(
                "routine: monthly-billing\n"
                "inputs: {month: {type: month, required: true}}\n"
                "steps: [{uses: value.set}]\n",
                file="monthly-billing.yaml",
            ),
            CATALOGUE,
        ).routine,
        "caller": RoutineHead("caller", (), ("under-test",)),
    }.items()
    if head is not None
}


def _split(text: str) -> tuple[str, list[tuple[int, int, str, str]]]:
    """The text without its marks, and what they say: line, column, code, hint."""
    kept: list[str] = []
    expected = []
    for line in text.splitlines():
        found = _MARKER.match(line)
        if not found:
            kept.append(line)
        else:
            column = found.start("caret" if found["caret"] else "own") + 1
            expected.append((max(len(kept), 1), column, found["code"], found["hint"] or ""))
    return "\n".join(kept) + "\n", expected


def _found(problems) -> list[tuple[int, int, str, str]]:
    return [(p.mark.line, p.mark.column, p.code, p.hint) for p in problems]


def _check(text: str):
    return check_routine(
        document.read(text, file="routines/under-test.yaml"),
        CATALOGUE,
        routines=ROUTINES,
        file_stem="under-test",
    )


def _whole(kind: str, block: str) -> str:
    block = dedent(block).strip("\n")
    if kind == "steps":
        head = "routine: under-test\ninputs:\n  month: {type: month, default: 2026-11}\nsteps:\n"
        return head + indent(block, "  ")
    if kind == "triggers":
        return f"routine: under-test\nsteps:\n  - uses: value.set\ntriggers:\n{indent(block, '  ')}"
    return block


SCHEMA = jsonschema.Draft202012Validator(compose.routine_schema(CATALOGUE))
WITHOUT_HINT = {
    "expression-syntax", "unknown-name", "unknown-output", "wrong-type", "wrong-value",
}  # fmt: skip
"""Codes whose message says all there is to say."""

BROKEN = [
    pytest.param(_whole(kind, block), id=f"{kind}: {name}")
    for kind, table in (
        ("steps", STEPS),
        ("steps", TYPES),
        ("steps", OPERATORS),
        ("steps", FILTERING),
        ("steps", FLOW),
        ("triggers", TRIGGERS),
        ("whole", WHOLE),
    )
    for name, block in table.items()
]


@pytest.mark.parametrize("marked", BROKEN)
def test_a_broken_routine_is_told_at_the_character(marked):
    text, expected = _split(marked)

    checked = _check(text)

    assert _found(checked.problems) == expected


@pytest.mark.parametrize("marked", BROKEN)
def test_a_problem_is_worded_for_its_author(marked):
    text, _ = _split(marked)

    for problem in _check(text).problems:
        assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", problem.code)
        assert not problem.message.endswith(".")
        assert not problem.message[0].isupper()
        assert problem.mark.file == "routines/under-test.yaml"
        assert "None" not in problem.message + problem.hint
        assert not re.search(r"[<{]class|object at 0x|\bdict\b|\bstr\b", problem.message)


SETTINGS_TEXTS = [
    pytest.param(_GOOD_PRACTICE + dedent(block).strip("\n"), id=name)
    for name, block in SETTINGS.items()
] + [pytest.param(dedent(block).strip("\n"), id=name) for name, block in OWN_SETTINGS.items()]


@pytest.mark.parametrize("marked", SETTINGS_TEXTS)
def test_broken_settings_are_told_at_the_character(marked):
    text, expected = _split(marked)

    checked = check_practice(document.read(text, file="practice.yaml"), CATALOGUE)

    assert _found(checked.problems) == expected


def test_y07_steps_that_wait_for_one_another_are_refused_naming_both():
    problems = _check("""
routine: under-test
steps:
  - id: first
    uses: value.set
    with: {a: "${{ steps.second.a }}"}
  - id: second
    uses: value.set
    with: {a: "${{ steps.first.a }}"}
""").problems

    (problem,) = [one for one in problems if one.is_error]
    assert (problem.code, problem.mark.line) == ("reference-too-early", 6)
    assert "'second'" in problem.message
    assert "line 7" in problem.message


def test_y07_routines_that_start_one_another_are_refused_naming_all():
    problems = _check("routine: under-test\nsteps:\n  - routine: caller\n").problems

    (problem,) = [one for one in problems if one.code == "call-cycle"]
    assert "under-test → caller → under-test" in problem.message


def test_a_secret_is_never_repeated_in_a_problem():
    text = _GOOD_PRACTICE + "email: {token: hunter2, smtp: {host: h, password: hunter2}}\n"

    checked = check_practice(document.read(text, file="practice.yaml"), CATALOGUE)

    assert len(checked.problems) == 2
    assert "hunter2" not in str(checked.problems)


NO_SCHEMA = [
    pytest.param(_whole("steps", block), id=name)
    for table in (TYPES, OPERATORS, FILTERING, FLOW)
    for name, block in table.items()
]


@pytest.mark.parametrize("marked", NO_SCHEMA)
def test_an_editor_with_a_schema_alone_finds_nothing_wrong(marked):
    """Each is a mistake of types or of flow; else it would belong into another table."""
    text, expected = _split(marked)
    plain = document.plain(document.read(text, file="under-test.yaml").root)

    assert list(SCHEMA.iter_errors(plain)) == []
    assert expected != []


def test_there_are_enough_broken_texts():
    assert len(BROKEN) >= 200
    assert len(NO_SCHEMA) >= 60
    assert len(SETTINGS_TEXTS) >= 30


def test_every_hint_says_what_to_do():
    without = {code for case in BROKEN for *_, code, hint in _split(case.values[0])[1] if not hint}

    assert without == WITHOUT_HINT
