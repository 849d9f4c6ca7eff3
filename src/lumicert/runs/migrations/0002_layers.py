"""Values of runs in layers, fills and eras; lumisections reported a part at a time.

The tables are projections: they are dropped and made, and filled again from the log when migrating has ended.
"""

import django.contrib.postgres.fields
from django.db import migrations, models

import lumicert.decisions.fields

FUNCTIONS = r"""
-- A value of JSON as a number, a whole number, a truth or a text; NULL where it is none.
CREATE FUNCTION runs_number(value jsonb) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE jsonb_typeof(value) WHEN 'number' THEN value::numeric END
$$;
CREATE FUNCTION runs_whole(value jsonb) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN jsonb_typeof(value) = 'number' AND abs(value::numeric) < 9e18 THEN round(value::numeric)::bigint END
$$;
CREATE FUNCTION runs_truth(value jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE jsonb_typeof(value) WHEN 'boolean' THEN value::boolean END
$$;
CREATE FUNCTION runs_words(value jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE jsonb_typeof(value)
        WHEN 'array' THEN coalesce((SELECT string_agg(word, ' ' ORDER BY place)
            FROM jsonb_array_elements_text(value) WITH ORDINALITY e(word, place)), '')
        WHEN 'string' THEN value #>> '{}' ELSE '' END
$$;
-- ISO 8601 with its zone, as OMS writes it. STABLE would keep it out of indexes; the zone makes it immutable.
CREATE FUNCTION runs_time(value jsonb) RETURNS timestamptz LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF value #>> '{}' !~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$' THEN
        RETURN NULL;
    END IF;
    RETURN (value #>> '{}')::timestamptz;
EXCEPTION WHEN datetime_field_overflow OR invalid_datetime_format THEN
    RETURN NULL;
END $$;
-- Integrated luminosity in whole inverse barns; without a unit it is in /pb, an unknown unit makes it unknown.
CREATE FUNCTION runs_barns(value jsonb, unit text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN jsonb_typeof(value) = 'number' AND abs(value::numeric * factor) < 9e18
        THEN round(value::numeric * factor)::bigint END
    FROM (SELECT (CASE coalesce(unit, 'pb^{-1}')
        WHEN 'b^{-1}' THEN 1 WHEN 'mb^{-1}' THEN 1e3 WHEN '{\mu}b^{-1}' THEN 1e6 WHEN 'ub^{-1}' THEN 1e6
        WHEN 'nb^{-1}' THEN 1e9 WHEN 'pb^{-1}' THEN 1e12 WHEN 'fb^{-1}' THEN 1e15
        WHEN '/b' THEN 1 WHEN '/mb' THEN 1e3 WHEN '/ub' THEN 1e6 WHEN '/nb' THEN 1e9 WHEN '/pb' THEN 1e12
        WHEN '/fb' THEN 1e15 END)::numeric AS factor) unit
$$;
-- Of `numbers`, which has one for each lumisection in `lumis`, those of the lumisections in `kept`.
CREATE FUNCTION runs_values_in(lumis int4multirange, numbers anyarray, kept int4multirange) RETURNS anyarray
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN lumis <@ kept THEN numbers ELSE ARRAY(
        SELECT numbers[place] FROM (
            SELECT ls, row_number() OVER (ORDER BY ls) AS place
            FROM unnest(lumis) part, generate_series(lower(part), upper(part) - 1) ls
        ) numbered WHERE kept @> ls ORDER BY ls) END
$$;
"""

DROP_FUNCTIONS = """
DROP FUNCTION runs_number(jsonb), runs_whole(jsonb), runs_truth(jsonb), runs_words(jsonb), runs_time(jsonb),
    runs_barns(jsonb, text), runs_values_in(int4multirange, anyarray, int4multirange)
"""

