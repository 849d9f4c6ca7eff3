"""The tables of CertHelper 1.11.3 that are read, and what a database lacks of them.

Django names a table after its app and model, and a foreign key after its field with `_id` behind. Columns that came
with later versions of CertHelper may be missing: they are read as unknown, and that is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import psycopg
from psycopg.rows import TupleRow

Connection = psycopg.Connection[TupleRow]
Columns = Mapping[str, frozenset[str]]
"""By table the columns that are there."""


class NotCertHelper(ValueError):
    """The database cannot be read as one of CertHelper; the text says what is missing and what to do."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: without a column of `required` it cannot be read; one that is not `needed` may be missing itself."""

    required: str
    optional: str = ""
    needed: bool = True


_LIST = Table("id name description")
_UNITS_OF_RUN = "b_field_unit init_lumi_unit end_lumi_unit delivered_lumi_unit recorded_lumi_unit energy_unit"
_UNITS_OF_FILL = """
    b_field_unit peak_lumi_unit init_lumi_unit beta_star_unit peak_specific_lumi_unit intensity_beam1_unit
    intensity_beam2_unit delivered_lumi_unit recorded_lumi_unit crossing_angle_unit energy_unit"""

TABLES: Mapping[str, Table] = {
    "oms_omsfill": Table(
        "fill_number",
        f"""b_field beta_star bunches_beam1 bunches_beam2 bunches_colliding bunches_target crossing_angle delivered_lumi
        downtime duration efficiency_lumi efficiency_time energy era fill_type_party1 fill_type_party2 fill_type_runtime
        init_lumi injection_scheme intensity_beam1 intensity_beam2 peak_lumi peak_pileup peak_specific_lumi
        recorded_lumi first_run_number last_run_number {_UNITS_OF_FILL}""",
    ),
    "oms_omsrun": Table(
        "run_number run_type",
        f"""fill_id lumisections b_field clock_type cmssw_version components delivered_lumi duration end_lumi energy
        fill_type_party1 fill_type_party2 fill_type_runtime hlt_key hlt_physics_counter hlt_physics_rate
        hlt_physics_size hlt_physics_throughput init_lumi initial_prescale_index l1_hlt_mode l1_hlt_mode_stripped l1_key
        l1_key_stripped l1_menu l1_rate l1_triggers_counter recorded_lumi sequence stable_beam tier0_transfer
        trigger_mode apv_mode {_UNITS_OF_RUN}""",
    ),
    "certifier_runreconstruction": Table("id run_id reconstruction is_reference"),
    "certifier_dataset": Table("id dataset"),
    "certifier_badreason": _LIST,
    "certifier_pixelproblem": _LIST,
    "certifier_stripproblem": _LIST,
    "certifier_trackingproblem": _LIST,
    "certifier_trackercertification": Table(
        "runreconstruction_id user_id reference_runreconstruction_id pixel strip tracking date comment",
        """created_at updated_at deleted_at dataset_id trackermap external_info_complete pixel_lowstat strip_lowstat
        tracking_lowstat bad_reason_id""",
    ),
    "certifier_trackercertification_pixel_problems": Table("trackercertification_id pixelproblem_id"),
    "certifier_trackercertification_strip_problems": Table("trackercertification_id stripproblem_id"),
    "certifier_trackercertification_tracking_problems": Table("trackercertification_id trackingproblem_id"),
    "users_user": Table("id username"),
    "checklists_checklist": Table("id title identifier", "description additional_description", needed=False),
    "checklists_checklistitemgroup": Table("id checklist_id", "name description", needed=False),
    "checklists_checklistitem": Table("id checklistgroup_id text", needed=False),
    "summary_summaryinfo": Table("id certifications", "links_prompt_feedback special_comment", needed=False),
}

# to_regclass looks where the connection looks, and needs no right on the table; information_schema hides others' tables
_COLUMNS = """
    SELECT t.name, coalesce(array_agg(a.attname::text) FILTER (WHERE a.attname IS NOT NULL), '{}'),
        coalesce(has_table_privilege(to_regclass(t.name), 'SELECT'), true)
    FROM unnest(%s::text[]) t(name)
    LEFT JOIN pg_attribute a ON a.attrelid = to_regclass(t.name) AND a.attnum > 0 AND NOT a.attisdropped
    GROUP BY t.name"""


def columns_of(original: Connection) -> Columns:
    """The columns that the database has of the tables that are read; a table that it lacks has none.

    Raises:
        NotCertHelper: naming the tables or columns without which nothing can be read, or those that may not be read.
    """
    rows = original.execute(_COLUMNS, [list(TABLES)]).fetchall()
    found = {name: frozenset(columns) for name, columns, _ in rows}
    if missing := [name for name, table in TABLES.items() if table.needed and not found[name]]:
        raise NotCertHelper(_no_tables(missing, original))
    if forbidden := sorted(name for name, columns, readable in rows if columns and not readable):
        raise NotCertHelper(
            f"the user '{original.info.user}' may not read {', '.join(forbidden)}. "
            f"Grant it: GRANT SELECT ON ALL TABLES IN SCHEMA public TO {original.info.user};"
        )
    lacking = {
        name: [column for column in table.required.split() if column not in found[name]]
        for name, table in TABLES.items()
        if found[name]
    }
    if told := [f"{name} has no column {', '.join(columns)}" for name, columns in lacking.items() if columns]:
        raise NotCertHelper(
            f"{'; '.join(told)}: this schema is older than any that is known (CertHelper 1.11.3 is). "
            "Bring the database up to date with CertHelper's own migrations, on a copy of it."
        )
    return found


def _no_tables(missing: list[str], original: Connection) -> str:
    where = f"the database '{original.info.dbname}' on {original.info.host or 'this machine'}"
    shown = ", ".join(missing[:4]) + (f" and {len(missing) - 4} more" if len(missing) > 4 else "")
    return f"{where} is none of CertHelper: it has no table {shown}. Is it the right database, and schema?"


def unknown_columns(columns: Columns) -> dict[str, list[str]]:
    """By table the columns that may be missing and are; `*` stands for the whole table."""
    found = {}
    for name, table in TABLES.items():
        lacking = [column for column in table.optional.split() if column not in columns[name]]
        if not columns[name]:
            found[name] = ["*"]
        elif lacking:
            found[name] = lacking
    return found
