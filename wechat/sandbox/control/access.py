"""The administrator's phone."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from ..endpoints import register
from ..models import Account
from .board import action


@action
def sign(request: HttpRequest, account: Account) -> str:
    register.sign(account)
    return _("The administrator has signed.")
