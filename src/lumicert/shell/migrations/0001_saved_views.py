"""Saved views belong to every table, no longer to that of runs alone: the table moves here with what is in it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0002_saved_views"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE registry_savedview RENAME TO shell_savedview",
                    "ALTER TABLE shell_savedview RENAME TO registry_savedview",
                )
            ],
            state_operations=[
                migrations.CreateModel(
                    name="SavedView",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("page", models.CharField(max_length=40)),
                        ("name", models.CharField(max_length=80)),
                        ("query", models.TextField()),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("owner", "page", "name"), name="one_view_of_a_name")
                        ]
                    },
                ),
            ],
        ),
    ]
