"""Triggers to occurrences: when each routine is due. Pure: no store, no loop, no clock of its own.

`timetable` has the rules; `zones` the changes of the clock, `open_days` closed days, `lateness`
what is done about times that passed, `preview` what is worth knowing of the days to come.
"""
