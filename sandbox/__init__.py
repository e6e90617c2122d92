"""A simulated WeChat platform: it stores state, checks every call and answers with the platform's error codes.

It shares no code with the console, so that errors in the console's code are found. Rules name their section of
docs/platform/BEHAVIOUR.md ("BEHAVIOUR 4.2"); a rule that is only inferred there is a switch in `SWITCHES`.
"""