SHAPE = r"""
-- Tables of runs are filtered and sorted by their columns: the two that are read only for one run lie elsewhere.
ALTER TABLE runs_run SET (toast_tuple_target = 128);
ALTER TABLE runs_run ALTER COLUMN attributes SET STORAGE EXTERNAL, ALTER COLUMN units SET STORAGE EXTERNAL;
-- What was said of a fill, which is in no column of the log.
CREATE INDEX event_of_fill ON decisions_event (((payload->>'fill')::int), seq) WHERE kind IN ('fill.reported', 'fill.typed');
"""


class Migration(migrations.Migration):
    dependencies = [("runs", "0001_initial"), ("decisions", "0005_append")]

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        migrations.DeleteModel(
            name='Flag',
        ),
        migrations.DeleteModel(
            name='Luminosity',
        ),
        migrations.DeleteModel(
            name='Run',
        ),
        migrations.DeleteModel(
            name='Dataset',
        ),
        migrations.CreateModel(
            name='Run',
            fields=[
                ('run', models.IntegerField(primary_key=True, serialize=False, verbose_name='run')),
                ('seq', models.BigIntegerField()),
                ('source', models.TextField(verbose_name='source')),
                ('state', models.TextField(verbose_name='state')),
                ('typed', models.BooleanField(verbose_name='typed by hand')),
                ('klass', models.TextField(db_index=True, verbose_name='class')),
                ('run_type', models.TextField(verbose_name='type')),
                ('significant', models.BooleanField(null=True, verbose_name='significant')),
                ('fill', models.IntegerField(db_index=True, null=True, verbose_name='fill')),
                ('start_time', models.DateTimeField(db_index=True, null=True, verbose_name='start')),
                ('end_time', models.DateTimeField(null=True, verbose_name='end')),
                ('last_update', models.DateTimeField(null=True, verbose_name='last update')),
                ('duration', models.BigIntegerField(help_text='s', null=True, verbose_name='duration')),
                ('n_ls', models.BigIntegerField(null=True, verbose_name='LS')),
                ('recorded', models.BigIntegerField(help_text='/b', null=True, verbose_name='recorded')),
                ('delivered', models.BigIntegerField(help_text='/b', null=True, verbose_name='delivered')),
                ('init_lumi', models.FloatField(null=True, verbose_name='initial lumi')),
                ('end_lumi', models.FloatField(null=True, verbose_name='final lumi')),
                ('energy', models.FloatField(help_text='GeV', null=True, verbose_name='energy')),
                ('b_field', models.FloatField(help_text='T', null=True, verbose_name='B field')),
                ('stable_beam', models.BooleanField(null=True, verbose_name='stable beams')),
                ('tier0_transfer', models.BooleanField(null=True, verbose_name='to Tier-0')),
                ('hlt_key', models.TextField(verbose_name='HLT key')),
                ('hlt_physics_rate', models.FloatField(help_text='Hz', null=True, verbose_name='HLT physics rate')),
                ('hlt_physics_counter', models.BigIntegerField(null=True, verbose_name='HLT physics events')),
                ('l1_hlt_mode', models.TextField(verbose_name='L1/HLT mode')),
                ('l1_key', models.TextField(verbose_name='L1 key')),
                ('l1_menu', models.TextField(verbose_name='L1 menu')),
                ('l1_rate', models.FloatField(help_text='Hz', null=True, verbose_name='L1 rate')),
                ('l1_triggers_counter', models.BigIntegerField(null=True, verbose_name='L1 triggers')),
                ('trigger_mode', models.TextField(verbose_name='trigger mode')),
                ('initial_prescale_index', models.BigIntegerField(null=True, verbose_name='prescale index')),
                ('sequence', models.TextField(verbose_name='sequence')),
                ('clock_type', models.TextField(verbose_name='clock')),
                ('cmssw_version', models.TextField(verbose_name='CMSSW')),
                ('fill_type_runtime', models.TextField(verbose_name='fill type')),
                ('injection_scheme', models.TextField(verbose_name='filling scheme')),
                ('components', models.TextField(verbose_name='components')),
                ('attributes', models.JSONField()),
                ('units', models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name='Fill',
            fields=[
                ('fill', models.IntegerField(primary_key=True, serialize=False, verbose_name='fill')),
                ('seq', models.BigIntegerField()),
                ('state', models.TextField(verbose_name='state')),
                ('typed', models.BooleanField(verbose_name='typed by hand')),
                ('era', models.TextField(verbose_name='era')),
                ('start_time', models.DateTimeField(db_index=True, null=True, verbose_name='start')),
                ('stable_begin', models.DateTimeField(null=True, verbose_name='stable beams from')),
                ('stable_end', models.DateTimeField(null=True, verbose_name='to')),
                ('end_time', models.DateTimeField(null=True, verbose_name='end')),
                ('fill_type', models.TextField(verbose_name='type')),
                ('scheme', models.TextField(verbose_name='filling scheme')),
                ('energy', models.FloatField(help_text='GeV', null=True, verbose_name='energy')),
                ('bunches', models.BigIntegerField(null=True, verbose_name='colliding bunches')),
                ('peak_lumi', models.FloatField(null=True, verbose_name='peak lumi')),
                ('peak_pileup', models.FloatField(null=True, verbose_name='peak pile-up')),
                ('recorded', models.BigIntegerField(help_text='/b', null=True, verbose_name='recorded')),
                ('delivered', models.BigIntegerField(help_text='/b', null=True, verbose_name='delivered')),
                ('attributes', models.JSONField()),
                ('units', models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name='Era',
            fields=[
                ('name', models.TextField(primary_key=True, serialize=False)),
                ('seq', models.BigIntegerField()),
                ('attributes', models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name='Dataset',
            fields=[
                ('pk', models.CompositePrimaryKey('run', 'dataset', blank=True, editable=False, primary_key=True, serialize=False)),
                ('run', models.IntegerField()),
                ('dataset', models.TextField()),
                ('seq', models.BigIntegerField()),
                ('source', models.TextField()),
                ('states', models.JSONField()),
                ('in_gui', models.JSONField()),
                ('lumis', lumicert.decisions.fields.LumisField()),
            ],
            options={
                'indexes': [models.Index(fields=['dataset', 'run'], name='dataset_by_name')],
            },
        ),
        migrations.CreateModel(
            name='Flag',
            fields=[
                ('pk', models.CompositePrimaryKey('run', 'flag', 'value', 'seq', blank=True, editable=False, primary_key=True, serialize=False)),
                ('run', models.IntegerField()),
                ('flag', models.TextField()),
                ('value', models.TextField()),
                ('seq', models.BigIntegerField()),
                ('lumis', lumicert.decisions.fields.LumisField()),
            ],
        ),
        migrations.CreateModel(
            name='Label',
            fields=[
                ('pk', models.CompositePrimaryKey('run', 'label', 'value', 'seq', blank=True, editable=False, primary_key=True, serialize=False)),
                ('run', models.IntegerField()),
                ('label', models.TextField()),
                ('value', models.TextField()),
                ('seq', models.BigIntegerField()),
                ('lumis', lumicert.decisions.fields.LumisField()),
            ],
        ),
        migrations.CreateModel(
            name='Series',
            fields=[
                ('pk', models.CompositePrimaryKey('run', 'name', 'seq', blank=True, editable=False, primary_key=True, serialize=False)),
                ('run', models.IntegerField()),
                ('name', models.TextField()),
                ('seq', models.BigIntegerField()),
                ('lumis', lumicert.decisions.fields.LumisField()),
                ('numbers', django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=None)),
            ],
        ),
        migrations.CreateModel(
            name='Luminosity',
            fields=[
                ('pk', models.CompositePrimaryKey('run', 'seq', blank=True, editable=False, primary_key=True, serialize=False)),
                ('run', models.IntegerField()),
                ('seq', models.BigIntegerField()),
                ('lumis', lumicert.decisions.fields.LumisField()),
                ('recorded', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('delivered', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
            ],
        ),
        migrations.RunSQL(SHAPE, "DROP INDEX event_of_fill"),
    ]
