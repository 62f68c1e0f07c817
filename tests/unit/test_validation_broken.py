"""Broken routines and settings, each as a text a user would write.

A comment below a line says what is found in it: the `^` stands under the first character of the
wrong word. Where the comment itself begins there, it is written without a space: `#^ missing-key`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from textwrap import dedent, indent

import pytest

from dayhand import document
from dayhand.catalogue import BUILT_IN, Catalogue, PluginSpec, SectionSpec, StepSpec
from dayhand.validation import RoutineHead, check_practice, check_routine

_DATA = json.loads((Path(__file__).parent / "broken_routines" / "catalogue.json").read_text())
CATALOGUE = Catalogue(
    {spec.name: spec for spec in (*BUILT_IN, *(StepSpec(**one) for one in _DATA["steps"]))},
    plugins=tuple(PluginSpec(**one) for one in _DATA["plugins"]),
    sections={one["name"]: SectionSpec(**one) for one in _DATA["sections"]},
)
_MARKER = re.compile(r"^\s*(?P<own>#)(?:\^|\s+(?P<caret>\^)) (?P<code>[a-z-]+)$")

STEPS = {
    "an unknown step": """
        - uses: email.sned
          #     ^ unknown-step
          with: {to: a@example.com}
        """,
    "an unknown step of a known plugin": """
        - uses: billing.drafts
          #     ^ unknown-step
        """,
    "a plugin's name misspelt": """
        - uses: emial.notify_me
          #     ^ unknown-step
        """,
    "a step without a plugin": """
        - uses: send
          #     ^ unknown-step
        """,
    "a plugin that is not installed": """
        - uses: faxing.send_page
          #     ^ unknown-plugin
        """,
    "a plugin that was left out": """
        - uses: quickbooks.sync
          #     ^ plugin-left-out
        """,
    "a key misspelt": """
        - use: file.write
          #^ unknown-key
          with: {path: a.md, text: b}
        """,
    "a step that is only a name": """
        - file.write
        # ^ wrong-type
        """,
    "a step that says nothing": """
        - id: nothing
        # ^ missing-key
        """,
    "two kinds of step in one": """
        - uses: value.set
          parallel:
          #^ conflicting-keys
            - uses: value.set
        """,
    "no steps in a group": """
        - steps: []
          #      ^ empty
        """,
    "an input misspelt": """
        - uses: file.write
          with: {paht: a.md, text: b}
          #      ^ unknown-input
        """,
    "an input that is missing": """
        - uses: file.write
          #     ^ missing-input
          with: {path: a.md}
        """,
    "all inputs missing": """
        - uses: billing.issue
          #     ^ missing-input
        """,
    "a literal number where text is wanted": """
        - uses: file.write
          with: {path: a.md, text: 2026}
          #                        ^ wrong-type
        """,
    "text where a list is wanted": """
        - uses: billing.issue
          with: {drafts: D-1}
          #              ^ wrong-type
        """,
    "a wrong item in a list": """
        - uses: billing.issue
          with: {drafts: [D-1, 5, D-3]}
          #                    ^ wrong-type
        """,
    "a choice that there is not": """
        - uses: billing.export
          with: {format: beancuont}
          #              ^ wrong-value
        """,
    "a word for true": """
        - uses: practice.sessions
          with: {billed: no}
          #              ^ wrong-type
        """,
    "a month that there is not": """
        - uses: practice.sessions
          with: {month: 2026-13}
          #             ^ bad-date
        """,
    "a date the other way round": """
        - uses: practice.sessions
          with: {start: 01.11.2026}
          #             ^ bad-date
        """,
    "a length without a unit": """
        - uses: wait.until
          with: {length: "20"}
          #              ^ bad-duration
        """,
    "a length that is a number": """
        - uses: wait.until
          with: {length: 20}
          #              ^ wrong-type
        """,
    "a wait for nothing": """
        - uses: wait.until
          #     ^ missing-input
        """,
    "a wait for two things": """
        - uses: wait.until
          with: {moment: 2026-11-01, length: 2 hours}
          #                          ^ conflicting-keys
        """,
    "a file outside out": """
        - uses: file.write
          with: {path: ../notes.md, text: a}
          #            ^ bad-path
        """,
    "a value in a nested input": """
        - uses: billing.draft
          with:
            sessions:
              - {id: S-1, client: {id: C-1}, start: 2026-11-01T09:00, minutes: 50, status: helt}
              #                                                                            ^ wrong-value
        """,
    "a key missing in a nested input": """
        - uses: billing.draft
          with:
            sessions:
              - {id: S-1, client: {id: C-1}, start: 2026-11-01T09:00, status: attended}
              # ^ missing-key
        """,
    "an empty input": """
        - uses: file.write
          with:
            path:
            #    ^ empty
            text: a
        """,
    "an expression in braces without quotes": """
        - uses: billing.issue
          with: {drafts: ${{ steps.x }}}
          #               ^ yaml-syntax
        """,
    "a form's field of an unknown type": """
        - uses: person.ask
          with: {title: Which, fields: {day: datum}}
          #                                  ^ wrong-value
        """,
    "a choice in a form without choices": """
        - uses: person.ask
          with: {title: Which, fields: {day: choice}}
          #                                  ^ missing-key
        """,
    "an id with a hyphen": """
        - id: my-step
          #   ^ bad-name
          uses: value.set
        """,
    "an id that is a name already": """
        - id: steps
          #   ^ reserved-name
          uses: value.set
        """,
    "an id taken twice": """
        - {id: one, uses: value.set}
        - {id: one, uses: value.set}
        #      ^ duplicate-id
        """,
    "an id in a loop that is taken outside": """
        - {id: one, uses: value.set}
        - for_each: "[1]"
          steps:
            - {id: one, uses: value.set}
            #      ^ duplicate-id
        """,
    "a loop's item named as another's": """
        - for_each: "[1]"
          as: client
          steps:
            - for_each: "[2]"
              as: client
              #   ^ reserved-name
              steps:
                - uses: value.set
        """,
    "an item without a loop": """
        - uses: value.set
          as: item
          #^ key-does-not-apply
        """,
    "with beside a group": """
        - steps:
            - uses: value.set
          with: {a: 1}
          #^ key-does-not-apply
        """,
    "a decline where nobody is asked": """
        - uses: value.set
          on_decline: continue
          #^ key-does-not-apply
        """,
    "a wrong word for errors": """
        - uses: value.set
          on_error: contine
          #         ^ wrong-value
        """,
    "a problem in an error handler": """
        - uses: value.set
          on_error:
            - uses: file.wrte
              #     ^ unknown-step
        """,
    "too many attempts": """
        - uses: practice.sessions
          retry: {attempts: 1000}
          #                 ^ wrong-value
        """,
    "a pause misspelt": """
        - uses: practice.sessions
          retry: {frist: 2 seconds}
          #       ^ unknown-key
        """,
    "a time limit that is none": """
        - uses: practice.sessions
          timeout: soon
          #        ^ bad-duration
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
            #     ^ expression-unclosed
        """,
    "a call": """
        - uses: value.set
          with:
            a: ${{ inputs.month.upper() }}
            #                        ^ expression-not-allowed
        """,
    "a filter that there is not": """
        - uses: value.set
          with:
            a: ${{ inputs.month | uper }}
            #                     ^ unknown-filter
        """,
    "braces in a bare expression": """
        - uses: value.set
          when: ${{ inputs.month }}
          #     ^ expression-syntax
        """,
    "two wrong expressions in one text": """
        - uses: value.set
          with:
            a: ${{ inputs.mont }} and ${{ monthh }}
            #             ^ unknown-input
            #                             ^ unknown-name
        """,
    "a name from nowhere": """
        - uses: value.set
          with:
            a: ${{ today }}
            #      ^ unknown-name
        """,
    "a wrong expression in a folded text": """
        - uses: value.set
          with:
            a: >
              Hello, this is
              for ${{ practice.nam }}
              #                ^ unknown-output
        """,
    "an id from nowhere": """
        - {id: sessions, uses: practice.sessions}
        - uses: value.set
          with:
            a: ${{ steps.sesions.items }}
            #            ^ unknown-reference
        """,
    "a step that comes later": """
        - uses: value.set
          with:
            a: ${{ steps.sessions.items }}
            #            ^ reference-too-early
        - {id: sessions, uses: practice.sessions}
        """,
    "a step that uses itself": """
        - id: one
          uses: value.set
          with:
            a: ${{ steps.one.b }}
            #            ^ reference-too-early
        """,
    "a block that is used inside itself": """
        - id: all_of_it
          steps:
            - uses: value.set
              when: steps.all_of_it
              #           ^ reference-too-early
        """,
    "a step inside a loop, used after it": """
        - id: loop
          for_each: "[1, 2]"
          steps:
            - {id: inner, uses: value.set, with: {a: 1}}
        - uses: value.set
          with:
            a: ${{ steps.inner.a }}
            #            ^ reference-into-loop
        """,
    "a step in another branch": """
        - parallel:
            - {id: left, uses: value.set, with: {a: 1}}
            - id: right
              uses: value.set
              with:
                a: ${{ steps.left.a }}
                #            ^ reference-across-branches
        """,
    "a step in a handler, used after it": """
        - uses: practice.sessions
          on_error:
            - {id: instead, uses: value.set, with: {a: 1}}
        - uses: value.set
          with:
            a: ${{ steps.instead.a }}
            #            ^ reference-into-handler
        """,
    "an output misspelt": """
        - {id: sessions, uses: practice.sessions}
        - uses: value.set
          with:
            a: ${{ steps.sessions.item }}
            #                     ^ unknown-output
        """,
    "an output deep inside": """
        - {id: sessions, uses: practice.sessions}
        - uses: value.set
          with:
            a: ${{ steps.sessions.items[0].client.initialls }}
            #                                     ^ unknown-output
        """,
    "a list taken for a mapping": """
        - {id: sessions, uses: practice.sessions}
        - uses: value.set
          with:
            a: ${{ steps.sessions.items.client }}
            #                           ^ unknown-output
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
            #                   ^ unknown-output
        """,
    "a field that is not in the form": """
        - id: asked
          uses: person.ask
          with: {title: Which, fields: {day: date, why: {type: text}}}
        - uses: value.set
          with:
            a: ${{ steps.asked.days }}
            #                  ^ unknown-output
        """,
    "a loop taken for one iteration": """
        - id: loop
          for_each: "[1, 2]"
          uses: billing.render
          with: {invoice: x}
        - uses: value.set
          with:
            a: ${{ steps.loop.path }}
            #                 ^ unknown-output
        """,
    "a member of a loop's item": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - for_each: steps.issued.invoices
          as: invoice
          steps:
            - uses: value.set
              with:
                a: ${{ invoice.emial }}
                #              ^ unknown-output
        """,
    "a loop over a mapping": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - for_each: steps.issued
          #         ^ type-mismatch
          uses: value.set
        """,
    "a loop's item in its own list": """
        - for_each: item.parts
          #         ^ unknown-name
          uses: value.set
        """,
    "a loop's item in its own condition": """
        - for_each: "[1, 2]"
          when: item
          #     ^ unknown-name
          uses: value.set
        """,
    "a mapping where a list is wanted": """
        - {id: sessions, uses: practice.sessions}
        - uses: billing.draft
          with:
            sessions: ${{ steps.sessions }}
            #         ^ type-mismatch
        """,
    "a list where text is wanted": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - uses: billing.render
          with:
            invoice: ${{ steps.issued.numbers }}
            #        ^ type-mismatch
        """,
    "ids where records are wanted": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - uses: billing.draft
          with:
            sessions: ${{ steps.issued.numbers }}
            #         ^ type-mismatch
        """,
    "a number where text is wanted": """
        - {id: sessions, uses: practice.sessions}
        - uses: billing.render
          with:
            invoice: ${{ steps.sessions.total_minutes }}
            #        ^ type-mismatch
        """,
    "a date where text is wanted": """
        - {id: issued, uses: billing.issue, with: {drafts: []}}
        - for_each: steps.issued.invoices
          uses: billing.render
          with:
            invoice: ${{ item.issued_on }}
            #        ^ type-mismatch
        """,
    "a step that may be skipped": """
        - id: sessions
          uses: practice.sessions
          when: inputs.month
        - uses: value.set
          with:
            a: ${{ steps.sessions.items }}
            #            ^ maybe-missing
        """,
    "a step in a group that may be skipped": """
        - when: inputs.month
          steps:
            - {id: sessions, uses: practice.sessions}
        - uses: value.set
          with:
            a: ${{ steps.sessions.items }}
            #            ^ maybe-missing
        """,
    "a step that may fail": """
        - {id: sessions, uses: practice.sessions, on_error: continue}
        - uses: value.set
          with:
            a: ${{ steps.sessions.items }}
            #            ^ maybe-missing
        """,
    "a condition that does not make sure": """
        - {id: sessions, uses: practice.sessions, when: inputs.month}
        - uses: value.set
          when: not (steps.sessions.items | default([]))
          with:
            a: ${{ steps.sessions.total_minutes }}
            #            ^ maybe-missing
        """,
    "a mail nobody has approved": """
        - uses: email.send
          #     ^ send-without-approval
          with: {to: a@example.com}
        """,
    "an approval that comes after the mail": """
        - uses: email.send
          #     ^ send-without-approval
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
          #^ retry-on-send
        """,
    "an unknown routine": """
        - routine: montly-billing
          #        ^ unknown-routine
        """,
    "an unknown input of a routine": """
        - routine: monthly-billing
          inputs: {mnth: 2026-11}
          #        ^ unknown-input
        """,
    "a missing input of a routine": """
        - routine: monthly-billing
          #        ^ missing-input
        """,
    "a wrong input of a routine": """
        - routine: monthly-billing
          inputs: {month: 2026-11-01}
          #               ^ bad-date
        """,
    "a routine that runs itself": """
        - routine: under-test
          #        ^ call-cycle
        """,
    "routines that run one another": """
        - routine: caller
          #        ^ call-cycle
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
          #     ^ wrong-type
        """,
    "an id that is a number": """
        - id: 1
          #   ^ wrong-type
          uses: value.set
        """,
    "an id that is empty": """
        - id:
          #  ^ empty
          uses: value.set
        """,
    "an id that is the loop's item": """
        - for_each: "[1]"
          as: client
          steps:
            - id: client
              #   ^ reserved-name
              uses: value.set
        """,
    "a handler without steps": """
        - uses: value.set
          on_error: []
          #         ^ empty
        """,
    "a with that is a list": """
        - uses: billing.issue
          with: [a]
          #     ^ wrong-type
        """,
    "a with that is empty": """
        - uses: billing.issue
          with:
          #    ^ empty
        """,
    "an approval in a form's details": """
        - uses: person.ask
          with: {title: Which, fields: {day: {type: choice}}}
          #                                  ^ missing-key
        """,
    "text for a whole number": """
        - uses: practice.sessions
          with: {least: "5"}
          #             ^ wrong-type
        """,
    "a part for a whole number": """
        - uses: practice.sessions
          with: {least: 5.5}
          #             ^ wrong-type
        """,
    "text with an expression for a whole number": """
        - uses: practice.sessions
          with: {least: "about ${{ 1 + 1 }}"}
          #             ^ wrong-type
        """,
    "text with an expression for a list": """
        - uses: billing.issue
          with: {drafts: "D-${{ 1 + 1 }}"}
          #              ^ wrong-type
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
          #           ^ duplicate-value
        """,
    "a retry that is text": """
        - uses: practice.sessions
          retry: often
          #      ^ wrong-type
        """,
    "a kind of error that is a class": """
        - uses: practice.sessions
          retry: {on: [TimeoutError]}
          #            ^ wrong-value
        """,
    "a step whose condition is never": """
        - {id: sessions, uses: practice.sessions, when: false}
        - uses: value.set
          with:
            a: ${{ steps.sessions.items }}
            #            ^ maybe-missing
        """,
    "one of two conditions": """
        - {id: sessions, uses: practice.sessions, when: inputs.month and now.hour > 8}
        - uses: value.set
          when: inputs.month
          with:
            a: ${{ steps.sessions.items }}
            #            ^ maybe-missing
        """,
    "either of two conditions": """
        - {id: sessions, uses: practice.sessions, when: inputs.month}
        - uses: value.set
          when: inputs.month or now.hour > 8
          with:
            a: ${{ steps.sessions.items }}
            #            ^ maybe-missing
        """,
    "a step of the block whose error is handled": """
        - on_error:
            - uses: value.set
              with:
                a: ${{ steps.sessions.items }}
                #            ^ maybe-missing
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
              #     ^ send-without-approval
              with: {to: a@example.com}
        """,
    "a mail where an error is handled": """
        - uses: practice.sessions
          on_error:
            - uses: email.send
              #     ^ send-without-approval
              with: {to: a@example.com}
        """,
    "a called routine's output": """
        - id: called
          routine: monthly-billing
          inputs: {month: 2026-11}
        - uses: value.set
          with:
            a: ${{ steps.called.status }}
            #                   ^ unknown-output
        """,
    "a moment's field": """
        - uses: value.set
          with:
            a: ${{ now.minutes }}
            #          ^ unknown-output
        """,
    "an item of a list that is no number": """
        - {id: sessions, uses: practice.sessions}
        - uses: value.set
          with:
            a: ${{ steps.sessions.items['first'] }}
            #                           ^ unknown-output
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
        #        ^ name-mismatch
        steps:
          - uses: value.set
        """,
    "a name with capitals": """
        routine: Under Test
        #        ^ wrong-value
        steps:
          - uses: value.set
        """,
    "no name": """
        title: Under test
        #^ missing-key
        steps:
          - uses: value.set
        """,
    "no steps": """
        routine: under-test
        #^ missing-key
        """,
    "an empty file": """
        # nothing yet
        #^ empty-file
        """,
    "a list for a file": """
        - uses: value.set
        #^ not-a-mapping
        """,
    "a key twice": """
        routine: under-test
        steps:
          - uses: value.set
        steps:
        #^ duplicate-key
          - uses: value.set
        """,
    "a word for false": """
        routine: under-test
        enabled: off
        #        ^ wrong-type
        steps:
          - uses: value.set
        """,
    "an overlap that there is not": """
        routine: under-test
        concurrency: {overlap: queue}
        #                      ^ wrong-value
        steps:
          - uses: value.set
        """,
    "a zone that there is not": """
        routine: under-test
        timezone: America/NewYork
        #         ^ unknown-timezone
        steps:
          - uses: value.set
        """,
    "an input of an unknown type": """
        routine: under-test
        inputs:
          month: {type: mnth}
          #             ^ wrong-value
        steps:
          - uses: value.set
        """,
    "an input in short of an unknown type": """
        routine: under-test
        inputs:
          month: string
          #      ^ wrong-value
        steps:
          - uses: value.set
        """,
    "an input whose name is none": """
        routine: under-test
        inputs:
          the-month: month
          #^ bad-name
        steps:
          - uses: value.set
        """,
    "a default of another type": """
        routine: under-test
        inputs:
          count: {type: integer, default: many}
          #                               ^ wrong-type
        steps:
          - uses: value.set
        """,
    "a default that is no choice": """
        routine: under-test
        inputs:
          format: {type: choice, choices: [csv, pdf], default: odt}
          #                                                    ^ wrong-value
        steps:
          - uses: value.set
        """,
    "a choice without choices": """
        routine: under-test
        inputs:
          format: choice
          #       ^ missing-key
        steps:
          - uses: value.set
        """,
    "a default that uses a step": """
        routine: under-test
        inputs:
          month: {type: month, default: "${{ steps.first.month }}"}
          #                                        ^ unknown-name
        steps:
          - {id: first, uses: value.set, with: {month: 2026-11}}
        """,
    "a default that uses a later input": """
        routine: under-test
        inputs:
          month: {type: month, default: "${{ inputs.day | month }}"}
          #                                         ^ unknown-input
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
          #^ input-without-default
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
              #                  ^ maybe-missing
        """,
    "a failure's field misspelt": """
        routine: under-test
        steps:
          - {id: sessions, uses: practice.sessions}
        finally:
          - uses: email.notify_me
            with:
              subject: ${{ failure.mesage }}
              #                    ^ unknown-output
        """,
}

WHOLE |= {
    "triggers that are one": """
        routine: under-test
        triggers: {cron: 0 9 1 * *}
        #         ^ wrong-type
        steps:
          - uses: value.set
        """,
    "a trigger that is text": """
        routine: under-test
        triggers:
          - 0 9 1 * *
          # ^ wrong-type
        steps:
          - uses: value.set
        """,
    "choices for a date": """
        routine: under-test
        inputs:
          day: {type: date, choices: [2026-11-01]}
          #                 ^ key-does-not-apply
        steps:
          - uses: value.set
        """,
    "a choice in full without choices": """
        routine: under-test
        inputs:
          format: {type: choice}
          #^ missing-key
        steps:
          - uses: value.set
        """,
    "defaults of other types": """
        routine: under-test
        inputs:
          files: {type: list, default: a.csv}
          #                            ^ wrong-type
          sure: {type: boolean, default: yes}
          #                              ^ wrong-type
          day: {type: date, default: 1.11.2026}
          #                          ^ bad-date
          amount: {type: number, default: [1]}
          #                               ^ wrong-type
          nothing: {type: text, default: null}
          any: {type: date, default: "${{ now.date }}"}
        steps:
          - uses: value.set
        """,
    "an expression in a default": """
        routine: under-test
        inputs:
          day: {type: date, default: "${{ tody }}"}
          #                               ^ unknown-name
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

