"""The name of an era comes again: it is known by its first run too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0003_ingestion")]

    operations = [
        migrations.DeleteModel(name="Era"),
        migrations.CreateModel(
            name="Era",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "name", "first_run", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.TextField()),
                ("first_run", models.IntegerField()),
                ("seq", models.BigIntegerField()),
                ("attributes", models.JSONField()),
            ],
        ),
    ]
