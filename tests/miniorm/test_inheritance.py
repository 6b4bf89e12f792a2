"""Multi-table inheritance, proxies, and what abstract bases hand down."""

import pytest

from miniorm import models, registry
from miniorm.errors import FieldError, ImproperlyConfigured
from miniorm.models import F
from tests.miniorm.sql import statements


@pytest.fixture(autouse=True)
def _isolated():
    with registry.isolated():
        yield


class PlaceManager(models.Manager):
    def named(self, name):
        return self.filter(name=name)


class Place(models.Model):
    name = models.CharField(max_length=20)
    city = models.CharField(max_length=20, default="x")

    objects = PlaceManager()

    class Meta:
        app_label = "places"
        ordering = ["-name"]


class Restaurant(Place):
    stars = models.IntegerField(default=0)

    class Meta:
        app_label = "places"


class Trattoria(Restaurant):
    pasta = models.BooleanField(default=True)

    class Meta:
        app_label = "places"


class Review(models.Model):
    place = models.ForeignKey(Place, models.CASCADE)
    restaurant = models.ForeignKey(Restaurant, models.CASCADE, null=True, related_name="tests")
    text = models.CharField(max_length=20)

    class Meta:
        app_label = "places"


class OpenPlaces(models.Manager):
    def get_queryset(self):
        return super().get_queryset().exclude(city="closed")


class OpenPlace(Place):
    objects = OpenPlaces()

    class Meta:
        app_label = "places"
        proxy = True
        ordering = ["name"]

    def shout(self):
        return self.name.upper()


ALL = (Place, Restaurant, Trattoria, Review)


@pytest.fixture
def tables(database):
    database.make_tables(*ALL)
    return database


def test_a_child_has_its_parents_fields_and_a_link():
    assert [field.name for field in Restaurant._meta.fields] == [
        "id",
        "name",
        "city",
        "place_ptr",
        "stars",
    ]
    assert [field.name for field in Restaurant._meta.local_fields] == ["place_ptr", "stars"]
    assert Restaurant._meta.pk.name == "place_ptr"
    assert Restaurant._meta.parents == {Place: Restaurant._meta.pk}
    assert Trattoria._meta.get_parent_list() == [Restaurant, Place]
    assert Restaurant._meta.ordering == ["-name"]
    assert issubclass(Restaurant.DoesNotExist, Place.DoesNotExist)


def test_a_child_is_a_row_in_each_table(tables):
    luigi = Trattoria.objects.create(name="Luigi", stars=2, pasta=False)
    assert luigi.pk == luigi.id == luigi.place_ptr_id == luigi.restaurant_ptr_id
    assert Place.objects.get().name == "Luigi"
    assert Restaurant.objects.get(name="Luigi").stars == 2
    found = Trattoria.objects.get(stars=2, name__startswith="L")
    assert (found, found.name, found.stars, found.pasta) == (luigi, "Luigi", 2, False)
    found.name, found.stars = "Mario", 3
    found.save()
    assert Place.objects.get().name == "Mario"
    assert Restaurant.objects.values_list("name", "stars").get() == ("Mario", 3)


def test_one_goes_from_the_parent_to_the_child_and_back(tables):
    luigi = Restaurant.objects.create(name="Luigi", stars=2)
    place = Place.objects.get()
    assert place.restaurant == luigi
    assert not hasattr(Place.objects.create(name="Park"), "restaurant")
    with statements() as asked:
        assert Restaurant.objects.get().place_ptr.name == "Luigi"
    assert len(asked) == 1  # the parent's values came with the child's
    assert Place.objects.get(restaurant__stars=2) == place
    assert list(Place.objects.filter(restaurant__isnull=True).values_list("name", flat=True)) == [
        "Park"
    ]


def test_a_place_becomes_a_restaurant(tables):
    place = Place.objects.create(name="Bank")
    bank = Restaurant(place_ptr=place, stars=1)
    bank.save_base(raw=True)
    assert Restaurant.objects.get().name == "Bank"


def test_update_and_f_over_both_tables(tables):
    for name, stars in (("a", 1), ("b", 2)):
        Restaurant.objects.create(name=name, stars=stars)
    assert Restaurant.objects.filter(stars=2).update(name="c", stars=F("stars") + 5) == 1
    assert list(Restaurant.objects.values_list("name", "stars")) == [("c", 7), ("a", 1)]
    assert Restaurant.objects.filter(name="a").update(stars=9) == 1
    assert Restaurant.objects.filter(name=F("city")).count() == 0


def test_update_fields_reach_the_parent_alone(tables):
    luigi = Restaurant.objects.create(name="Luigi", stars=2)
    luigi.name, luigi.stars = "Mario", 5
    luigi.save(update_fields=["name"])
    assert Restaurant.objects.values_list("name", "stars").get() == ("Mario", 2)


def test_the_relations_of_the_parent_are_the_child_s(tables):
    luigi = Restaurant.objects.create(name="Luigi", stars=2)
    Review.objects.create(place=luigi, restaurant=luigi, text="good")
    assert luigi.review_set.get().text == "good"
    assert Restaurant.objects.get(review__text="good") == luigi
    assert Review.objects.get(restaurant__name="Luigi").restaurant.name == "Luigi"
    with statements() as asked:
        review = Review.objects.select_related("restaurant", "place").get()
        assert (review.restaurant.name, review.restaurant.stars, review.place.name) == (
            "Luigi",
            2,
            "Luigi",
        )
    assert len(asked) == 1
    assert list(Restaurant.objects.exclude(review__text="good")) == []