TRIGGERS = {
    "seconds": """
        - cron: 0 0 9 * * 1
          #     ^ cron-fields
        """,
    "too few fields": """
        - cron: 0 9
          #     ^ cron-fields
        """,
    "a range that wraps around": """
        - cron: 0 9 * * fri-mon
          #             ^ cron-wraps
        """,
    "a day with a wrong name": """
        - cron: 0 9 * * mo
          #             ^ cron-syntax
        """,
    "an hour that there is not": """
        - cron: "0 24 * * *"
          #        ^ cron-syntax
        """,
    "a day that there is not": """
        - cron: 0 9 30 2 *
          #     ^ cron-never-fires
        """,
    "two day fields": """
        - cron: 0 9 1 * mon
          #     ^ cron-day-rule
        """,
    "every other day, on a weekday": """
        - cron: 0 9 */2 * mon
          #     ^ cron-day-rule
        """,
    "a nickname that there is not": """
        - cron: "@reboot"
          #      ^ cron-syntax
        """,
    "the same one twice": """
        - cron: 0 9 1 * *
        - cron: 0  9 1 * *
          #     ^ duplicate-trigger
        """,
    "no time": """
        - skip_on: [weekend]
        # ^ missing-key
        """,
    "two times": """
        - cron: 0 9 1 * *
          every: 2 hours
          #^ conflicting-keys
        """,
    "a misspelt key": """
        - corn: 0 9 1 * *
        # ^ unknown-key
        """,
    "a shift of nothing": """
        - cron: 0 9 1 * *
          shift: next_open_day
          #^ key-does-not-apply
        """,
    "a number for another policy": """
        - cron: 0 9 1 * *
          if_missed: skip
          max: 3
          #^ key-does-not-apply
        """,
    "a policy that there is not": """
        - cron: 0 9 1 * *
          if_missed: run_last
          #          ^ wrong-value
        """,
    "a policy without its length": """
        - cron: 0 9 1 * *
          if_missed: {run_within: later}
          #                       ^ bad-duration
        """,
    "a pause that is too short": """
        - every: 10 seconds
          #      ^ bad-duration
        """,
    "a zone that there is not": """
        - cron: 0 9 1 * *
          timezone: EST
          #         ^ unknown-timezone
        """,
    "an offset of a cron": """
        - cron: 0 9 1 * *
          offset: 2 hours
          #^ key-does-not-apply
        """,
    "a file outside inbox": """
        - file: /home/me/*.csv
          #     ^ bad-path
        """,
    "a routine that there is not": """
        - routine: monthly-biling
          #        ^ unknown-routine
        """,
    "its own end": """
        - routine: under-test
          #        ^ call-cycle
        """,
    "a day to skip that there is not": """
        - cron: 0 9 1 * *
          skip_on: [weekends]
          #         ^ wrong-value
        """,
}

