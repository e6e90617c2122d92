"""The settings for every environment; .env.example lists the variables."""

from decimal import Decimal
from pathlib import Path

import environ
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _

from .databases import cache, database
from .private_files import private_folder

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(BASE_DIR / ".env")

VAR = Path(env("VAR_DIR", default=BASE_DIR / "var"))
VAR.mkdir(parents=True, exist_ok=True)


def _kept_key() -> str:
    """A secret created once and stored in VAR_DIR, so that the console starts without any settings."""
    path = VAR / "secret.key"
    try:
        with path.open("x") as file:
            path.chmod(0o600)
            file.write(get_random_secret_key())
    except FileExistsError:
        pass
    return path.read_text()


DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY", default="") or _kept_key()
# Encrypt tokens, messages and numbers at rest: the first key encrypts, all of them decrypt.
FIELD_KEYS = env.list("FIELD_KEYS", default=[SECRET_KEY])
# Of the hashes by which buyers are found; with another one they are made anew.
LOOKUP_KEY = env("LOOKUP_KEY", default="") or FIELD_KEYS[-1]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# The mini program, and the connection between WeChat's servers and ours.
WECHAT_SANDBOX = env.bool("WECHAT_SANDBOX", default=False)
SANDBOX_ACCESS = env("SANDBOX_ACCESS", default="open")  # access in a new sandbox: open, or closed as for a new merchant
SANDBOX_MERCHANT = env("SANDBOX_MERCHANT", default="open")  # merchant account in it: open, or not applied for
WECHAT_APPID = env("WECHAT_APPID", default="")
WECHAT_SECRET = env("WECHAT_SECRET", default="")
WECHAT_TOKEN = env("WECHAT_TOKEN", default="")
WECHAT_AES_KEY = env("WECHAT_AES_KEY", default="")
WECHAT_API_BASE = env("WECHAT_API_BASE", default="https://api.weixin.qq.com").rstrip("/")
WECHAT_CALLBACK_URL = env("WECHAT_CALLBACK_URL", default="http://127.0.0.1:8000/wechat/callback/")
WECHAT_CALLBACK_MODE = env("WECHAT_CALLBACK_MODE", default="safe")  # safe, compatible or plaintext
WECHAT_CALLBACK_WINDOW = env.int("WECHAT_CALLBACK_WINDOW", default=600)  # seconds a signed stamp may be off
WECHAT_CALLBACK_TRIES = env.int("WECHAT_CALLBACK_TRIES", default=8)
WECHAT_STEP_TRIES = env.int("WECHAT_STEP_TRIES", default=8)  # that end in a fault, before a person has to look
WECHAT_CONNECT_TIMEOUT = env.float("WECHAT_CONNECT_TIMEOUT", default=3.0)  # seconds
WECHAT_READ_TIMEOUT = env.float("WECHAT_READ_TIMEOUT", default=10.0)  # seconds
# Requests of one web process that may wait for WeChat: fewer than its threads, so that others answer WeChat and people.
WEB_CALLS = env.int("WEB_CALLS", default=12)
WECHAT_LEASE = env.int("WECHAT_LEASE", default=60)  # seconds a worker keeps what it claimed
WECHAT_KEEP_DAYS = env.int("WECHAT_KEEP_DAYS", default=90)  # days that calls and raw messages are kept
KEEP_DAYS = env.dict("KEEP_DAYS", default={})  # other days than those of wechat.retention, by kind: calls=30,jobs=0
WECHAT_SCENE_GROUPS = env.list("WECHAT_SCENE_GROUPS", cast=int, default=[1])
# Rate limits by endpoint: calls, in so many seconds, and how many of them at once; BEHAVIOUR section 13.
WECHAT_PACE = {
    "default": tuple(env.list("WECHAT_PACE", cast=int, default=[800, 30, 40])),
    "/shop/cat/get": (10, 3600, 5),
    "/shop/delivery/get_company_list": (10, 3600, 5),
}

# Limits on a product. WeChat does not document them for this component; these are a similar product's (BEHAVIOUR 3.4).
PRODUCT_LIMITS = {"title_min": 3, "title_max": 60, "head_img": 9, "imgs": 20, "skus": 500}

