"""An index a column of the table of runs: people filter and sort by any of them."""

from django.db import migrations

TEXTS = """source state klass run_type hlt_key l1_hlt_mode l1_key l1_menu trigger_mode sequence clock_type cmssw_version
    fill_type_runtime injection_scheme components""".split()
OTHERS = """typed significant fill start_time end_time last_update duration n_ls recorded delivered init_lumi end_lumi
    energy b_field stable_beam tier0_transfer hlt_physics_rate hlt_physics_counter l1_rate l1_triggers_counter
    initial_prescale_index""".split()

# a text can be longer than an entry of an index may be
INDEXES = [
    *(f'CREATE INDEX runs_by_{name} ON runs_run ("left"({name}, 100), run)' for name in TEXTS),
    *(f"CREATE INDEX runs_by_{name} ON runs_run ({name}, run)" for name in OTHERS),
]
# the table asks rows to be short, for the sake of two long columns; texts that are searched stay in the row
MAIN = [f"ALTER TABLE runs_run ALTER COLUMN {name} SET STORAGE MAIN" for name in TEXTS]
EXTENDED = [f"ALTER TABLE runs_run ALTER COLUMN {name} SET STORAGE EXTENDED" for name in TEXTS]
NAMES = [f"runs_by_{name}" for name in (*TEXTS, *OTHERS)]


class Migration(migrations.Migration):
    dependencies = [("runs", "0004_eras")]

    operations = [
        migrations.RunSQL(MAIN, EXTENDED),
        migrations.RunSQL(INDEXES, [f"DROP INDEX {name}" for name in NAMES]),
    ]
