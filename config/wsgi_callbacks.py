"""A process of its own for WeChat's messages: nothing that goes on in the web process delays them.

gunicorn config.wsgi_callbacks -k gthread -w 2 --threads 8 -b 127.0.0.1:8001
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup(set_prefix=False)

from config.push_address import in_front_of, nothing_else  # noqa: E402  needs the apps, which are loaded now
from config.starting import refuse_another  # noqa: E402

application = in_front_of(nothing_else)
refuse_another()