ORDER_EXPIRES = env.int("ORDER_EXPIRES", default=30)  # minutes to pay, where an order does not say
# Minutes since an order was last asked for in which it is pushed by itself, where WeChat could not be reached.
ORDER_PUSH_MINUTES = env.int("ORDER_PUSH_MINUTES", default=10)
ORDER_AFTERSALE_DAYS = env.int("ORDER_AFTERSALE_DAYS", default=7)
ORDER_KEEP_ADDRESS_DAYS = env.int("ORDER_KEEP_ADDRESS_DAYS", default=180)  # since the order was placed
AFTERSALE_MOST_CHANGES = env.int("AFTERSALE_MOST_CHANGES", default=10)  # of one after-sale, its opening counted
REFUND_SECOND_PERSON = env.int("REFUND_SECOND_PERSON", default=100_000)  # fen; larger refunds and releases
SETTLEMENT_DAYS = tuple(env.list("SETTLEMENT_DAYS", cast=int, default=[7, 7]))  # for after-sales, and after them
SETTLEMENT_FEE = Decimal(env("SETTLEMENT_FEE", default="0.6"))  # % that WeChat keeps
SCENE_CHECK_HOURS = env.int("SCENE_CHECK_HOURS", default=24)  # for which an answer of scene/check is cached
RECONCILE_PAUSE = env.float("RECONCILE_PAUSE", default=0.2)  # seconds between pages of a comparison with WeChat
DIFFERENCES_LATE_HOURS = env.int("DIFFERENCES_LATE_HOURS", default=24)  # until one with money in it is an alert
STOCK_FOLLOWS_ORDERS = env.bool(
    "STOCK_FOLLOWS_ORDERS", default=True
)  # paid orders lower the stock here, which is then sent to WeChat

IMPORT_TRIES = env.int("IMPORT_TRIES", default=5)  # without a row done, before an import is set aside
DELIST_TYPED_ABOVE = env.int("DELIST_TYPED_ABOVE", default=20)  # products; taking more off sale wants the number typed
MANY_SECOND_PERSON = env.int("MANY_SECOND_PERSON", default=100)  # products off sale or deleted by one; 0: any number
PRICE_CUT_SECOND_PERSON = env.int("PRICE_CUT_SECOND_PERSON", default=50)  # % below the price online; 0: any cut
MENU_FRESH = env.float("MENU_FRESH", default=10.0)  # seconds for which the menu shows the counts it has
API_IGNORE_UNKNOWN_PARAMETERS = env.bool("API_IGNORE_UNKNOWN_PARAMETERS", default=False)  # of lists, as before
API_PUBLIC_SCHEMA = env.bool("API_PUBLIC_SCHEMA", default=False)  # the document without a key
API_REQUIRE_IF_MATCH = env.bool("API_REQUIRE_IF_MATCH", default=False)  # of every PUT and PATCH
# Internal networks that webhooks may go to, such as 10.0.0.0/8; link-local and metadata addresses never.
WEBHOOK_INTERNAL_NETWORKS = env.list("WEBHOOK_INTERNAL_NETWORKS", default=[])
METRICS_TOKEN = env("METRICS_TOKEN", default="")  # opens /metrics, as a bearer token
METRICS_ADDRESSES = env.list("METRICS_ADDRESSES", default=[])  # addresses and networks that read it without a token
# Alerts: the console's address in their links, mail, and whether any leave a sandbox.
CONSOLE_URL = env("CONSOLE_URL", default="").rstrip("/")
ALERTS_FROM_SANDBOX = env.bool("ALERTS_FROM_SANDBOX", default=False)
ALERTS_DISK_FULL = env.int("ALERTS_DISK_FULL", default=90)  # % of the disk with VAR_DIR that is in use
ALERTS_SILENT_HOURS = env.int("ALERTS_SILENT_HOURS", default=3)  # without a message while orders are paid
# Backups: where they and their sealed keys are kept, how many, and the age in hours from which on it is an alert.
BACKUP_DIR = env("BACKUP_DIR", default="")
BACKUP_KEYS_DIR = env("BACKUP_KEYS_DIR", default="") or BACKUP_DIR
BACKUP_PASSPHRASE = env("BACKUP_PASSPHRASE", default="")
BACKUP_KEEP = env.int("BACKUP_KEEP", default=14)
BACKUP_HOURS = env.int("BACKUP_HOURS", default=26)
ERASURES_FILE = Path(env("ERASURES_FILE", default=Path(BACKUP_DIR or VAR) / "erasures.jsonl"))
vars().update(env.email("EMAIL_URL", default="smtp://localhost:25"))
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env("MAIL_FROM", default="console@localhost")
JOB_WAIT = env.float("JOB_WAIT", default=4.0)  # seconds a page waits for a job before it shows its progress
DOCUMENT_REMINDER_DAYS = env.list("DOCUMENT_REMINDER_DAYS", cast=int, default=[60, 30, 7])

INSTALLED_APPS = [
    "config.apps.ConsoleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_otp",
    "config",
    "books.closing",
    "books.payouts",
    "books.sales",
    "scenes",
    "aftersales",
    "orders",
    "orders.funds",
    "qualifications",
    "catalog",
    "catalog.coupons",
    "console",
    "wechat",
    "walkthrough",
    *(["sandbox"] if WECHAT_SANDBOX else []),
]

MIDDLEWARE = [
    "console.middleware.request_id",
    "wechat.deadline.statements",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "console.error_pages.plain_errors",
    "console.middleware.slashed_api",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "console.middleware.security_headers",
    "console.middleware.printable_address",
    "console.middleware.clean_forms",
    "console.middleware.session_limits",
    "console.signing_in.entering.no_session_without_second_factor",
    "console.middleware.actor",
    "wechat.bulkhead.bounded_calls",
    "console.key_requests.count_requests",
]

