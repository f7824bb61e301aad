"""The site's settings. What differs between installations comes from config/env.py."""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONE, SELF

from config import channels, env, hardening, privacy, signing

BASE_DIR = Path(__file__).resolve().parent.parent

#: Everything this installation writes on its own disk: database, secrets, outbox.
VAR_DIR = Path(env.env.str("VAR_DIR", str(BASE_DIR / "var")))
privacy.keep_private(VAR_DIR)

SITE_URL = env.site_url()
DEBUG = env.is_on("DEBUG")
hardening.refuse_debug(SITE_URL, debug=DEBUG)
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", env.host_in(SITE_URL)]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
_HTTPS = SITE_URL.startswith("https:")

DATABASES = {"default": env.database(VAR_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

SECRET_KEY = env.secret(
    "SECRET_KEY", database=DATABASES["default"], fallback=VAR_DIR / "secret-key"
)
#: The first key signs the links in mail, all of them verify. Apart from SECRET_KEY, so that
#: either can be changed alone: links must outlive sessions.
LINK_KEYS = list(filter(None, env.env.list("LINK_KEYS", []))) or [
    env.secret("LINK_KEY", database=DATABASES["default"], fallback=VAR_DIR / "link-key")
]
#: Knows mailboxes again whose address was erased. The oldest key of the links, for that is the
#: one that stays when another is put in front.
MAILBOX_KEY = env.env.str("MAILBOX_KEY", "") or LINK_KEYS[-1]

hardening.refuse_weak_secrets(SITE_URL, SECRET_KEY=[SECRET_KEY], LINK_KEY=LINK_KEYS)

INSTALLED_APPS = [
    "config.desk.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "anymail",
    "csp",
    "subscribers",
    "newsletter",
]

MIDDLEWARE = [
    "config.one_click.OneClick",
    "config.bodies.BodyLimit",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.languages.SiteLanguage",
    "config.glued_links.GluedLinks",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
]

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
            ]
        },
    }
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "en"
#: What readers are spoken to in: those of subscribers.models.Language, by their own names.
LANGUAGES = [
    ("en", "English"),
    ("fr", "Français"),
    ("es", "Español"),
    ("pt", "Português"),
    ("ar", "العربية"),
]
#: Those of them that the desk is in too.
DESK_LANGUAGES = ["en", "fr"]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = "config.formats"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
#: Straight from the source tree: embedded mode needs no collectstatic.
WHITENOISE_USE_FINDERS = True

#: How many proxies stand in front, and where each of them adds whom it answers.
BEHIND_PROXY = env.proxies()
PROXY_HEADER = env.proxy_header()
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
#: The body is bounded in config/bodies.py. An issue may have many incidents, of many fields each.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
#: Requests to subscribe that are taken within an hour from one network, IPv4 /24 or IPv6 /48.
SIGNUPS_PER_NETWORK = env.number("SIGNUPS_PER_NETWORK", 30, least=1, most=1_000_000)
#: Unconfirmed requests within an hour, from everywhere, after which the form wants a proof of work.
SIGNUPS_BEFORE_PROOF = env.number("SIGNUPS_BEFORE_PROOF", 100, least=0, most=1_000_000)
#: How hard that proof is: each further bit doubles the work of the visitor's computer.
SIGNUP_PROOF_BITS = env.number("SIGNUP_PROOF_BITS", 18, least=0, most=32)
# Other sites learn nothing. Our own must: without a referrer, browsers send the forms of
# this site with "Origin: null", which the CSRF check refuses.
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SESSION_ENGINE = "config.sessions"
#: Seconds from signing in to being asked again. A working day, and no second one.
SESSION_COOKIE_AGE = env.number("SESSION_HOURS", 12, least=1, most=336) * 3600
if _HTTPS:
    # No other site of the domain, nor anyone on the way, can set a cookie of such a name.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
#: Seconds for which browsers come back over TLS only: a year.
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
# Without a proxy that says how it was asked, every request would be redirected for ever.
SECURE_SSL_REDIRECT = _HTTPS and BEHIND_PROXY > 0
# The mail viewer shows a message in a frame of the same site.
X_FRAME_OPTIONS = "SAMEORIGIN"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
    }
}

