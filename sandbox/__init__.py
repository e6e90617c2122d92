"""A pretend WeChat platform: it keeps state, checks every call and answers the platform's error codes.

It shares no code with the console, so that it finds the console's mistakes. Rules name their section of
docs/platform/BEHAVIOUR.md ("BEHAVIOUR 4.2"); a rule that is only inferred there is a switch in `SWITCHES`.
"""
