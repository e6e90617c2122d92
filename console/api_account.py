"""Customer service and the default return address through the API."""

from typing import Any

from rest_framework.serializers import BaseSerializer, JSONField

from wechat import operations
from wechat.models import AccountInfo

from .api import SingleViewSet, operation_action
from .api_fields import ModelSerializer
from .edits import save_traced
from .etags import VersionedMixin
from .keys import has

ADDRESS = ["receiver_name", "tel_number", "country", "province", "city", "town", "detailed_address"]


class AccountInfoSerializer(ModelSerializer):
    """The return address names a person: it is left out for callers that may not change it."""

    platform = JSONField(read_only=True, help_text="Customer service as WeChat has it, as last read or sent.")

    class Meta:
        model = AccountInfo
        fields = ["official_service", "service_agent_path", "service_agent_phone", *ADDRESS, "platform", "read_at"]
        read_only_fields = ["read_at"]

    def to_representation(self, info: AccountInfo) -> dict[str, Any]:
        data = super().to_representation(info)
        if not has(self.context["request"], "wechat.change_accountinfo"):
            for name in ADDRESS:
                del data[name]
        return data


class AccountInfoViewSet(VersionedMixin, SingleViewSet):
    """The service settings. Writing changes ours; `send_account_info` sends them to WeChat."""

    queryset = AccountInfo.objects.all()
    serializer_class = AccountInfoSerializer

    send_account_info = operation_action(operations.send_account_info, detail=False)
    refresh_account_info = operation_action(operations.refresh_account_info, detail=False)

    def perform_update(self, serializer: BaseSerializer) -> None:
        info: Any = serializer.instance
        save_traced(info, **serializer.validated_data)
        info.refresh_from_db()
