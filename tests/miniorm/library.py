"""The models of miniorm's tests: a small library."""

from miniorm import models


class Author(models.Model):
    name = models.CharField(max_length=50)
    born = models.IntegerField(null=True)

    class Meta:
        app_label = "library"
        ordering = ["name"]

    def __str__(self):
        return self.name


class BookQuerySet(models.QuerySet):
    def long(self):
        return self.filter(pages__gte=300)


class BookManager(models.Manager.from_queryset(BookQuerySet)):
    def thin(self):
        return self.filter(pages__lt=100)


class Book(models.Model):
    author = models.ForeignKey(Author, on_delete=models.CASCADE)
    editor = models.ForeignKey(
        Author, on_delete=models.SET_NULL, null=True, blank=True, related_name="edited"
    )
    title = models.CharField(max_length=50)
    pages = models.IntegerField(null=True)
    published = models.DateTimeField(null=True)

    objects = BookManager()

    class Meta:
        app_label = "library"
        get_latest_by = "published"

    def __str__(self):
        return self.title


class Copy(models.Model):
    """The same book may stand there several times; it is not deleted with its book."""

    book = models.ForeignKey(Book, on_delete=models.PROTECT)
    shelf = models.SlugField(max_length=10, default="a")
    price = models.DecimalField(max_digits=6, decimal_places=2, default=0)

    class Meta:
        app_label = "library"
        unique_together = ["book", "shelf"]


ALL = (Author, Book, Copy)


def countries():
    """A country, and cities that point to its code and not to its key; new classes each time."""

    class Country(models.Model):
        code = models.CharField(max_length=2, unique=True)

        class Meta:
            app_label = "library"

    class City(models.Model):
        country = models.ForeignKey(Country, models.CASCADE, to_field="code")

        class Meta:
            app_label = "library"

    return Country, City
