from django.apps import AppConfig
from django.contrib.admin import apps as admin


class ConfigConfig(AppConfig):
    name = "config"
    default = True


class ConsoleAdminConfig(admin.AdminConfig):
    default = False
    default_site = "console.site.ConsoleSite"
