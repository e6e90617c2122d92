import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup(set_prefix=False)

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402  these need the apps, which are loaded now

from config import telemetry  # noqa: E402
from config.chunked import with_length  # noqa: E402
from config.push_address import in_front_of  # noqa: E402
from config.starting import refuse_another  # noqa: E402

telemetry.start()  # before the middleware is loaded: it adds its own
application = in_front_of(with_length(WSGIHandler()))
refuse_another()
