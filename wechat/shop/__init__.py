"""One module per section of the platform's API, one function per endpoint, named after its path.

All raise `Refused` (a subclass by errcode), `Unreachable` or `Paused`. WeChat's documentation of the custom trading
component has a page of the same name for each.
"""