TRIGGERS |= {
    "a folder that is there already": """
        - file: inbox/*.csv
          #     ^ bad-path
        """,
    "an end that there is not": """
        - routine: monthly-billing
          on: [done, finished]
          #          ^ wrong-value
        """,
    "a step of nothing": """
        - cron: "*/99 * * * *"
          #       ^ cron-syntax
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
        #^ unknown-section
        """,
    "a section misspelt": """
        emial: {sender: a@example.com}
        #^ unknown-section
        """,
    "a section of a plugin that was left out": """
        quickbooks: {company: main}
        #^ plugin-left-out
        """,
    "a key misspelt in a section": """
        email:
          sendr: office@lakeside.example
          #^ unknown-key
        """,
    "a key misspelt deep in a section": """
        email:
          smtp: {host: mail.example.com, prot: 25}
          #                              ^ unknown-key
        """,
    "a number out of bounds": """
        email:
          smtp: {host: mail.example.com, port: 99999}
          #                                    ^ wrong-value
        """,
    "a secret in the file": """
        email:
          smtp: {host: mail.example.com, password: hunter2}
          #                                        ^ secret-inline
        """,
    "a secret referred to wrongly": """
        email:
          smtp: {host: mail.example.com, password: {evn: PASSWORD}}
          #                                         ^ unknown-key
        """,
    "a password in an address": """
        storage: postgresql://me:hunter2@db.example.com/practice
        #                        ^ secret-inline
        """,
    "a database of another kind": """
        storage: mysql://db.example.com/practice
        #        ^ wrong-value
        """,
    "a currency in small letters": """
        currency: usd
        #         ^ wrong-value
        """,
    "a language with a hyphen": """
        language: en-US
        #         ^ wrong-value
        """,
    "a way to notify that there is not": """
        notify: [email, pigeon]
        #               ^ wrong-value
        """,
    "a key misspelt": """
        tmezone: America/New_York
        #^ unknown-section
        """,
}

