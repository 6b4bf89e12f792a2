"""What must be unique: `validate_unique()`, before the database says it less kindly.

Beside step 6, for forms: another row with the same value is looked for, and the message is
fit for the person who typed it. Two may still do so at once; the database has the last word.

Django's page "Validating objects"; in Django: `_perform_unique_checks` and
`_perform_date_checks` in `django.db.models.base`.
"""

import datetime
from collections.abc import Collection
from typing import Any

from miniorm.errors import ValidationError


def errors(instance: Any, exclude: Collection[str] | None) -> dict[str, Any]:
    """Field name (or "__all__") -> errors, of all that is taken already."""
    skipped = set(exclude or ())
    found: dict[str, Any] = {}
    for model in (type(instance), *instance._meta.get_parent_list()):
        meta = model._meta
        table = meta.concrete_model if meta.proxy else model
        single = [(field.name,) for field in table._meta.local_fields if field.unique]
        for names in [*single, *meta.unique_together]:
            if skipped.isdisjoint(names) and _is_taken(instance, table, names):
                where = names[0] if len(names) == 1 else "__all__"
                found.setdefault(where, []).append(_taken(meta, names))
        for field in table._meta.local_fields:
            for part in ("date", "year", "month"):
                date = getattr(field, f"unique_for_{part}", None)
                if date and skipped.isdisjoint((field.name, date)):
                    found |= _taken_in_time(instance, table, field, date, part, found)
    return found


def _is_taken(instance: Any, model: Any, names: tuple[str, ...]) -> bool:
    meta = model._meta
    wanted = {name: getattr(instance, meta.get_field(name).attname) for name in names}
    # NULL is never equal to NULL, and the row's own key is its own.
    if any(value is None for value in wanted.values()):
        return False
    if not instance._state.adding and names == (meta.pk.name,):
        return False
    return bool(_others(instance, model).filter(**wanted).exists())


def _others(instance: Any, model: Any) -> Any:
    """The rows of the model but the instance's own."""
    rows = model._default_manager.using(instance._state.db)
    key = getattr(instance, model._meta.pk.attname)
    return rows if instance._state.adding or key is None else rows.exclude(pk=key)


def _taken_in_time(
    instance: Any, model: Any, field: Any, date_name: str, part: str, found: dict[str, Any]
) -> dict[str, Any]:
    """unique_for_date, _year and _month: the same value twice in that time."""
    date = getattr(instance, date_name)
    if date is None:
        return {}
    wanted = {field.name: getattr(instance, field.attname)}
    if part == "date":
        day = date.date() if isinstance(date, datetime.datetime) else date
        is_day = type(model._meta.get_field(date_name)).__name__ == "DateField"
        wanted[date_name if is_day else f"{date_name}__date"] = day
    else:
        wanted[f"{date_name}__{part}"] = getattr(date, part)
    if not _others(instance, model).filter(**wanted).exists():
        return {}
    params = {
        "model": model,
        "model_name": _capitalized(model._meta.verbose_name),
        "field": field.name,
        "field_label": _label(field),
        "date_field": date_name,
        "date_field_label": _label(model._meta.get_field(date_name)),
        "lookup_type": part,
    }
    message = field.error_messages["unique_for_date"]
    error = ValidationError(message, code="unique_for_date", params=params)
    return {field.name: [*found.get(field.name, []), error]}


def _taken(meta: Any, names: tuple[str, ...]) -> ValidationError:
    labels = [_label(meta.get_field(name)) for name in names]
    params = {
        "model": meta.model,
        "model_name": _capitalized(meta.verbose_name),
        "unique_check": names,
        "field_label": labels[0],
        "field_labels": " and ".join(labels),
    }
    if len(names) == 1:
        message = meta.get_field(names[0]).error_messages["unique"]
        return ValidationError(message, code="unique", params=params)
    message = "%(model_name)s with this %(field_labels)s already exists."
    return ValidationError(message, code="unique_together", params=params)


def _label(field: Any) -> str:
    return _capitalized(field.verbose_name)


def _capitalized(words: Any) -> str:
    return str(words)[:1].upper() + str(words)[1:]
