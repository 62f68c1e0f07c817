"""Located text → checked routine or settings: every mistake at once, each with its place.

The stage is pure: what is installed, which routines there are and what day it is come in as
arguments. A mistake is a `Problem`; nothing here raises for what an author wrote. `routine` checks
routines, and `practice` the settings, without loading what only routines need.

In the order in which `routine` does it:

| what is asked                           | modules                                                  |
|-----------------------------------------|----------------------------------------------------------|
| is the text shaped like a routine?      | `_envelope`, `_shape`, `_quick`; `_forms` for texts      |
| what does it declare?                   | `_triggers`, `_inputs`, `_draft` for steps, `_ids`       |
| is each step there, with what it wants? | `_uses`, `_calls`, `_arguments`, `_clash`                |
| does what an expression names exist?    | `_expressions`, `_references`, `_lookup`, `_scope`       |
| of what type is it?                     | `_types`, `_certain`, `_outputs`                         |
| can an expression work on that?         | `_typing`, `_operators`, `_filtering`                    |
| is each step reached, and looked at?    | `_flow`, `_conditions`, `_effects`, `_lengths`, `_usage` |
| then the routine, with every default    | `_build`                                                 |

`_check` gathers what was found, and `_words` says it. `practice` has `_backup` and `_retention` for two
sections of their own. For editors: `compose` makes the schemas, `inspection` answers what can stand where.
"""
