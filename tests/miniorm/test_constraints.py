"""Indexes and constraints of Meta: in the database, and asked before it."""

from decimal import Decimal

import pytest

from miniorm import models, registry
from miniorm.configuration import connect
from miniorm.errors import IntegrityError, ValidationError
from miniorm.inspectdb import class_name, field_name, inspect_database
from miniorm.models import F, Q


@pytest.fixture
def booking(database):
    with registry.isolated():

        class Room(models.Model):
            name = models.CharField(max_length=10, unique=True)

            class Meta:
                app_label = "hotel"

        class Booking(models.Model):
            room = models.ForeignKey(Room, models.CASCADE)
            day = models.IntegerField(null=True)
            guest = models.CharField(max_length=10, default="Ann")
            left = models.BooleanField(default=False)
            price = models.DecimalField(max_digits=6, decimal_places=2, default=1)

            class Meta:
                app_label = "hotel"
                indexes = [
                    models.Index(fields=["-day", "guest"]),
                    models.Index(F("day") + 1, name="tomorrow", condition=Q(left=False)),
                    models.Index(fields=["guest"], include=["day"], name="guest_day"),
                ]
                constraints = [
                    models.UniqueConstraint(fields=["room", "day"], name="once_a_day"),
                    models.UniqueConstraint(
                        fields=["guest"], condition=Q(left=False), name="one_stay",
                        violation_error_message="%(name)s: still here",
                    ),
                    models.CheckConstraint(condition=Q(day__gte=0), name="day_is_a_day"),
                    models.CheckConstraint(
                        condition=Q(price__gt=0) | ~Q(guest="it's 5%"), name="paid"
                    ),
                ]  # fmt: skip

        database.make_tables(Room, Booking)
        Booking.objects.create(room=Room.objects.create(name="blue"), day=1)
        yield Booking


BAD = {
    "once_a_day": {"room_id": 1, "day": 1, "guest": "Bob"},
    "one_stay": {"room_id": 1, "day": 2},
    "day_is_a_day": {"room_id": 1, "day": -1, "guest": "Bob"},
    "paid": {"room_id": 1, "guest": "it's 5%", "price": 0},
}


@pytest.mark.parametrize("name", BAD)
def test_a_constraint_is_kept_by_the_database_and_known_before(booking, name):
    instance = booking(**BAD[name])
    (constraint,) = [each for each in booking._meta.constraints if each.name == name]
    with pytest.raises(ValidationError):
        constraint.validate(booking, instance)
    for other in booking._meta.constraints:
        if other is not constraint:
            other.validate(booking, instance)
    with pytest.raises(IntegrityError):
        instance.save()


def test_what_is_unknown_or_left_out_violates_nothing(booking):
    instance = booking(room_id=1, guest="Bob", left=True)
    for constraint in booking._meta.constraints:
        constraint.validate(booking, instance)
        constraint.validate(booking, booking.objects.get())
        constraint.validate(booking, booking(room_id=1, day=-1), exclude={"day", "guest"})
    instance.save()


def test_an_index_is_named_after_table_and_columns(booking):
    names = [index.name for index in booking._meta.indexes]
    assert names[0].startswith("hotel_booki_day_")
    assert len(names[0]) <= 30
    assert names[1:] == ["tomorrow", "guest_day"]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: models.Index(),
        lambda: models.Index("name", fields=["name"], name="x"),
        lambda: models.Index(fields="name"),
        lambda: models.Index("name"),
        lambda: models.UniqueConstraint(name="x"),
        lambda: models.UniqueConstraint(fields=["a"], name=""),
        lambda: models.UniqueConstraint(
            fields=["a"], name="x", condition=Q(a=1), deferrable=models.Deferrable.DEFERRED
        ),
    ],
)
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError):
        wrong()


def test_models_are_written_from_tables(database, booking):
    written = inspect_database(database.connection)
    names = {}
    with registry.isolated():
        exec(written, {"models": models, "__name__": "old.models"}, names)
        assert {"HotelRoom", "HotelBooking"} <= names.keys()
        found = names["HotelBooking"].objects.get()
        assert (found.room.name, found.day, found.left) == ("blue", 1, False)
        assert names["HotelBooking"]._meta.unique_together == (("room", "day"),)
        assert not names["HotelBooking"]._meta.managed


def test_a_decimal_whose_digits_are_a_guess_keeps_its_places(database):
    database.connection.execute("CREATE TABLE parts (id integer PRIMARY KEY, price numeric)")
    database.connection.execute("INSERT INTO parts VALUES (1, 9.5)")
    written = inspect_database(database.connection, ["parts"])
    names = {}
    with registry.isolated():
        exec(written, {"models": models, "__name__": "old.models"}, names)
        names["Parts"].objects.get().save()
        assert names["Parts"].objects.get().price == Decimal("9.5")


def test_a_column_that_points_to_a_table_out_of_sight_is_read_by_its_name():
    connection = connect("sqlite:///:memory:")
    connection.execute(
        'CREATE TABLE "the ""old"" one" (id integer PRIMARY KEY, author_id int REFERENCES gone(id))'
    )
    names = {}
    with registry.isolated():
        written = inspect_database(connection)
        exec(written, {"models": models, "__name__": "old.models"}, names)
        assert [*names["TheOldOne"].objects.values_list("author_id")] == []


def test_names_that_python_does_not_take_are_changed():
    assert class_name("2nd-hand books") == "Table2ndHandBooks"
    assert field_name("class", False, [])[0] == "class_field"
    assert field_name("2 a", False, [])[0] == "number_2_a"
    assert field_name("AUTHOR_ID", True, ["author"])[0] == "author_0"
