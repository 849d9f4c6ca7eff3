"""Indexes for every order of the table of certifications, and who has seen what of what others did."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("certification", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Looked",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("seq", models.BigIntegerField()),
            ],
        ),
        *(
            migrations.AddIndex(model_name="certification", index=models.Index(fields=fields, name=name))
            for name, fields in (
                ("certification_by_verdict", ["verdict", "run"]),
                ("certification_by_type", ["run_type", "run"]),
                ("certification_by_recon", ["reconstruction", "run"]),
                ("certification_by_reason", ["bad_reason", "run"]),
                ("certification_by_map", ["tracker_map", "run"]),
                ("certification_by_complete", ["complete", "run"]),
            )
        ),
        migrations.AddIndex(
            model_name="certification",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["parts"], name="certification_by_parts", opclasses=["jsonb_path_ops"]
            ),
        ),
        migrations.AddIndex(model_name="review", index=models.Index(fields=["seq"], name="review_by_seq")),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(fields=["of"], name="review_that_counts", condition=models.Q(outcome__gt="")),
        ),
        migrations.AddIndex(model_name="withdrawn", index=models.Index(fields=["seq"], name="withdrawn_by_seq")),
    ]
