"""The tables of runs, fills, datasets, lumisections, eras and lists, each as one SELECT over the log.

A value of a run or a fill has a *layer*: what was registered with an import (0), what a source reported or a rule
derived (1), what a person typed (2). Within a layer the later word counts, between layers the higher; a person's value
that was released, and a value of a source that could not be used, give way to the layer below.
"""

from __future__ import annotations

from collections.abc import Mapping

from lumicert.decisions.projections import PAYLOAD, Projection, latest_by_key

# derived by rules or typed by people; everything else is named as OMS names it
DERIVED = ("run_type", "class", "significant")

_RUN_KINDS = ("run.registered", "run.withdrawn", "run.reported", "run.classified", "run.typed")
_FILL_KINDS = ("fill.reported", "fill.typed")

_WORDS_OF_SOURCE = """
    SELECT about, 1 AS layer, key, value, payload->'units'->>key AS unit, seq
        FROM said CROSS JOIN LATERAL jsonb_each(payload->'attributes') WHERE kind = '{thing}.reported'
    UNION ALL SELECT about, 1, key, NULL, NULL, seq
        FROM said CROSS JOIN LATERAL jsonb_object_keys(payload->'rejected') key WHERE kind = '{thing}.reported'
    UNION ALL SELECT about, 2, key, value, payload->'units'->>key, seq
        FROM said CROSS JOIN LATERAL jsonb_each(payload->'values') WHERE kind = '{thing}.typed'
    UNION ALL SELECT about, 2, key, NULL, NULL, seq
        FROM said CROSS JOIN LATERAL jsonb_array_elements_text(payload->'released') key WHERE kind = '{thing}.typed'"""

_WORDS_OF_RUN = f"""{_WORDS_OF_SOURCE.format(thing="run")}
    UNION ALL SELECT about, 0, key, value, NULL, seq
        FROM registered CROSS JOIN LATERAL jsonb_each(payload->'attributes')
    UNION ALL SELECT about, 0, 'class', payload->'klass', NULL, seq FROM registered WHERE payload->>'klass' <> ''
    UNION ALL SELECT about, 1, key, value, NULL, seq
        FROM said CROSS JOIN LATERAL jsonb_each(payload->'values') WHERE kind = 'run.classified'"""  # noqa: S608


def _layered(
    *, table: str, about: str, key: str, kinds: tuple[str, ...], words: str, columns: Mapping[str, str]
) -> Projection:
    """The projection of all layers of what was said about each run or fill that has a new event.

    Within the selection `v` are the values that count and `u` their units, `said` the events, `state` what the source
    last said of the whole, NULL where no source did; `registered` is the import that stands, if any.
    """
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    touched = f"""SELECT DISTINCT {about} FROM decisions_event
        WHERE kind IN ({listed}) AND seq > %(after)s AND seq <= %(upto)s"""  # noqa: S608
    selection = f"""
        WITH said AS MATERIALIZED (
            SELECT {about} AS about, seq, kind, {PAYLOAD} AS payload FROM decisions_event
            WHERE kind IN ({listed}) AND seq <= %(upto)s AND {about} IN ({touched})
        ), registered AS (
            SELECT * FROM (
                SELECT DISTINCT ON (about) * FROM said WHERE kind IN ('run.registered', 'run.withdrawn')
                ORDER BY about, seq DESC
            ) latest WHERE kind = 'run.registered'
        ), latest AS (
            SELECT DISTINCT ON (about, layer, key) * FROM ({words}) words ORDER BY about, layer, key, seq DESC
        ), counting AS (
            SELECT DISTINCT ON (about, key) * FROM latest WHERE value IS NOT NULL ORDER BY about, key, layer DESC
        ), folded AS (
            SELECT about, jsonb_object_agg(key, value) AS v, bool_or(layer = 2) AS typed,
                coalesce(jsonb_object_agg(key, unit) FILTER (WHERE unit IS NOT NULL), '{{}}') AS u
            FROM counting GROUP BY about
        ), things AS (
            SELECT about, max(seq) AS seq,
                (array_agg(payload ORDER BY seq DESC) FILTER (WHERE kind LIKE '%%.reported'))[1] AS report
            FROM said GROUP BY about
        )
        SELECT {", ".join(columns.values())}
        FROM things LEFT JOIN folded USING (about) LEFT JOIN registered USING (about)
        WHERE report IS NOT NULL OR registered.seq IS NOT NULL OR typed"""  # noqa: S608
    return Projection(
        table=table,
        columns=tuple(columns),
        key=(about,),
        selection=selection,
        supersede=f"DELETE FROM {table} WHERE {key} IN ({touched})",  # noqa: S608
    )


def _whole(name: str) -> str:
    return f"runs_whole(v->'{name}')"


def _number(name: str) -> str:
    return f"runs_number(v->'{name}')::float8"


def _truth(name: str) -> str:
    return f"runs_truth(v->'{name}')"


def _text(name: str) -> str:
    return f"coalesce(v->>'{name}', '')"


def _time(name: str) -> str:
    return f"runs_time(v->'{name}')"


