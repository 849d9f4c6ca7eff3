"""`lumicert lumi`: every command, every exit code, and errors of one line."""

import io
import json
import os
import subprocess
import sys

import pytest

from lumicert.lumi.cli import main

A = '{"1": [[1, 10]], "2": [[5, 6]]}\n'
B = '{"1": [[8, 12]], "3": [[1, 1]]}\n'


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "a.json": A,
        "b.json": B,
        "bad.json": '{"1": [[5, 2]], "2": [[1, 3]]}',
        "open.json": '{"7": [[5, null]]}',
    }.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def run(capsys):
    def run_command(line):
        code = main(line.split())
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run_command


@pytest.fixture
def answer(run):
    """The set that a command prints, as plain JSON."""

    def answer_of(line):
        code, out, err = run(line)
        assert (code, err) == (0, "")
        return json.loads(out)

    return answer_of


def typed(monkeypatch, text):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("and", {"1": [[8, 10]]}),
        ("or", {"1": [[1, 12]], "2": [[5, 6]], "3": [[1, 1]]}),
        ("sub", {"1": [[1, 7]], "2": [[5, 6]]}),
        ("xor", {"1": [[1, 7], [11, 12]], "2": [[5, 6]], "3": [[1, 1]]}),
    ],
)
def test_two_files_are_combined(answer, command, expected):
    assert answer(f"{command} a.json b.json") == expected


def test_the_result_has_the_runs_layout_unless_another_is_asked_for(run):
    assert run("or a.json a.json")[1] == '{\n  "1": [[1, 10]],\n  "2": [[5, 6]]\n}'
    assert run("or a.json a.json --layout line")[1] == A
    assert run("or a.json a.json --layout cmssw")[1] == '{"1": [[1, 10]],\n "2": [[5, 6]]}\n'


def test_a_result_goes_to_a_file_when_asked(run, files):
    assert run("and a.json b.json -o out.json --layout line") == (0, "", "")
    assert (files / "out.json").read_text() == '{"1": [[8, 10]]}\n'


def test_an_input_may_be_replaced_by_the_result(run, files):
    run("sub a.json b.json -o a.json")
    assert json.loads((files / "a.json").read_text()) == {"1": [[1, 7]], "2": [[5, 6]]}


def test_a_dash_reads_standard_input(answer, monkeypatch):
    typed(monkeypatch, B)
    assert answer("and a.json -") == {"1": [[8, 10]]}


def test_standard_input_can_be_read_only_once(run):
    assert run("and - -") == (2, "", "lumicert lumi: standard input (-) can be read only once\n")
    assert run("luminosity - --by-ls -")[::2] == (2, "lumicert lumi: standard input (-) can be read only once\n")


def test_diff_of_equal_sets_is_zero_whatever_their_layout(run, files):
    (files / "same.json").write_text('{"2": [[6, 6], [5, 5]], "1": [[1, 10]]}')
    assert run("diff a.json same.json") == (0, "a.json and same.json are the same: 12 LS in 2 runs\n", "")


def test_diff_prints_both_sides_with_their_lumisections_and_is_one(run):
    code, out, err = run("diff a.json b.json")
    assert (code, err) == (1, "")
    assert out == (
        'only in a.json: 9 LS in 2 runs\n{\n  "1": [[1, 7]],\n  "2": [[5, 6]]\n}\n'
        'only in b.json: 3 LS in 2 runs\n{\n  "1": [[11, 12]],\n  "3": [[1, 1]]\n}\n'
        "in both: 3 LS in 1 run\n"
    )


def test_diff_of_an_open_end_says_so(run):
    code, out, _ = run("diff open.json a.json")
    assert code == 1
    assert out.startswith("only in open.json: open-ended, in 1 run\n")


def test_diff_with_a_file_that_is_not_there_is_two(run):
    assert run("diff a.json none.json") == (2, "", "lumicert lumi: none.json: No such file or directory\n")


@pytest.mark.parametrize(
    ("line", "runs"),
    [
        ("merge a.json b.json", [1, 2, 3]),
        ("merge a.json:2-2 b.json", [1, 2, 3]),
        ("merge a.json:2-9 b.json:3-3", [2, 3]),
        ("merge a.json:2- b.json:-1", [1, 2]),
        ("merge a.json:7-", []),
        ("merge a.json", [1, 2]),
    ],
)
def test_files_are_merged_with_their_windows_of_runs(answer, line, runs):
    assert [int(run) for run in answer(line)] == runs


def test_a_colon_may_belong_to_the_name_of_a_file(answer, files):
    folder = files / "C:8080"
    folder.mkdir()
    (folder / "x.json").write_text(A)
    (files / "odd:1-2").write_text(B)
    assert answer("merge C:8080/x.json") == answer("merge a.json")
    assert answer("merge C:8080/x.json:2-") == {"2": [[5, 6]]}
    assert answer("merge odd:1-2") == json.loads(B)


