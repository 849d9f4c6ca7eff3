"""Failed attempts at local passwords."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Attempts",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20)),
                ("account", models.CharField(max_length=150)),
                ("address", models.CharField(max_length=64)),
                ("failures", models.IntegerField(default=0)),
                ("last_at", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["last_at"], name="attempts_by_age")],
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "account", "address"), name="attempts_once_a_key")
                ],
            },
        ),
    ]
