"""What a QuerySet's methods are, grouped by what they give: see `miniorm.queryset`."""