_CHANNELS = channels.read()
_MAIN = _CHANNELS.pop("main")
#: The ways out beside the channel `main`, by name: what is said of mail from here on is said
#: of that one.
MAIL_CHANNELS = _CHANNELS
MAIL_TRANSPORT = _MAIN.transport
ANYMAIL = dict(_MAIN.anymail)
#: Whether ESPs may report what became of the mail: not without a secret that they know.
WEBHOOKS_OPEN = _MAIN.webhooks_open
#: Those that may: the one in use, or others too while it is changed.
WEBHOOK_ESPS = _MAIN.webhook_esps
#: So many emails in a row that a mailbox sent back, within so many days, and it gets no more.
SOFT_BOUNCES = env.number("SOFT_BOUNCES", 4, least=1, most=1_000)
SOFT_BOUNCE_DAYS = env.number("SOFT_BOUNCE_DAYS", 180, least=1, most=env.MOST_DAYS)
#: Seconds for which what a worker has taken up is left to it alone.
LEASE_SECONDS = env.seconds("LEASE_SECONDS", 600.0, most=86_400)
#: Where workers keep their journals: on a disk of this machine that outlives its processes.
JOURNAL_DIR = VAR_DIR / "journals"
#: Where this machine keeps what it has seen of the database, outside of it.
INSTALLATION_DIR = VAR_DIR / "installations"
OUTBOX_DIR = VAR_DIR / "outbox"
#: Pictures that editors uploaded: as lasting as the database.
PICTURES_DIR = VAR_DIR / "pictures"
#: Logos of publications: as lasting as the mail that shows them.
LOGOS_DIR = VAR_DIR / "logos"
#: Maps drawn before, which may be deleted at any time.
MAPS_DIR = VAR_DIR / "maps"
#: Whether anyone who reaches the site may read the outbox, or only staff who have the right.
OUTBOX_OPEN = env.is_on("OUTBOX_OPEN")
EMAIL_BACKEND = _MAIN.backend
EMAIL_HOST, EMAIL_PORT = _MAIN.host, _MAIN.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIN.user, _MAIN.password
EMAIL_USE_TLS, EMAIL_USE_SSL = _MAIN.starttls, _MAIN.tls
# Seconds.
EMAIL_TIMEOUT = _MAIN.timeout
#: How many connections to the mail server a worker keeps open.
SMTP_CONNECTIONS = _MAIN.connections
#: What mail over SMTP is signed with, by any channel: keys, each with its selector and domain.
#: None, and mail is not signed.
DKIM_KEYS = signing.dkim_keys()

# How long what is known of readers is kept, and why: docs/howto/privacy.md.
#: Deliveries, which tell what changed since a reader's last issue: that looks back 13 months.
RETAIN_DELIVERIES = env.kept_for("RETAIN_DELIVERIES_DAYS", days=425, at_least=400)
#: What ESPs report of single emails. Reports come for days, and may come again.
RETAIN_EVENTS = env.kept_for("RETAIN_EVENTS_DAYS", days=90, at_least=7)
#: The bytes of editions: for so long the link to the web copy works in mail that was sent.
RETAIN_EDITIONS = env.kept_for("RETAIN_EDITIONS_DAYS", days=1095, at_least=90)
#: Readers who left, with the proof of what they had agreed to.
RETAIN_ENDED = env.kept_for("RETAIN_ENDED_DAYS", days=1095, at_least=30)
#: Notices. A request to subscribe is kept for a week after the last of them.
RETAIN_NOTICES = env.kept_for("RETAIN_NOTICES_DAYS", days=30, at_least=8)
RETAIN_OUTBOX = env.kept_for("RETAIN_OUTBOX_DAYS", days=30, at_least=1)
RETAIN_MAPS = env.kept_for("RETAIN_MAPS_DAYS", days=30, at_least=1)
#: What staff did, in our log and in Django's.
RETAIN_AUDIT = env.kept_for("RETAIN_AUDIT_DAYS", days=1095, at_least=365)

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {
        "tokens": {"()": "config.logs.WithoutTokens"},
        "strangers": {"()": "config.logs.StrangersInOneLine"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["tokens", "strangers"],
        }
    },
    "root": {"handlers": ["console"], "level": env.one_of("LOG_LEVEL", "INFO", LEVELS)},
}
