"""A database that is not CertHelper's, or cannot be read, is told in words; an older one is read."""

from __future__ import annotations

import json
import subprocess
import sys

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from lumicert.certhelper.importing import CannotImport, import_certhelper
from lumicert.certhelper.schema import NotCertHelper
from lumicert.certhelper.tests.original import CertHelper, create, url_of
from lumicert.certification.models import Certification
from lumicert.decisions.models import Event


@pytest.mark.parametrize("url", ["mysql://x/y", "certhelper", "", "http://localhost"])
def test_a_url_of_something_else_is_refused_with_an_example(db, url) -> None:
    with pytest.raises(NotCertHelper, match="postgresql://"):
        import_certhelper(url=url)


def test_a_server_that_does_not_answer_is_told_without_the_password(db, free_tcp_port) -> None:
    with pytest.raises(NotCertHelper, match="does not answer") as refused:
        import_certhelper(url=f"postgresql://reader:secret@127.0.0.1:{free_tcp_port}/certhelper")
    assert "secret" not in str(refused.value)


def test_another_database_is_told_by_the_tables_that_it_lacks(db, scratch) -> None:
    with pytest.raises(NotCertHelper, match=r"no table oms_omsfill, .* and \d+ more"):
        import_certhelper(url=scratch())


def test_a_table_that_may_not_be_read_is_told_with_the_remedy(db, original) -> None:
    role = "certhelper_reader"
    with psycopg.connect(original.url, autocommit=True) as server:
        server.execute(f"CREATE ROLE {role} LOGIN")
        try:
            url = original.url.replace("postgresql://postgres", f"postgresql://{role}")
            with pytest.raises(NotCertHelper, match=rf"{role}.* may not read .*users_user.*GRANT SELECT"):
                import_certhelper(url=url)
        finally:
            server.execute(f"DROP ROLE {role}")


def test_a_schema_without_what_is_needed_is_told_column_by_column(db, scratch) -> None:
    url = scratch()
    create(url, leave_out={"certifier_trackercertification.pixel"})
    with pytest.raises(NotCertHelper, match="certifier_trackercertification has no column pixel"):
        import_certhelper(url=url)


def test_an_older_schema_is_read_and_what_it_lacks_is_told(db, scratch) -> None:
    url = scratch()
    lacking = {
        "oms_omsrun.apv_mode", "oms_omsrun.recorded_lumi_unit", "certifier_trackercertification.external_info_complete",
        "certifier_trackercertification.bad_reason_id", "summary_summaryinfo",
    }  # fmt: skip
    create(url, leave_out=lacking)
    with psycopg.connect(url, autocommit=True) as connected:
        old = CertHelper(url, connected)
        old.insert("oms_omsrun", run_number=321123, run_type="cosmics", recorded_lumi=1.5, lumisections=9)
        key = old.reconstruction(321123)
        old.insert(
            "certifier_trackercertification", runreconstruction_id=key, reference_runreconstruction_id=key,
            user_id=old.named("users_user", "username", "anna"), pixel="good", strip="good", tracking="good",
            date="2018-05-14", comment="", trackermap="exists",
        )  # fmt: skip
    report = import_certhelper(url=url)
    assert Certification.objects.get().rest["facts"]["recorded"] == "1.5"
    told = {note.table: note.why for note in report.notes if note.key == "schema"}
    assert "external_info_complete, bad_reason_id is not there" in told["certifier_trackercertification"]
    assert "apv_mode" in told["oms_omsrun"]
    assert "the table" in told["summary_summaryinfo"]


def test_two_imports_at_once_are_refused(original, take) -> None:
    with psycopg.connect(url_of(connection.settings_dict["NAME"]), autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended('certhelper import', 0))")
        with pytest.raises(CannotImport, match="another import"):
            take()


def test_an_original_that_goes_away_is_told_and_what_was_taken_stays(original, take) -> None:
    original.run(321123)
    original.certification(321123)

    def end(what: str, done: int, total: int) -> None:
        original.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                         " AND pid <> pg_backend_pid()")  # fmt: skip

    with pytest.raises(CannotImport, match=r"went away.*goes on from there"):
        take(progress=end)
    assert Event.objects.filter(kind="run.registered").exists()
    take()
    assert Certification.objects.exists()


def test_two_words_call_it_and_the_other_imports_name_it() -> None:
    def shown(*words: str) -> str:
        call = [sys.executable, "-m", "lumicert.site.cli", *words, "--help"]
        return subprocess.run(call, capture_output=True, text=True, check=True).stdout

    assert "usage: lumicert import certhelper" in shown("import", "certhelper")
    assert "lumicert import certhelper --help" in " ".join(shown("import").split())


def test_the_command_writes_the_report_as_text_and_as_json(original, tmp_path, capsys) -> None:
    original.run(321123)
    original.certification(321123, "banana")
    call_command("import_certhelper", url=original.url, json=tmp_path / "report.json", check=True)
    shown = capsys.readouterr().out
    assert "certifier_trackercertification: 1 rows; 1 left out" in shown
    assert "nothing was written" in shown
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["tables"]["certifier_trackercertification"] == {"left out": 1}
    assert [row["what"] for row in report["rows"] if row["table"] == "certifier_trackercertification"] == ["left out"]
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [({"actor": "nobody"}, "no account 'nobody'"), ({"json": "/nowhere/x.json"}, "no folder /nowhere")],
)
def test_the_command_says_what_is_wrong_with_its_call(original, options, words) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("import_certhelper", "--url", original.url, *(f"--{key}={word}" for key, word in options.items()))
    assert not Event.objects.exists()


def test_the_text_names_the_first_rows_of_each_reason_and_counts_the_rest(original, take) -> None:
    for run in range(1000, 1012):
        original.bare_run(run)
    shown = take().as_text()
    assert "oms_omsrun, 12 imported, and worth knowing: a bare run" in shown
    assert "  1000" in shown
    assert "  and 4 more" in shown
