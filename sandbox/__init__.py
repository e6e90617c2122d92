"""A pretend WeChat: stateful, strict, with its own books, so that it can tell the console it is wrong.

Shares no code with the console. Rules name their section of BEHAVIOUR; what is only inferred there is a switch.
"""
