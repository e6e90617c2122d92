import pytest
from django.core.management import call_command

from console.models import FeedEvent
from orders.models import Parcel
from tests.factories import make_order


@pytest.mark.django_db(transaction=True, databases=["default", "sandbox"])
def test_the_deleting_itself_leaves_no_event(platform):
    order = make_order()
    Parcel.objects.create(order=order, waybill_id="SF1")
    call_command("flush", verbosity=0, interactive=False)
    assert not Parcel.objects.exists()
    assert not FeedEvent.objects.exists()
