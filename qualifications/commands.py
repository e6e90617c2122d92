"""Base class of the bulk commands for applications: which of them they select."""

from collections.abc import Sequence

from django.core.management.base import CommandParser
from django.db.models import QuerySet

from console.commands import BulkCommand
from console.naming import named

from .models import BrandQualification, CategoryQualification


class ApplicationCommand(BulkCommand):
    """Takes brand and category applications by their numbers, as the addresses of their pages have them."""

    chosen_by = ("brand", "category")
    naming = "Name applications with --brand and --category"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        for kind in self.chosen_by:
            parser.add_argument(
                f"--{kind}", action="append", metavar="NUMBER", help=f"This {kind} application; more than once."
            )

    def applications(
        self, brand: Sequence[str] | None, category: Sequence[str] | None, brands: QuerySet, categories: QuerySet
    ) -> tuple[QuerySet, QuerySet]:
        """Those that are named; where none is, those that are given."""
        if not (brand or category):
            return brands, categories
        return (
            named(BrandQualification.objects.all(), "brand application", brand or [], "id"),
            named(CategoryQualification.objects.all(), "category application", category or [], "id"),
        )
