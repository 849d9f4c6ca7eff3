"""`lumicert import`: the result on standard output, progress on standard error, one clear line for what is wrong."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from lumicert.decisions.models import Event
from lumicert.decisions.selectors import current_seq
from lumicert.registry.tests.exports import LUMISECTIONS, RUNS, packed
from lumicert.runs.models import Dataset, LumiList, Run

pytestmark = pytest.mark.django_db

DCS = '{"315257": [[1, 92]]}'
GOLDEN = '{"315257": [[1, 88]]}'


@pytest.fixture
def files(tmp_path):
    (tmp_path / "dcs.json").write_text(DCS)
    (tmp_path / "golden.json").write_text(GOLDEN)
    (tmp_path / "runs.csv").write_bytes(RUNS)
    (tmp_path / "ls.csv.gz").write_bytes(packed(LUMISECTIONS))
    return tmp_path


def run(*arguments: object) -> str:
    out = StringIO()
    call_command("import_", *map(str, arguments), stdout=out)
    return out.getvalue()


def lists(files, *more: str) -> str:
    where = ("--dcs", files / "dcs.json", "--golden", files / "golden.json")
    return run("lists", *where, "--class", "Collisions18", "--dataset", "/PromptReco/Collisions2018/DQM", *more)


def test_a_pair_becomes_events_and_the_second_time_nothing(files):
    assert lists(files) == "1 runs and 92 LS read; 10 events appended, 1 to 10\n"
    assert lists(files) == "1 runs and 92 LS read; everything was there already, nothing changed\n"
    assert (Run.objects.get().klass, Event.objects.first().actor) == ("Collisions18", None)


def test_components_and_author_can_be_chosen(files, leader):
    lists(files, "--component", "dt-dt", "--component", "rpc-rpc", "--actor", "leader")
    said = Event.objects.filter(kind="component.status")
    assert set(said.values_list("component", "actor_name")) == {("dt-dt", "leader"), ("rpc-rpc", "leader")}


def test_an_oms_export_becomes_the_dataset_online(files):
    told = run("oms-export", "--runs", files / "runs.csv", "--lumisections", files / "ls.csv.gz")
    assert told == "1 runs and 3 LS read; 3 events appended, 1 to 3\n"
    assert Dataset.objects.get().lumis == ((1, 3),)


def test_one_list_gets_its_name_and_purpose(files):
    run("list", files / "golden.json", "--name", "g18", "--purpose", "golden")
    assert (LumiList.objects.get().name, LumiList.objects.get().purpose) == ("g18", "golden")


def test_progress_goes_to_standard_error_in_plain_lines(files, capsys):
    lists(files)
    told = capsys.readouterr()
    assert told.out == ""
    assert "appending events, 100 % of 10" in told.err
    assert "\r" not in told.err


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("golden.json", "", "empty"),
        ("golden.json", "lorem ipsum", "not JSON"),
        ("golden.json", '{"315257": [[9, 5]]}', "run 315257, range \\[9, 5\\]"),
        ("golden.json", '{"3I5257": [[1, 5]]}', "run 3I5257"),
        ("golden.json", '{"315257": [[1, null]]}', "without an end"),
    ],
)
def test_a_bad_file_is_named_with_its_fault_and_nothing_is_written(files, name, content, said):
    (files / name).write_text(content)
    with pytest.raises(CommandError, match=f"{name}: .*{said}"):
        lists(files)
    assert current_seq() == 0


def test_a_path_that_cannot_be_read_is_named(files):
    for path, said in ((files / "none.json", "No such file"), (files, "Is a directory")):
        with pytest.raises(CommandError, match=f"{path} cannot be read: {said}"):
            run("list", path, "--name", "x", "--purpose", "other")


def test_a_bad_export_is_named_with_its_line(files):
    (files / "ls.csv.gz").write_bytes(packed(LUMISECTIONS + b"315257,3,6615,0,0,True\n"))
    with pytest.raises(CommandError, match=r"ls\.csv\.gz, line 5, lumisection_number: '3' is not new"):
        run("oms-export", "--runs", files / "runs.csv", "--lumisections", files / "ls.csv.gz")
    with pytest.raises(CommandError, match="is a folder; name the file in it"):
        run("oms-export", "--runs", files, "--lumisections", files / "ls.csv.gz")
    assert current_seq() == 0


def test_wrong_names_are_refused_each_once(files):
    with pytest.raises(CommandError, match="'Collisions' is not the name of a dataset"):
        lists(files, "--dataset", "Collisions")
    with pytest.raises(CommandError) as refusal:
        lists(files, "--component", "tracker pixel")
    assert str(refusal.value).count("tracker pixel") == 1
    with pytest.raises(CommandError, match="there is no account 'nobody'"):
        lists(files, "--actor", "nobody")
    assert current_seq() == 0


def test_a_taken_name_is_refused(files):
    lists(files)
    with pytest.raises(CommandError, match="a list 'golden' is here already with other content"):
        run("list", files / "dcs.json", "--name", "golden", "--purpose", "golden")


def test_a_command_that_does_not_exist_lists_those_that_do(files):
    with pytest.raises(CommandError, match=r"lists.*oms-export.*list"):
        run("everything")


@pytest.mark.real_data
def test_the_real_lists_of_2018_come_in_whole(real_data):
    told = run(
        "lists", "--dcs", real_data / "dcs_2018.json", "--golden", real_data / "golden_2018.json",
        "--class", "Collisions18", "--dataset", "/PromptReco/Collisions2018/DQM",
    )  # fmt: skip
    assert told.startswith("681 runs and 258,508 LS read")
    assert LumiList.objects.get(name="golden_2018").n_ls == 234529
