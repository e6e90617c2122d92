from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.core.checks import Tags, register


class ConfigConfig(AppConfig):
    name = "config"
    default = True

    def ready(self) -> None:
        from .starting import check, check_proxies

        register(check, Tags.database)
        register(check_proxies, Tags.security)


class ConsoleAdminConfig(admin.AdminConfig):
    default = False
    default_site = "console.site.ConsoleSite"
