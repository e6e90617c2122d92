"""Mails to a person, or to each person of a role: who has got one gets it no second time when another's has failed."""

from collections.abc import Sequence
from smtplib import SMTPRecipientsRefused, SMTPResponseException

from django.core.mail import EmailMessage, get_connection
from django.utils.translation import gettext as _

from ..models import AlertChannel, AlertDelivery
from .messages import Message, message_of
from .recipients import people_of
from .telling import Told, update_all

PERMANENT = 500  # from here on a server refuses a person for good


def mail(address: str, message: Message) -> None:
    """A mail of one's own: nobody reads the others' addresses. Raises OSError, of which SMTPException is one."""
    subject = message.title.replace("\n", " ").replace("\r", " ")
    with get_connection() as connection:
        connection.send_messages([EmailMessage(subject, message.text, to=[address])])


def tell_people(channel: AlertChannel, deliveries: Sequence[AlertDelivery]) -> Told:
    """Mail to each person what they have not got yet, in one message."""
    people = people_of(channel)
    if not people:
        return Told([], _("Nobody of this channel has a mail address."))
    fault, left_out = "", set()
    for pk, address in people.items():
        rows = [row for row in deliveries if pk not in row.reached]
        try:
            if rows:
                mail(address, message_of(rows))
        except (SMTPRecipientsRefused, SMTPResponseException) as error:  # of this person: the others are mailed
            fault = f"{address}: {error}"
            if _code(error) >= PERMANENT:
                left_out.add(pk)
        except OSError as error:
            return Told(_done(deliveries, set(people)), f"{type(error).__name__}: {error}")
        else:
            _note_reached(rows, pk)
    done = _done(deliveries, set(people) - left_out)
    return Told(done, fault, is_channels=not any(row.reached for row in deliveries))


def _done(deliveries: Sequence[AlertDelivery], people: set[int]) -> list[AlertDelivery]:
    return [row for row in deliveries if row.reached and people <= set(row.reached)]


def _note_reached(deliveries: Sequence[AlertDelivery], pk: int) -> None:
    """At once, so that a killed worker repeats one mail at most."""
    for before in {tuple(row.reached) for row in deliveries}:
        rows = [row for row in deliveries if tuple(row.reached) == before]
        for row in rows:
            row.reached = [*before, pk]
        update_all(rows, reached=[*before, pk])


def _code(error: SMTPRecipientsRefused | SMTPResponseException) -> int:
    if isinstance(error, SMTPRecipientsRefused):
        return min((code for code, _text in error.recipients.values()), default=0)
    return error.smtp_code