def _barns(name: str) -> str:
    return f"runs_barns(v->'{name}', u->>'{name}')"


_ALL = "coalesce(v, '{}')"

RUN = _layered(
    table="runs_run",
    about="run",
    key="run",
    kinds=_RUN_KINDS,
    words=_WORDS_OF_RUN,
    columns={
        "run": "about",
        "seq": "things.seq",
        "source": "coalesce(report->>'source', registered.payload->>'source', 'typed')",
        "state": "coalesce(report->>'state', '')",
        "typed": "coalesce(typed, false)",
        "klass": _text("class"),
        "run_type": _text("run_type"),
        "significant": _truth("significant"),
        "fill": _whole("fill_number"),
        "start_time": _time("start_time"),
        "end_time": _time("end_time"),
        "last_update": _time("last_update"),
        "duration": _whole("duration"),
        "n_ls": _whole("last_lumisection_number"),
        "recorded": _barns("recorded_lumi"),
        "delivered": _barns("delivered_lumi"),
        "init_lumi": _number("init_lumi"),
        "end_lumi": _number("end_lumi"),
        "energy": _number("energy"),
        "b_field": _number("b_field"),
        "stable_beam": _truth("stable_beam"),
        "tier0_transfer": _truth("tier0_transfer"),
        "hlt_key": _text("hlt_key"),
        "hlt_physics_rate": _number("hlt_physics_rate"),
        "hlt_physics_counter": _whole("hlt_physics_counter"),
        "l1_hlt_mode": _text("l1_hlt_mode"),
        "l1_key": _text("l1_key"),
        "l1_menu": _text("l1_menu"),
        "l1_rate": _number("l1_rate"),
        "l1_triggers_counter": _whole("l1_triggers_counter"),
        "trigger_mode": _text("trigger_mode"),
        "initial_prescale_index": _whole("initial_prescale_index"),
        "sequence": _text("sequence"),
        "clock_type": _text("clock_type"),
        "cmssw_version": _text("cmssw_version"),
        "fill_type_runtime": _text("fill_type_runtime"),
        "injection_scheme": _text("injection_scheme"),
        "components": "runs_words(v->'components')",
        # derived words are columns, not attributes that a source has
        "attributes": f"{_ALL} - ARRAY[{', '.join(repr(name) for name in DERIVED)}]",
        "units": "coalesce(u, '{}')",
    },
)

FILL = _layered(
    table="runs_fill",
    about="(payload->>'fill')::int",
    key="fill",
    kinds=_FILL_KINDS,
    words=_WORDS_OF_SOURCE.format(thing="fill"),
    columns={
        "fill": "about",
        "seq": "things.seq",
        "state": "coalesce(report->>'state', '')",
        "typed": "coalesce(typed, false)",
        "era": _text("era"),
        "start_time": _time("start_time"),
        "stable_begin": _time("start_stable_beam"),
        "stable_end": _time("end_stable_beam"),
        "end_time": _time("end_time"),
        "fill_type": _text("fill_type_runtime"),
        "scheme": _text("injection_scheme"),
        "energy": _number("energy"),
        "bunches": _whole("bunches_colliding"),
        "peak_lumi": _number("peak_lumi"),
        "peak_pileup": _number("peak_pileup"),
        "recorded": _barns("recorded_lumi"),
        "delivered": _barns("delivered_lumi"),
        "attributes": _ALL,
        "units": "coalesce(u, '{}')",
    },
)

DATASET = latest_by_key(
    table="runs_dataset",
    kind="dataset.registered",
    withdrawn="dataset.withdrawn",
    key={"run": "run", "dataset": "dataset"},
    values={
        "seq": "seq",
        "source": "payload->>'source'",
        "states": "payload->'states'",
        "in_gui": "coalesce(payload->'in_gui', '[]')",
        "lumis": "lumis",
    },
)

ERA = latest_by_key(
    table="runs_era",
    kind="era.reported",
    withdrawn=None,
    # a name such as MWGR comes again
    key={"name": "payload->>'name'", "first_run": "coalesce((payload->>'first_run')::int, 0)"},
    values={"seq": "seq", "attributes": "payload->'attributes'"},
)

LUMI_LIST = latest_by_key(
    table="runs_lumilist",
    kind="list.imported",
    withdrawn="list.withdrawn",
    key={"name": "payload->>'name'"},
    values={
        "seq": "seq",
        "at": "at",
        "purpose": "payload->>'purpose'",
        "sha256": "payload->>'sha256'",
        "n_runs": "(payload->>'n_runs')::int",
        "n_ls": "(payload->>'n_ls')::int",
        "lumis": "payload->'lumis'",
    },
)

# ---- lumisections: an event speaks of its own, and what it says of them stands until a later one speaks of them ----

# [[1, 5], [9, 9]] as jsonb becomes the multirange {[1,6),[9,10)}
_RANGES = """(SELECT coalesce(range_agg(int4range((r->>0)::int, (r->>1)::int, '[]')), '{{}}')
    FROM jsonb_array_elements({}) r)"""

