"""What is ticked of the shift leader's checklists of a week."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("certification", "0002_listing")]

    operations = [
        migrations.CreateModel(
            name="WeekChecklist",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "workspace", "week", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("workspace", models.TextField()),
                ("week", models.TextField()),
                ("seq", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("checklists", models.JSONField()),
                ("note", models.TextField()),
            ],
        ),
    ]
