from typing import Any

from django import forms


class BulkForm(forms.Form):
    """What an operation needs and is asked once for all chosen rows; `columns` are the record's columns it fills."""

    columns: tuple[str, ...] = ()

    def values(self) -> dict[str, Any]:
        """The columns' new values."""
        return {name: self.cleaned_data[name] for name in self.columns}
