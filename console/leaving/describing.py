"""The tables and columns of the export as Markdown, from the models: for docs/export.md."""

from collections.abc import Iterator

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from ..keeping import of
from .columns import columns_of, exported


def markdown() -> Iterator[str]:
    """Each file with its columns, in the active language."""
    yield "# " + _("What the export holds")
    yield ""
    yield _("Written from the models by `make guide`; how the export is made: [leaving](leaving.md).")
    yield _("Each table is a file of JSON Lines and one of CSV, with the same columns.")
    yield _("What is masked is in the clear only with `--personal`.")
    yield _("Where a column has no description, its name says what it is.")
    masked = _("masked")
    heads = (_("column"), _("is"), _("personal data"))
    for model in exported():
        opts = model._meta
        yield f"\n## {opts.label_lower}\n\n{capfirst(opts.verbose_name_plural)}"
        if secret := sorted(of(model).secret & {field.name for field in opts.concrete_fields}):
            yield "\n" + _("Left out") + ": " + ", ".join(f"`{name}`" for name in secret)
        yield "\n| {} | {} | {} |\n|---|---|---|".format(*heads)
        for column in columns_of(model, clear=True):
            label = "" if column.label == column.name.replace("_", " ") else column.label
            yield f"| `{column.name}` | {label} | {masked if column.personal else ''} |"