# what is withdrawn is withdrawn for the whole run
_REPORTS = f"""
    SELECT seq, run, kind, payload, coalesce(lumis, '{{(,)}}') AS lumis FROM (
        SELECT seq, run, kind, lumis, {PAYLOAD} AS payload FROM decisions_event
        WHERE kind IN ('lumisections.reported', 'lumisections.withdrawn') AND seq > %(after)s AND seq <= %(upto)s
    ) reports"""  # noqa: S608

_STANDING = f"""
    SELECT seq, run, payload, lumis - coalesce(decisions_cover(lumis) OVER later, '{{}}') AS left_over, kind
    FROM ({_REPORTS}) reports
    WINDOW later AS (PARTITION BY run ORDER BY seq DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"""  # noqa: S608


def _by_lumisection(table: str, *, values: Mapping[str, str], kept: tuple[str, ...] = (), rows: str) -> Projection:
    """What stands of each report for the lumisections of which no later one speaks.

    Args:
        values: columns besides `run` and `seq`, with their SQL over an event and `rows`; `lumis` among them.
        kept: columns that hold an array with one value a lumisection of `lumis`.
        rows: the joins that make the rows of an event.
    """
    smaller = "old.lumis - cover.lumis"
    cut = ", ".join(
        [f"lumis = {smaller}", *(f"{name} = runs_values_in(old.lumis, old.{name}, {smaller})" for name in kept)]
    )
    return Projection(
        table=table,
        columns=("run", "seq", *values),
        key=("run",),
        selection=f"""
            SELECT run, seq, {", ".join(f"{sql}" for sql in values.values())}
            FROM ({_STANDING}) standing {rows}
            WHERE kind = 'lumisections.reported' AND NOT isempty({values["lumis"]})""",  # noqa: S608
        supersede=f"""
            MERGE INTO {table} old USING (
                SELECT run, range_agg(lumis) AS lumis FROM ({_REPORTS}) reports GROUP BY run
            ) cover ON old.run = cover.run AND old.lumis && cover.lumis
            WHEN MATCHED AND old.lumis <@ cover.lumis THEN DELETE
            WHEN MATCHED THEN UPDATE SET {cut}""",  # noqa: S608
    )


FLAG = _by_lumisection(
    "runs_flag",
    values={"flag": "flag", "value": "value", "lumis": "of_value * left_over"},
    rows=f"""CROSS JOIN LATERAL jsonb_each(payload->'flags') f(flag, by_value)
        CROSS JOIN LATERAL jsonb_each(by_value) v(value, ranges)
        CROSS JOIN LATERAL {_RANGES.format("ranges")} l(of_value)""",
)

LABEL = _by_lumisection(
    "runs_label",
    values={"label": "label", "value": "value", "lumis": "of_value * left_over"},
    rows=f"""CROSS JOIN LATERAL jsonb_each(coalesce(payload->'labels', '{{}}')) f(label, by_value)
        CROSS JOIN LATERAL jsonb_each(by_value) v(value, ranges)
        CROSS JOIN LATERAL {_RANGES.format("ranges")} l(of_value)""",
)

SERIES = _by_lumisection(
    "runs_series",
    values={
        "name": "name",
        "lumis": "of_series * left_over",
        "numbers": """runs_values_in(of_series, ARRAY(SELECT value::float8
            FROM jsonb_array_elements_text(series->'values') WITH ORDINALITY e(value, place) ORDER BY place),
            of_series * left_over)""",
    },
    kept=("numbers",),
    rows=f"""CROSS JOIN LATERAL jsonb_each(coalesce(payload->'series', '{{}}')) f(name, series)
        CROSS JOIN LATERAL {_RANGES.format("series->'lumis'")} l(of_series)""",
)

# 1 /pb is 10^12 /b: whole inverse barns hold the twelve decimals of /pb that OMS gives
_PER_BARN = """(CASE payload->'luminosity'->>'unit' WHEN '/mb' THEN 1e3 WHEN '/ub' THEN 1e6 WHEN '/nb' THEN 1e9
    WHEN '/pb' THEN 1e12 WHEN '/fb' THEN 1e15 END)::numeric"""


def _in_barns(name: str) -> str:
    return f"""runs_values_in(with_luminosity, ARRAY(SELECT round(value::numeric * {_PER_BARN})::bigint
        FROM jsonb_array_elements_text(payload->'luminosity'->'{name}') WITH ORDINALITY e(value, place)
        ORDER BY place), with_luminosity * left_over)"""  # noqa: S608


LUMINOSITY = _by_lumisection(
    "runs_luminosity",
    values={
        "lumis": "with_luminosity * left_over",
        "recorded": _in_barns("recorded"),
        "delivered": _in_barns("delivered"),
    },
    kept=("recorded", "delivered"),
    rows=f"""CROSS JOIN LATERAL {
        _RANGES.format(
            "CASE WHEN jsonb_typeof(payload->'luminosity') = 'object' THEN payload->'luminosity'->'lumis' ELSE '[]' END"
        )
    } l(with_luminosity)""",
)
