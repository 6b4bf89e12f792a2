"""What a field offers beside the trip: to forms, to serializers, to fields of one's own.

The methods that Django documents for fields and that no query needs. A form field's class
is known by its name only: forms belong to the framework, which hands their module down
(`interface.forms = ...`).

Django's page "Model field API reference"; in Django: `django.db.models.fields`.
"""

from typing import Any, ClassVar

from miniorm.errors import ImproperlyConfigured

BLANK_CHOICE_DASH = [("", "---------")]
# The module of form fields: handed down by who has one.
forms: Any = None
# What a form field with choices takes of the options.
OPTIONS_WITH_CHOICES = {
    "coerce", "empty_value", "choices", "required", "widget", "label", "initial", "help_text",
    "error_messages", "show_hidden_initial", "disabled",
}  # fmt: skip


class FieldInterface:
    """The part of every field that is for others than queries."""

    form_class: ClassVar[str | None] = "CharField"  # None: no form shows it
    form_options: ClassVar[tuple[str, ...]] = ()  # which of its attributes the form field takes
    widget: ClassVar[str | None] = None

    # What Field has.
    name: Any
    attname: Any
    column: Any
    verbose_name: Any
    help_text: Any
    default: Any
    blank: Any
    null: Any
    choices: Any
    flatchoices: Any
    db_column: Any
    db_type: Any
    get_attname: Any
    get_internal_type: Any
    has_default: Any
    to_python: Any

    @property
    def description(self) -> str:
        return f"Field of type: {type(self).__name__}"

    # --- its column -------------------------------------------------------------------

    def get_attname_column(self) -> tuple[str, str | None]:
        attname = self.get_attname()
        return attname, self.db_column or attname

    def rel_db_type(self, connection: Any) -> str | None:
        """The type of a column that points to this one."""
        return self.db_type(connection)  # type: ignore[no-any-return]

    def cast_db_type(self, connection: Any) -> str | None:
        """The type in CAST(... AS ...)."""
        return self.db_type(connection)  # type: ignore[no-any-return]

    def db_check(self, connection: Any) -> str | None:
        """The condition that the type puts on the column."""
        check = connection.data_type_check_constraints.get(self.get_internal_type())
        return check % {"column": connection.ops.quote_name(self.column)} if check else None

    def db_type_suffix(self, connection: Any) -> str | None:
        return connection.data_types_suffix.get(  # type: ignore[no-any-return]
            self.get_internal_type()
        )

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        return {"type": self.db_type(connection), "check": self.db_check(connection)}

    def get_db_converters(self, connection: Any) -> list[Any]:
        return [self.from_db_value] if hasattr(self, "from_db_value") else []

    # --- forms and serializers --------------------------------------------------------

    def value_from_object(self, obj: Any) -> Any:
        return getattr(obj, self.attname)

    def value_to_string(self, obj: Any) -> str:
        """The value as text in a file of saved rows."""
        return str(self.value_from_object(obj))

    def save_form_data(self, instance: Any, data: Any) -> None:
        setattr(instance, self.name, data)

    def get_choices(
        self, include_blank: bool = True, blank_choice: Any = BLANK_CHOICE_DASH
    ) -> list[tuple[Any, Any]]:
        """The choices, after one that stands for none."""
        has_own = any(value in ("", None) for value, _ in self.flatchoices)
        return [*(blank_choice if include_blank and not has_own else ()), *(self.choices or ())]

    def formfield(
        self, form_class: Any = None, choices_form_class: Any = None, **options: Any
    ) -> Any:
        """The form field for this one, of its usual class or of the given."""
        label = str(self.verbose_name or "")
        usual = {"required": not self.blank, "label": label[:1].upper() + label[1:],
                 "help_text": self.help_text}  # fmt: skip
        if self.has_default():
            usual["initial"] = self.default
            if callable(self.default):
                usual["show_hidden_initial"] = True
        if self.choices:
            blank = self.blank or not (self.has_default() or "initial" in options)
            usual.update(choices=self.get_choices(blank), coerce=self.to_python)
            if self.null:
                usual["empty_value"] = None
            form_class = choices_form_class or "TypedChoiceField"
            options = {name: options[name] for name in options if name in OPTIONS_WITH_CHOICES}
        else:
            usual |= {name: getattr(self, name) for name in self.form_options}
            if self.widget:
                usual["widget"] = form_part(self.widget)
        form_class = form_class or self.form_class
        if form_class is None:
            return None
        return form_part(form_class)(**{**usual, **options})


def form_part(wanted: Any) -> Any:
    """The class of a form field, by its name in the module of forms."""
    if not isinstance(wanted, str):
        return wanted
    if forms is None:
        raise ImproperlyConfigured(
            f"formfield() would make a {wanted}, and there are no forms here: the framework sets "
            "miniorm.fields.interface.forms, or give formfield() a form_class."
        )
    return getattr(forms, wanted)
