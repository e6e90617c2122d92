#!/usr/bin/env python3
"""Runs a command of the console: with the checkout's own Python, and on the demo's data if nothing else is set."""

import os
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
PYTHON = os.path.join(HERE, ".venv", "bin", "python")
STARTED_AGAIN = "MANAGE_STARTED_AGAIN"


def use_own_python():
    """Start again with the Python of .venv, if there is one and this is another; at most once."""
    is_again = os.environ.pop(STARTED_AGAIN, "")
    is_own = os.path.realpath(sys.prefix) == os.path.realpath(os.path.join(HERE, ".venv"))
    if os.path.exists(PYTHON) and not is_own and not is_again:
        os.environ[STARTED_AGAIN] = "1"
        os.execv(PYTHON, [PYTHON, *sys.argv])  # noqa: S606  no shell is wanted


def main():
    use_own_python()
    try:
        import django  # noqa: F401
    except ImportError:
        sys.exit("Django is not installed. `make run` installs what the console needs, into .venv.")
    from config import demo
    from config.command_line import CommandLine

    if sys.argv[1:2] not in (["run"], ["walkthrough"]):  # these start a demo themselves
        demo.adopt()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    CommandLine(sys.argv).execute()


if __name__ == "__main__":
    main()