def test_a_window_that_ends_before_it_begins_is_refused(run):
    assert run("merge a.json:9-2")[::2] == (
        2,
        "lumicert lumi: a.json:9-2: the window of runs ends at 2, before it begins at 9\n",
    )


@pytest.mark.parametrize(
    ("options", "runs"),
    [
        ("", ["1", "2"]),
        ("--min 2", ["2"]),
        ("--max 1", ["1"]),
        ("--min 0", ["1", "2"]),
        ("--runs 2,9", ["2"]),
        ("--skip-runs 2,9", ["1"]),
        ("--min 1 --max 2 --runs 1,2 --skip-runs 1", ["2"]),
        ("--min 5", []),
    ],
)
def test_runs_are_filtered(answer, options, runs):
    assert list(answer(f"filter a.json {options}")) == runs


def test_a_list_of_runs_that_is_none_is_refused(run):
    code, _, err = run("filter a.json --runs 1,x")
    assert code == 2
    assert "'1,x' is no list of runs; separate them by commas" in err


def test_files_vote(answer):
    assert answer("vote --at-least 2 a.json b.json a.json") == json.loads(A)
    assert answer("vote --at-least 3 a.json b.json a.json") == {"1": [[8, 10]]}


@pytest.mark.parametrize("votes", [0, 3])
def test_a_vote_that_nobody_can_win_is_refused(run, votes):
    message = f"lumicert lumi: --at-least {votes} of 2 files: it must lie between 1 and 2\n"
    assert run(f"vote --at-least {votes} a.json b.json") == (2, "", message)


def test_runs_ranges_and_lumisections_are_counted(run):
    assert run("count a.json") == (0, "runs          2\nranges        2\nlumisections  12\n", "")


def test_an_open_end_cannot_be_counted(run):
    code, out, err = run("count open.json")
    assert (code, out) == (2, "")
    assert "run 7 is open-ended" in err


def test_a_sound_file_passes_the_check(run):
    assert run("check a.json") == (0, "a.json: sound, 12 LS in 2 runs\n", "")


def test_every_fault_of_a_file_is_told_and_the_check_is_one(run):
    assert run("check bad.json") == (1, "run 1, range [5, 2]: it ends before it begins\nbad.json: 1 problem\n", "")


def test_a_file_that_is_no_json_fails_the_check(run, files):
    (files / "no.json").write_text("{")
    code, out, _ = run("check no.json")
    assert code == 1
    assert out.startswith("no.json: not JSON")
    assert run("check no.json --lenient")[0] == 1


def test_a_lenient_check_tells_the_repairs_and_keeps_the_result_when_asked(run, files):
    code, out, _ = run("check bad.json --lenient -o good.json")
    assert code == 0
    assert out.splitlines() == [
        "run 1, range [5, 2]: it ends before it begins; left out",
        "bad.json: 1 repair, leaving 3 LS in 1 run",
    ]
    assert json.loads((files / "good.json").read_text()) == {"2": [[1, 3]]}


def test_a_file_that_is_not_there_cannot_be_checked(run):
    assert run("check none.json")[0] == 2


def test_a_table_becomes_a_set(answer, files, monkeypatch):
    (files / "pairs.csv").write_text("\ufeffrun,ls\n1,3\n1,2\n2,7\n")
    assert answer("from-csv pairs.csv") == {"1": [[2, 3]], "2": [[7, 7]]}
    assert answer("from-csv pairs.csv --run-column ls --ls-column 1") == {"2": [[1, 1]], "3": [[1, 1]], "7": [[2, 2]]}
    typed(monkeypatch, "5 6\n")
    assert answer("from-csv -") == {"5": [[6, 6]]}


def test_a_table_with_bad_lines_is_refused_with_their_numbers_or_reported(run, files):
    (files / "pairs.csv").write_text("1,3\nx,2\n1,0\n")
    code, out, err = run("from-csv pairs.csv")
    assert (code, out) == (2, "")
    assert err.startswith("lumicert lumi: pairs.csv: line 2: 'x' is no run")
    assert err.endswith("2 lines give no lumisection: 2, 3\n")
    code, out, err = run("from-csv pairs.csv --lenient")
    assert (code, json.loads(out)) == (0, {"1": [[3, 3]]})
    assert [line.split(":")[2] for line in err.splitlines()] == [" line 2", " line 3"]


BY_LS = "#run:fill,ls,delivered(/pb),recorded(/pb)\n1:9,1:1,0.5,0.25\n1:9,2:2,0.5,0.250000001\n"


def test_the_luminosity_of_a_set_is_summed_and_the_unknown_listed(run, files):
    (files / "lumi.csv").write_text(BY_LS)
    assert run("luminosity a.json --by-ls lumi.csv --unit nb^-1") == (
        0,
        "recorded      500.000001 /nb\ndelivered     1000.000000 /nb\n"
        "lumisections  12, of which 10 have no luminosity in the table: not in the sums\n"
        "unknown       run 1, LS 3-10\nunknown       run 2, LS 5-6\n",
        "",
    )


