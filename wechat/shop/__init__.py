"""One module per section of the platform's API, one function per endpoint, named after its path.

All raise `Refused` (typed by errcode), `Unreachable` or `Paused`; each stands for the page of the same name in WeChat's
documentation of the custom trading component.
"""
