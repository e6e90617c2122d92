"""gunicorn reads this file by itself where it is started here: with LOG_FORMAT=json its own lines are JSON as well."""

from config.settings import LOG_FORMAT, LOGGING

if LOG_FORMAT == "json":
    # Its log of accesses stays as it is asked for, and off otherwise: addresses may name a person.
    _own: dict = {"handlers": ["stderr"], "propagate": False}
    logconfig_dict = {**LOGGING, "loggers": {**LOGGING["loggers"], "gunicorn.error": _own}}