CSRF_FAILURE_VIEW = "console.error_pages.forged"
PLAIN_ERRORS = env.bool("PLAIN_ERRORS", default=False)  # with DEBUG on: error pages for people, as in `make run`

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "console.context.shop",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"


DATABASES = {"default": database(env, "DATABASE_URL", f"sqlite:///{VAR / 'console.sqlite3'}")}
if WECHAT_SANDBOX:
    DATABASES["sandbox"] = database(env, "SANDBOX_DATABASE_URL", f"sqlite:///{VAR / 'sandbox.sqlite3'}")
DATABASE_ROUTERS = ["config.routers.SandboxRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


CACHES = {"default": cache(env)}

DISK_FREE_MB = env.int("DISK_FREE_MB", default=500)  # less room than that in VAR_DIR is a full disk (/readyz)
CELERY_BROKER_URL = env("CELERY_BROKER_URL", default="filesystem://")
BROKER_DIR = Path(env("BROKER_DIR", default=VAR / "broker"))  # folder of the filesystem:// broker

AUTHENTICATION_BACKENDS = ["console.backends.OneQueryBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
# Codes of an authenticator app, for whoever may reveal, approve or look after people; they set it up when they sign in.
SECOND_FACTOR = env.bool("SECOND_FACTOR", default=False)
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "start"

SESSION_COOKIE_AGE = 12 * 3600  # seconds, also of an active session
SESSION_IDLE = 2 * 3600  # seconds without a request
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = not DEBUG
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 0 if DEBUG else 365 * 86400
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
SECURE_REFERRER_POLICY = "same-origin"
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# In front of us, each of which adds the address that it saw to X-Forwarded-For; without them the header is not read.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler", "console.uploads.CappedFileHandler"]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # a list of 2,000 waybills has seven fields a row

LANGUAGE_CODE = env("LANGUAGE_CODE", default="zh-hans")
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
PRIVATE = private_folder(VAR / "private")
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": PRIVATE,
            "base_url": None,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "console.keys.KeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["console.permissions.ModelAndOperationPermissions"],
    "DEFAULT_THROTTLE_CLASSES": ["console.keys.KeyThrottle"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "console.paging.Pages",
    "DEFAULT_FILTER_BACKENDS": ["console.api_filters.KnownFilters"],
    "DEFAULT_PARSER_CLASSES": ["console.parsers.JSON", "rest_framework.parsers.MultiPartParser"],
    "DEFAULT_RENDERER_CLASSES": ["console.renderers.JSON"],
    "EXCEPTION_HANDLER": "console.problems.answer",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Trading console API",
    "DESCRIPTION": (
        "For signed-in staff and, with keys, for the mini program's backend. Money is in fen; platform ids strings. "
        "Amounts and counts are integers; a text of digits is still accepted, and deprecated. Where characters that no "
        "page can show were taken out of a body's texts, `warnings` of the answer names the fields. An operation "
        "answers 202 with the job that carries it out; read the job for the outcome."
    ),
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "console.schema.declare_refusals",
    ],
    "ENUM_NAME_OVERRIDES": {
        "AuditStatusEnum": "qualifications.models.AuditStatus",
        "StepStateEnum": "wechat.models.Step.State",
        "EditStatusEnum": "catalog.models.EditStatus",
        "BatchStateEnum": "catalog.models.Batch.State",
        "AlertStateEnum": "console.models.Alert.State",
        "JobStateEnum": "console.models.Job.State",
        "FundTypeEnum": "orders.models.FundType",
        "ClaimFamilyEnum": "aftersales.models.Family",
        "ClaimKindEnum": "aftersales.models.Kind",
    },
}

TELEMETRY_URL = env("TELEMETRY_URL", default="")  # where traces go (OTLP over HTTP); requirements/telemetry.in
LOG_FORMAT = env("LOG_FORMAT", default="line")  # line, or json: one object a line, with calls and requests
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "config.logs.WithRequestId"}},
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} [{request_id}] {message}", "style": "{"},
        "json": {"()": "config.logs.JSONLines"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["request_id"]}},
    "root": {"handlers": ["stderr"], "level": env("LOG_LEVEL", default="INFO")},
    # urllib3's debug log contains full addresses, and so the access token.
    # requests_hardened warns of every internal address; whoever sends there says so in its own words.
    "loggers": {
        "urllib3": {"level": "WARNING"},
        "kombu.connection": {"level": "ERROR"},
        "requests_hardened": {"level": "ERROR"},
        # One line for each call to WeChat and each request: for programs, which look for them by the request id.
        "wechat.calls": {"level": "INFO" if LOG_FORMAT == "json" else "WARNING"},
        "console.requests": {"level": "INFO" if LOG_FORMAT == "json" else "WARNING"},
    },
}