def test_figures_that_were_rounded_are_counted(run, files, monkeypatch):
    typed(monkeypatch, BY_LS.replace("0.250000001", "0.2500000001"))
    assert "rounded       1 figure of the table, finer than 1 /mb\n" in run("luminosity a.json --by-ls -")[1]


def test_a_long_list_of_unknown_ranges_is_cut_and_counted(run, files):
    (files / "many.json").write_text(json.dumps({str(n): [[1, 1]] for n in range(1, 24)}))
    (files / "lumi.csv").write_text(BY_LS)
    lines = run("luminosity many.json --by-ls lumi.csv")[1].splitlines()
    assert lines[3] == "unknown       run 2, LS 1"
    assert lines[-1] == "unknown       and 2 more ranges"
    assert len(lines) == 3 + 20 + 1


def test_a_bad_table_of_luminosity_is_refused_with_its_line(run, files):
    (files / "lumi.csv").write_text(BY_LS + "oops\n")
    assert run("luminosity a.json --by-ls lumi.csv") == (
        2,
        "",
        "lumicert lumi: lumi.csv: line 4: 1 cells where 4 or more are needed\n",
    )


def test_an_unknown_unit_is_refused_with_its_text(run):
    code, _, err = run("luminosity a.json --by-ls lumi.csv --unit furlong")
    assert code == 2
    assert "'furlong' is no unit of luminosity; known are /b" in err


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "required: COMMAND; see lumicert lumi --help"),
        ("add a.json b.json", "invalid choice: 'add'"),
        ("and a.json", "required: B; see lumicert lumi and --help"),
        ("count a.json --max-mb 0", "'0' is no size in MB"),
        ("count .", ".: Is a directory"),
        ("count bad.json", "bad.json: run 1, range [5, 2]: it ends before it begins"),
        ("and a.json b.json -o none/out.json", "none/out.json: No such file or directory"),
        ("and a.json b.json --layout pretty", "invalid choice: 'pretty'"),
    ],
)
def test_an_error_is_one_line_and_two(run, line, message):
    code, out, err = run(line)
    assert (code, out) == (2, "")
    assert err.startswith("lumicert lumi: ")
    assert message in err
    assert err.count("\n") == 1


def test_a_huge_file_is_refused_and_the_limit_can_be_raised(run, files):
    (files / "huge.json").write_text(A + " " * (1 << 20))
    assert run("count huge.json --max-mb 1")[::2] == (
        2,
        "lumicert lumi: huge.json: larger than 1 MB; allow more with --max-mb\n",
    )
    assert run("count huge.json --max-mb 2")[0] == 0


def test_a_failed_command_leaves_the_output_alone(run, files):
    (files / "out.json").write_text("before")
    assert run("and a.json bad.json -o out.json")[0] == 2
    assert (files / "out.json").read_text() == "before"


@pytest.mark.parametrize("line", ["--help", "and --help", "luminosity --help"])
def test_help_is_no_error(run, line):
    code, out, _ = run(line)
    assert code == 0
    assert out.startswith("usage: lumicert lumi")


def test_an_interruption_is_one_line(run, monkeypatch):
    def interrupted(*_args, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("lumicert.lumi.commands.loads", interrupted)
    assert run("count a.json") == (130, "", "lumicert lumi: interrupted\n")


def in_a_shell(script, **environment):
    command = f"{sys.executable} -m lumicert.lumi.cli"
    return subprocess.run(
        ["bash", "-c", script.replace("LUMI", command)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_leaves_early_causes_no_complaint(files, unbuffered):
    many = {str(run): [[1, 1]] for run in range(1, 30_000)}
    (files / "many.json").write_text(json.dumps(many))
    result = in_a_shell("LUMI or many.json many.json | head -c 1; exit ${PIPESTATUS[0]}", PYTHONUNBUFFERED=unbuffered)
    assert (result.returncode, result.stdout, result.stderr) == (2, "{", "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs the device of a full disk, /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_one_line(files, unbuffered):
    result = in_a_shell("LUMI or a.json a.json > /dev/full", PYTHONUNBUFFERED=unbuffered)
    assert (result.returncode, result.stderr) == (2, "lumicert lumi: input or output: No space left on device\n")


class Terminal(io.TextIOWrapper):
    def __init__(self):
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)

    def isatty(self):
        return True

    def getvalue(self):
        return self.buffer.getvalue().decode()


def test_a_long_wait_is_told_at_a_terminal_only(monkeypatch, run):
    monkeypatch.setattr("lumicert.lumi.commands._PROGRESS_AFTER", -1)
    assert run("merge a.json b.json")[2] == ""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert main(["merge", "a.json", "b.json"]) == 0
    assert terminal.getvalue() == "\r1 of 2 files\r2 of 2 files\n"


def test_a_terminal_gets_a_final_newline_that_a_file_does_not_have(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    main(["filter", "a.json", "--runs", "2"])
    assert terminal.getvalue() == '{\n  "2": [[5, 6]]\n}\n'
