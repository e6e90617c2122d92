from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class AccountInfo(models.Model):
    """What buyers see of the shop's service: `account/update_info` (BEHAVIOUR 1.7)."""

    OFFICIAL, CUSTOM_PATH, PHONE = range(3)

    official_service = models.BooleanField(
        _("WeChat's official customer service"),
        default=True,
        help_text=_("Must be on: without it WeChat refuses every product (1040042)."),
    )
    service_agent_path = models.CharField(
        _("customer-service page"),
        max_length=200,
        blank=True,
        help_text=_("A page of the mini program, such as pages/service/index. Leave empty if there is none."),
    )
    service_agent_phone = models.CharField(
        _("customer-service phone"),
        max_length=30,
        blank=True,
        validators=[RegexValidator(r"^[0-9+\- ]{5,30}$", _("Digits, spaces, + and - only."))],
        help_text=_("Shown to buyers, with area code: 020-888888."),
    )
    receiver_name = models.CharField(
        _("receiver"), max_length=50, blank=True, help_text=_("Who takes returned goods in.")
    )
    tel_number = models.CharField(_("receiver's phone"), max_length=30, blank=True)
    country = models.CharField(_("country"), max_length=50, blank=True, default="中国")
    province = models.CharField(_("province"), max_length=50, blank=True)
    city = models.CharField(_("city"), max_length=50, blank=True)
    town = models.CharField(_("district"), max_length=50, blank=True)
    detailed_address = models.CharField(
        _("street address"),
        max_length=200,
        blank=True,
        help_text=_("Where buyers send goods back when nothing else was agreed."),
    )
    # WeChat's values, as last read.
    platform = models.JSONField(_("what WeChat has"), default=dict, blank=True, editable=False)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("service settings")
        verbose_name_plural = _("service settings")

    def __str__(self) -> str:
        return str(_("Customer service and return address"))

    @classmethod
    def load(cls) -> "AccountInfo":
        """The only record, created when somebody first looks at it."""
        return cls.objects.first() or cls.objects.create()

    @property
    def service_agent_type(self) -> list[int]:
        return [
            *([self.OFFICIAL] if self.official_service else []),
            *([self.CUSTOM_PATH] if self.service_agent_path else []),
            *([self.PHONE] if self.service_agent_phone else []),
        ]

    @property
    def state_label(self) -> str:
        return str(_("sent") if self.platform else _("not read yet"))

    @property
    def has_address(self) -> bool:
        return bool(self.receiver_name and self.tel_number and self.detailed_address)