def test_a_child_is_deleted_with_its_parent_and_the_other_way_round(tables):
    luigi = Trattoria.objects.create(name="Luigi")
    Review.objects.create(place=luigi, text="good")
    count, by_model = luigi.delete()
    assert by_model == {
        "places.Review": 1,
        "places.Trattoria": 1,
        "places.Restaurant": 1,
        "places.Place": 1,
    }
    assert count == 4
    Trattoria.objects.create(name="Luigi")
    Place.objects.all().delete()
    assert not Trattoria.objects.exists()


def test_a_child_may_go_and_its_parent_stay(tables):
    Restaurant.objects.create(name="Luigi").delete(keep_parents=True)
    assert Place.objects.get().name == "Luigi"
    assert not Restaurant.objects.exists()


def test_select_related_over_the_link_to_a_child(tables):
    Restaurant.objects.create(name="Luigi", stars=2)
    Place.objects.create(name="Park")
    with statements() as asked:
        places = list(Place.objects.select_related("restaurant"))
        assert [hasattr(each, "restaurant") for each in places] == [False, True]
        assert places[1].restaurant.stars == 2
        assert places[1].restaurant.name == "Luigi"
    assert len(asked) == 1


def test_children_are_not_created_in_bulk(tables):
    with pytest.raises(ValueError, match="multi-table"):
        Restaurant.objects.bulk_create([Restaurant(name="x")])


def test_a_child_s_field_cannot_be_called_as_its_parent_s():
    with pytest.raises(FieldError, match="'name' in class 'Bar' clashes"):

        class Bar(Place):
            name = models.TextField()


def test_a_link_of_one_s_own_must_be_a_parent_link():
    with pytest.raises(ImproperlyConfigured, match="parent_link=True"):

        class Bar(Place):
            spot = models.OneToOneField(Place, models.CASCADE, related_name="+")

    class Pub(Place):
        spot = models.OneToOneField(Place, models.CASCADE, parent_link=True, primary_key=True)

        class Meta:
            app_label = "places"

    assert Pub._meta.parents == {Place: Pub._meta.get_field("spot")}


def test_a_proxy_has_the_same_rows_and_its_own_ways(tables):
    for name, city in (("b", "x"), ("a", "x"), ("c", "closed")):
        Place.objects.create(name=name, city=city)
    assert [each.shout() for each in OpenPlace.objects.all()] == ["A", "B"]
    assert OpenPlace._meta.db_table == Place._meta.db_table
    assert OpenPlace._meta.proxy_for_model is OpenPlace._meta.concrete_model is Place
    assert OpenPlace.objects.get(name="a") == Place.objects.get(name="a")
    new = OpenPlace.objects.create(name="d")
    new.name = "e"
    new.save()
    assert Place.objects.named("e").get().pk == new.pk
    assert OpenPlace.objects.filter(name="e").update(city="y") == 1
    assert OpenPlace.objects.filter(name="e").delete() == (1, {"places.OpenPlace": 1})


def test_a_proxy_has_no_fields_and_one_parent():
    with pytest.raises(FieldError, match="contains a field, 'extra'"):

        class Wrong(Place):
            extra = models.IntegerField()

            class Meta:
                proxy = True

    with pytest.raises(TypeError, match="exactly one model with a table"):

        class Nothing(models.Model):
            class Meta:
                proxy = True


def test_relations_to_a_proxy_give_proxies(tables):
    class Visit(models.Model):
        place = models.ForeignKey(OpenPlace, models.CASCADE)

        class Meta:
            app_label = "places"

    tables.make_tables(Visit)
    place = Place.objects.create(name="a")
    Visit.objects.create(place=place)
    assert type(Visit.objects.get().place) is OpenPlace
    assert type(Visit.objects.select_related("place").get().place) is OpenPlace
    assert place.visit_set.count() == 1
    assert OpenPlace.objects.get(visit__isnull=False).pk == place.pk
    assert place.delete()[0] == 2


def test_managers_are_inherited_from_concrete_models_too():
    assert isinstance(Restaurant.objects, PlaceManager)
    assert Restaurant.objects.model is Restaurant
    assert Restaurant._default_manager.name == "objects"
    assert type(Restaurant._base_manager) is models.Manager


def test_none_takes_an_abstract_base_s_field_away():
    class Base(models.Model):
        name = models.CharField(max_length=5)
        note = models.TextField()

        class Meta:
            abstract = True

    class Heir(Base):
        note = None

        class Meta:
            app_label = "places"

    assert [field.name for field in Heir._meta.fields] == ["id", "name"]


def test_an_abstract_model_may_stand_between_two_tables(tables):
    class Rated(Place):
        rating = models.IntegerField(default=3)

        class Meta:
            abstract = True

    class Hotel(Rated):
        beds = models.IntegerField(default=1)

        class Meta:
            app_label = "places"

    tables.make_tables(Hotel)
    Hotel.objects.create(name="Ritz", beds=200)
    assert Hotel.objects.filter(name="Ritz", rating=3).get().beds == 200
    assert Hotel._meta.parents == {Place: Hotel._meta.get_field("place_ptr")}
