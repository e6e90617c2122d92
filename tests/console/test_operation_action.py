"""An operation as an endpoint of the API, with a body and without."""

import pytest
from rest_framework import serializers
from rest_framework.test import APIRequestFactory, force_authenticate

from console.api import OperationViewSet, operation_action
from console.models import Edit
from tests.factories import make_user
from wechat.models import AccountInfo
from wechat.operations import send_account_info

pytestmark = pytest.mark.django_db(transaction=True)


class PhoneSerializer(serializers.ModelSerializer):
    class Meta:
        model = AccountInfo
        fields = ["service_agent_phone"]


class Settings(OperationViewSet):
    queryset = AccountInfo.objects.all()
    serializer_class = PhoneSerializer
    send = operation_action(send_account_info, body=PhoneSerializer)


def post(record: AccountInfo, body: dict):
    request = APIRequestFactory().post("/", body, format="json")
    force_authenticate(request, make_user("owner"))
    return Settings.as_view({"post": "send"})(request, pk=record.pk)


def test_the_body_is_saved_and_then_sent(platform, drain, settings):
    settings.JOB_WAIT = 0
    info = AccountInfo.objects.create()
    assert post(info, {"service_agent_phone": "020-888888"}).status_code == 202
    assert Edit.objects.get().changes == {"service_agent_phone": ["", "020****88"]}
    drain()
    assert platform.ledger("update_info")[-1].request["service_agent_phone"] == "020-888888"


def test_a_body_that_is_not_right_changes_nothing_and_sends_nothing(platform, settings):
    settings.JOB_WAIT = 0
    info = AccountInfo.objects.create(service_agent_phone="020-1111111")
    answer = post(info, {"service_agent_phone": "call me"})
    assert (answer.status_code, list(answer.data["fields"])) == (400, ["service_agent_phone"])
    info.refresh_from_db()
    assert (info.service_agent_phone, platform.ledger("update_info")) == ("020-1111111", [])
