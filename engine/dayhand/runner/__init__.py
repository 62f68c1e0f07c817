"""Plan → records: runs a plan step by step, keeping a checkpoint of each; goes on where it was cut off.

`Runner` holds the lease and ends the run; `interpreter` walks the plan; `attempts` tries one step;
`sending` keeps the promise that nothing is sent twice; `built_in` are the steps that are always there.
"""
