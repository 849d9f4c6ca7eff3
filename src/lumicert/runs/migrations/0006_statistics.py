"""What the planner knows of texts as they are searched, so that it sees when many runs pass and the newest are at hand."""

from django.db import migrations

TEXTS = """source state klass run_type hlt_key l1_hlt_mode l1_key l1_menu trigger_mode sequence clock_type cmssw_version
    fill_type_runtime injection_scheme""".split()
# as `registry/filters.py` asks: capitals of ASCII, and words between blanks
SEARCHED = {
    **{name: f'upper(({name} COLLATE "C")::text)' for name in TEXTS},
    "components": "upper(((' ' || coalesce(coalesce(components, '') || ' ', '')) COLLATE \"C\")::text)",
}


class Migration(migrations.Migration):
    dependencies = [("runs", "0005_indexes")]

    operations = [
        migrations.RunSQL(
            [
                *(f"CREATE STATISTICS runs_searched_{name} ON ({text}) FROM runs_run" for name, text in SEARCHED.items()),
                "ANALYZE runs_run",
            ],
            [f"DROP STATISTICS runs_searched_{name}" for name in SEARCHED],
        ),
    ]
