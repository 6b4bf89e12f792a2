"""What miniorm and Django do, in the words that they share: only what is called differs."""

from collections.abc import Sequence
from typing import Any

from tests.benchmarks.orm.library import PRAGMA_STATEMENTS, Place, book


class Calls:
    # Filled in by either.
    Book: Any
    Count: Any
    atomic: Any

    def insert(self, numbers: Sequence[int]) -> None:
        with self.atomic():
            for number in numbers:
                self.Book.objects.create(**book(number))

    def bulk(self, numbers: Sequence[int]) -> None:
        with self.atomic():
            self.Book.objects.bulk_create([self.Book(**book(number)) for number in numbers])

    def objects(self) -> list[Any]:
        return list(self.Book.objects.all())

    def get(self, keys: Sequence[int]) -> list[Any]:
        return [self.Book.objects.get(pk=key) for key in keys]

    def values(self) -> list[Any]:
        return list(self.Book.objects.values_list("title", "pages", "price"))

    def related(self) -> list[Any]:
        return list(self.Book.objects.select_related("author"))

    def change(self, keys: Sequence[int]) -> None:
        with self.atomic():
            for key in keys:
                found = self.Book.objects.get(pk=key)
                found.pages = -key
                found.save()

    def delete(self, keys: Sequence[int]) -> None:
        with self.atomic():
            for key in keys:
                self.Book.objects.get(pk=key).delete()

    def group(self) -> list[Any]:
        return list(self.Book.objects.values_list("pages").annotate(number=self.Count("id")))


def tables(models: Any, module: str) -> tuple[Any, Any]:
    """The two models, made of either's `models`."""

    class Author(models.Model):  # type: ignore[misc, name-defined]
        __module__ = module
        id = models.BigAutoField(primary_key=True)
        name = models.CharField(max_length=100)

        class Meta:
            app_label = "benchmark"
            db_table = "author"

    class Book(models.Model):  # type: ignore[misc, name-defined]
        __module__ = module
        id = models.BigAutoField(primary_key=True)
        title = models.CharField(max_length=200)
        pages = models.IntegerField()
        price = models.FloatField()
        author = models.ForeignKey(Author, on_delete=models.CASCADE)

        class Meta:
            app_label = "benchmark"
            db_table = "book"

    return Author, Book


def sqlite_settings(place: Place) -> dict[str, Any]:
    return {"NAME": place.address, "OPTIONS": {"init_command": ";".join(PRAGMA_STATEMENTS)}}
