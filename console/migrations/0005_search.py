from django.db import migrations, models

# The grams of `console.search_index.grams`: of one and two characters those that are not ASCII, of three those that are.
FUNCTION = """
CREATE FUNCTION console_grams(text text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(DISTINCT gram), '{}')
  FROM (
    SELECT substr($1, start, length) AS gram, length
    FROM generate_series(1, length($1)) AS start, generate_series(1, 3) AS length
    WHERE start + length - 1 <= length($1)
  ) AS parts
  WHERE (octet_length(gram) = length) = (length = 3)
$$
"""
INDEX = "CREATE INDEX console_searchtext_grams ON console_searchtext USING gin (console_grams(text))"
TABLE = (
    "CREATE VIRTUAL TABLE console_searchgrams"
    " USING fts5(grams, content = '', detail = none, columnsize = 0, tokenize = 'ascii')"
)


def make(apps, schema_editor):
    statements = {"postgresql": [FUNCTION, INDEX], "sqlite": [TABLE]}
    for statement in statements[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    statements = {
        "postgresql": ["DROP INDEX console_searchtext_grams", "DROP FUNCTION console_grams"],
        "sqlite": ["DROP TABLE console_searchgrams"],
    }
    for statement in statements[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("console", "0004_lists")]

    operations = [
        migrations.CreateModel(
            name="SearchMark",
            fields=[
                ("kind", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("last", models.BigIntegerField(default=0)),
                ("at", models.DateTimeField(null=True)),
            ],
            options={"verbose_name": "mark of the search", "verbose_name_plural": "marks of the search"},
        ),
        migrations.CreateModel(
            name="SearchText",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("kind", models.CharField(max_length=20)),
                ("source", models.BigIntegerField()),
                ("text", models.TextField()),
            ],
            options={
                "verbose_name": "text of the search",
                "verbose_name_plural": "texts of the search",
                "constraints": [models.UniqueConstraint(fields=("kind", "source"), name="one_text_per_row")],
            },
        ),
        migrations.RunPython(make, drop),
    ]
