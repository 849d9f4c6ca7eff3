"""What nobody reviewed is found in indexes alone."""

from __future__ import annotations

from django.db import migrations, models

NAMES = ["workspace", "run", "reconstruction"]


class Migration(migrations.Migration):
    dependencies = [("certification", "0004_imported_and_handed_over")]

    operations = [
        migrations.RemoveIndex("certification", "certification_own_by_seq"),
        migrations.AddIndex(
            "certification",
            models.Index(
                fields=["seq"],
                include=NAMES,
                name="certification_own_by_seq",
                condition=models.Q(("imported", False)),
            ),
        ),
        migrations.AddIndex(
            "certification",
            models.Index(
                fields=["seq"],
                include=NAMES,
                name="certification_imported_by_seq",
                condition=models.Q(("imported", True)),
            ),
        ),
    ]
