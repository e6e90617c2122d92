"""“Check my set-up”: what has to be right outside of this code, tried one by one, and how each fault is mended.

`findings` is what a check answers; `machine`, `platform`, `pushes`, `workers` have the checks, `running` their list.
"""
