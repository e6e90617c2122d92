import logging

from celery import shared_task

from wechat import actors
from wechat.errors import OperationError

from .operations import PULLS, listed

log = logging.getLogger(__name__)


@shared_task
def pull_lists():
    """Read every list once a day."""
    with actors.acting("schedule"):
        for name, pull in PULLS.items():
            try:
                pull(listed(name))
            except OperationError as error:
                log.warning("%s was not pulled: %s", name, error)
