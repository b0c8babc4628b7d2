"""Settings, read from the environment and safe by default. docs/deploy.md lists the variables."""

from __future__ import annotations

import sys
from pathlib import Path

from csp.constants import NONE, SELF

from jurybox import environment

PACKAGE = Path(__file__).resolve().parent
ASSETS = PACKAGE / "_assets" if (PACKAGE / "_assets").is_dir() else PACKAGE.parent  # in a wheel / in a checkout
HOME = environment.home(PACKAGE)

DEBUG = environment.flag("DEBUG")
DEMO = environment.flag("DEMO")
TESTING = "pytest" in sys.modules
# Only what answers requests signs sessions; `jurybox import` and its like need no key that lasts.
SERVING = environment.flag("SERVING") or sys.argv[1:2] in (["up"], ["runserver"])

SECRET_KEY = environment.secret_key(HOME, lasting=SERVING, may_create=DEBUG or DEMO)
ALLOWED_HOSTS = environment.words("HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = environment.words("ORIGINS")
BEHIND_TLS = environment.flag("HTTPS", default=not (DEBUG or DEMO or TESTING))

DATABASES = {"default": environment.database(environment.text("DATABASE_URL"), HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "jurybox",
    "domain",
    "annotation",
    "judges",
    "analysis",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "template_partials",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "csp",
    "axes",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "jurybox.middleware.Language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "jurybox.middleware.NoNul",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "jurybox.urls"
WSGI_APPLICATION = "jurybox.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ASSETS / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["template_partials.templatetags.partials"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "jurybox.context.site",
            ],
        },
    }
]

FORM_RENDERER = "jurybox.forms.Renderer"

# Static files come straight from the packages and from static/, so there is nothing to collect before a start.
STATIC_URL = "/static/"
STATICFILES_DIRS = [ASSETS / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["ip_address", "username"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "jurybox.views.locked_out"
AXES_VERBOSE = False
AXES_HANDLER = "jurybox.sign_ins.SignIns"

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # what watches the server asks it directly, not through the proxy
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = BEHIND_TLS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"  # with "no-referrer" browsers send "Origin: null", and CSRF refuses the form
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if environment.flag("BEHIND_PROXY") else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2**20

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "jurybox.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "domain.token_scopes.WithinTokensProject",
    ],
    "DEFAULT_PARSER_CLASSES": ["domain.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "jurybox.api_errors.with_code",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Jurybox",
    "DESCRIPTION": "People and LLM judges rate the responses of AI systems on one record.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {"AskEnum": ["hidden", "optional", "required"]},
}
KNOX_TOKEN_MODEL = "knox.AuthToken"  # noqa: S105 - a model; knox has no default for migrations that point to it
REST_KNOX = {"TOKEN_TTL": None, "AUTO_REFRESH": False}

# What an annotator meets is there in each of these; the researcher's pages are English (jurybox.middleware.Language).
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LANGUAGE_CODE = "en"
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = BEHIND_TLS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LOCALE_PATHS = [ASSETS / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "jurybox.logs.Line", "format": "{asctime} {levelname} {name} {message}", "style": "{"}
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "filters": {"no_traceback": {"()": "jurybox.logs.NoTraceback"}},
    "root": {"handlers": ["stderr"], "level": environment.text("LOG_LEVEL", "INFO")},
    # A line per judge call is no news (the ledger has them, with what they cost), nor is a metric's tokenizer.
    "loggers": {
        **{name: {"level": "WARNING"} for name in ("httpx", "httpx2", "absl")},
        "django.security.DisallowedHost": {"filters": ["no_traceback"]},
    },
}

# The most answers that one person may send in a minute, and four times as many requests; 0 is no limit.
ANSWERS_PER_MINUTE = 0 if TESTING else environment.number("ANSWERS_PER_MINUTE", 120)

# Judges: where an OpenAI-compatible server may live although its address is private (comma-separated host:port).
JUDGE_BASE_URL = environment.text("OPENAI_BASE_URL")  # whoever sets it has allowed its host
JUDGE_PRIVATE_HOSTS = environment.words("JUDGE_PRIVATE_HOSTS") + environment.hosts_of(JUDGE_BASE_URL)
# How long one call of a judge may take, in seconds.
JUDGE_CALL_SECONDS = environment.number("JUDGE_CALL_SECONDS", 120)
# How long a cell waits for a worker that has fallen silent before another one takes it.
JUDGE_LEASE_SECONDS = environment.number("JUDGE_LEASE_SECONDS", 60)

# Batches: the most calls and bytes in one, and how soon after it was handed in, in seconds, it is looked at.
JUDGE_BATCH_CALLS = environment.number("JUDGE_BATCH_CALLS", 2000, most=10_000)  # in one statement of SQLite
JUDGE_BATCH_BYTES = environment.number("JUDGE_BATCH_BYTES", 32_000_000)
JUDGE_BATCH_POLL_SECONDS = environment.number("JUDGE_BATCH_POLL_SECONDS", 20)

# Workers on several machines: the broker that wakes them. Without one, workers look for runs by themselves.
BROKER_URL = environment.broker(environment.text("BROKER_URL"))
# How long one of them stays at a run before others have their turn, and how often it looks for what a message missed.
JUDGE_SHARE_SECONDS = environment.number("JUDGE_SHARE_SECONDS", 600)
JUDGE_SWEEP_SECONDS = environment.number("JUDGE_SWEEP_SECONDS", 10)

if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    DATABASES = {"default": environment.database(environment.text("TEST_DATABASE_URL"), HOME)}
