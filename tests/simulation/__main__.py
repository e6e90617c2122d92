"""`python -m tests.simulation --seeds 1-200 [--resume FILE] [--story]`: see README.md."""

import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.simulation.settings"

from .seams import take_time

take_time()

import django  # noqa: E402

django.setup()

from .running import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
