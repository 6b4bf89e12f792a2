import pytest

from miniorm import errors
from miniorm.errors import ValidationError


@pytest.mark.parametrize(
    ("name", "parent"),
    [
        ("InterfaceError", "Error"),
        ("DatabaseError", "Error"),
        ("DataError", "DatabaseError"),
        ("OperationalError", "DatabaseError"),
        ("IntegrityError", "DatabaseError"),
        ("InternalError", "DatabaseError"),
        ("ProgrammingError", "DatabaseError"),
        ("NotSupportedError", "DatabaseError"),
        ("ProtectedError", "IntegrityError"),
        ("TransactionManagementError", "ProgrammingError"),
    ],
)
def test_the_tree_of_database_errors_is_that_of_pep_249(name, parent):
    assert getattr(errors, name).__bases__ == (getattr(errors, parent),)


def test_a_validation_error_of_one_message_fills_in_its_parameters():
    error = ValidationError("At least %(least)d", code="least", params={"least": 3})
    assert error.messages == ["At least 3"]
    assert error.code == "least"
    assert str(error) == "['At least 3']"


def test_a_percent_sign_without_parameters_is_kept():
    assert ValidationError("100%").messages == ["100%"]


def test_a_validation_error_of_a_list_is_flat():
    error = ValidationError(["one", ValidationError(["two", ValidationError("three")])])
    assert error.messages == ["one", "two", "three"]
    assert list(error) == ["one", "two", "three"]
    with pytest.raises(AttributeError):
        _ = error.message_dict


def test_a_validation_error_of_a_form_keeps_its_fields():
    error = ValidationError({"name": "missing", "age": ["low", ValidationError("odd")]})
    assert error.message_dict == {"name": ["missing"], "age": ["low", "odd"]}
    assert error.messages == ["missing", "low", "odd"]
    assert ValidationError(error).message_dict == error.message_dict


def test_errors_of_a_form_and_of_no_field_gather_in_one_dict():
    gathered = ValidationError({"name": "missing"}).update_error_dict({})
    ValidationError("both").update_error_dict(gathered)
    assert ValidationError(gathered).message_dict == {"name": ["missing"], "__all__": ["both"]}


def test_validation_errors_with_the_same_content_are_equal():
    assert ValidationError(["a", "b"]) == ValidationError(["b", "a"])
    assert ValidationError("a", code="x") != ValidationError("a", code="y")


def test_a_protected_error_names_the_objects():
    assert errors.ProtectedError("no", ["a", "a"]).protected_objects == {"a"}
