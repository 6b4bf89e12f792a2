"""Libraries that every engine knows and a template loads by name: `{% load tz l10n i18n %}`."""
