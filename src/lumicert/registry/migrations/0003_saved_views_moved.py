"""Saved views are the shell's now; their table went there with what is in it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_saved_views"), ("shell", "0001_saved_views")]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel(name="SavedView")]),
    ]