SETTINGS |= {
    "a section that is text": """
        email: office@lakeside.example
        #      ^ wrong-type
        """,
    "a way to notify that is no command": """
        notify: {command: notify-send}
        #                 ^ wrong-type
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
          #      ^ empty
        """,
}

OWN_SETTINGS = {
    "no name, no zone": """
        practice: {phone: 518-555-0100}
        #^ missing-key
        #         ^ missing-key
        clinician: {name: Jane Doe}
        """,
    "an NPI with a wrong digit": """
        practice: {name: Lakeside}
        clinician:
          name: Jane Doe
          npi: 1234567890
          #    ^ bad-npi
        timezone: America/New_York
        """,
    "a tax number that is none": """
        practice: {name: Lakeside, tax_id: 12-345678}
        #                                  ^ bad-tax-id
        clinician: {name: Jane Doe}
        timezone: America/New_York
        """,
    "a licence that ends before it begins": """
        practice: {name: Lakeside}
        clinician:
          name: Jane Doe
          licences:
            - {type: LCSW, region: NY, issued: 2025-06-01, expires: 2020-05-31}
            #                                                       ^ bad-date
        timezone: America/New_York
        """,
    "a licence without its state": """
        practice: {name: Lakeside}
        clinician:
          name: Jane Doe
          licences:
            - {type: LCSW, expires: 2027-05-31}
            # ^ missing-key
        timezone: America/New_York
        """,
    "a date that is none": """
        practice: {name: Lakeside}
        clinician:
          name: Jane Doe
          licences:
            - {type: LCSW, region: NY, expires: 2027-02-30}
            #                                   ^ bad-date
        timezone: America/New_York
        """,
    "a zone by its abbreviation": """
        practice: {name: Lakeside}
        clinician: {name: Jane Doe}
        timezone: EST
        #         ^ unknown-timezone
        """,
    "a practice that is a name": """
        practice: Lakeside
        #         ^ wrong-type
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
          #          ^ wrong-type
        timezone: America/New_York
        """,
    "a city misspelt": """
        practice: {name: Lakeside}
        clinician: {name: Jane Doe}
        timezone: Los Angelos
        #         ^ unknown-timezone
        """,
    "an NPI in letters": """
        practice: {name: Lakeside, npi: one}
        #                               ^ bad-npi
        clinician: {name: Jane Doe}
        timezone: America/New_York
        """,
    "an empty file": """
        # nothing yet
        #^ empty-file
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


def _split(text: str) -> tuple[str, list[tuple[int, int, str]]]:
    """The text without its marks, and what they say: line, column, code."""
    kept: list[str] = []
    expected = []
    for line in text.splitlines():
        found = _MARKER.match(line)
        if not found:
            kept.append(line)
        else:
            column = found.start("caret" if found["caret"] else "own") + 1
            expected.append((max(len(kept), 1), column, found["code"]))
    return "\n".join(kept) + "\n", expected


def _found(problems) -> list[tuple[int, int, str]]:
    return [(problem.mark.line, problem.mark.column, problem.code) for problem in problems]


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


BROKEN = [
    pytest.param(_whole(kind, block), id=f"{kind}: {name}")
    for kind, table in (("steps", STEPS), ("triggers", TRIGGERS), ("whole", WHOLE))
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


def test_a_secret_is_never_repeated_in_a_problem():
    text = _GOOD_PRACTICE + "email: {token: hunter2, smtp: {host: h, password: hunter2}}\n"

    checked = check_practice(document.read(text, file="practice.yaml"), CATALOGUE)

    assert len(checked.problems) == 2
    assert "hunter2" not in str(checked.problems)


def test_there_are_enough_broken_texts():
    assert len(BROKEN) + len(SETTINGS_TEXTS) >= 70
