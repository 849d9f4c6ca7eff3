"""Writing JSON: three layouts, byte for byte, and a file that is replaced as a whole or not at all."""

import json
import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumicert.lumi import LAYOUTS, LumiSet, dump, dumps, load, loads
from lumicert.lumi.tests.strategies import law, lumi_sets

SET = LumiSet.from_ranges({100_000: [(1, 5)], 99_999: [(12, 137), (193, 776)], 100_001: [(3, None)]})
EMPTY = LumiSet.empty()


def test_line_is_one_line_as_json_dumps_spaces_it():
    assert dumps(SET, layout="line") == (
        '{"99999": [[12, 137], [193, 776]], "100000": [[1, 5]], "100001": [[3, null]]}\n'
    )
    assert dumps(EMPTY, layout="line") == "{}\n"


def test_runs_has_one_run_a_line_and_no_final_newline():
    assert dumps(SET, layout="runs") == (
        '{\n  "99999": [[12, 137], [193, 776]],\n  "100000": [[1, 5]],\n  "100001": [[3, null]]\n}'
    )
    assert dumps(EMPTY, layout="runs") == "{}"


def test_cmssw_breaks_after_every_run_as_write_json_does():
    assert dumps(SET, layout="cmssw") == (
        '{"99999": [[12, 137], [193, 776]],\n "100000": [[1, 5]],\n "100001": [[3, null]]}\n'
    )
    assert dumps(EMPTY, layout="cmssw") == "{}\n"


def test_a_run_of_more_than_eighty_characters_has_one_range_a_line():
    ranges = [(100 * n, 100 * n + 9) for n in range(1, 10)]
    fits = LumiSet.from_ranges({315257: ranges[:4], 315258: [(1, 9)]})
    assert max(len(line) for line in dumps(fits).split("\n")) <= 80
    broken = dumps(LumiSet.from_ranges({315257: ranges[:6], 315258: [(1, 9)]})).split("\n")
    assert broken[:3] == ["{", '  "315257": [', "    [100, 109],"]
    assert broken[6:] == ["    [500, 509],", "    [600, 609]", "  ],", '  "315258": [[1, 9]]', "}"]


def test_the_comma_belongs_to_the_eighty_characters():
    ranges = [(10, 19), (30, 39), (50, 59), (70, 79), (100, 199)]
    fits = LumiSet.from_ranges({324980: [*ranges, (1000, 99_999)], 324981: [(1, 2)]})
    assert [len(line) for line in dumps(fits).split("\n")] == [1, 80, 20, 1]
    one_more = LumiSet.from_ranges({324980: [*ranges, (1000, 100_000)], 324981: [(1, 2)]})
    assert dumps(one_more).split("\n")[1] == '  "324980": ['
    last_run_has_no_comma = one_more.select_runs([324980])
    assert [len(line) for line in dumps(last_run_has_no_comma).split("\n")] == [1, 80, 1]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_runs_are_in_numeric_order_in_every_layout(layout):
    lumis = LumiSet.from_pairs([100_000, 99_999, 9], [1, 1, 1])
    assert list(json.loads(dumps(lumis, layout=layout))) == ["9", "99999", "100000"]


@pytest.mark.parametrize("layout", LAYOUTS)
@law
@given(lumis=lumi_sets)
def test_what_is_written_is_read_back_by_the_strict_reader(layout, lumis):
    assert loads(dumps(lumis, layout=layout)).lumis == lumis


@law
@given(st.lists(st.integers(1, 300), min_size=2, max_size=40, unique=True))
def test_long_runs_are_read_back_from_the_broken_lines(numbers):
    lumis = LumiSet.from_pairs([315257] * len(numbers), numbers)
    assert loads(dumps(lumis, layout="runs")).lumis == lumis


def test_an_unknown_layout_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="'pretty' is no layout; choose one of line, runs, cmssw"):
        dumps(SET, layout="pretty")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_file_holds_exactly_the_text(tmp_path, layout):
    path = tmp_path / "out.json"
    dump(SET, path, layout=layout)
    assert path.read_bytes() == dumps(SET, layout=layout).encode()
    assert load(path).lumis == SET
    assert os.listdir(tmp_path) == ["out.json"]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "out.json"
    path.write_text("old")

    def full_disk(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left on device") as failure:
        dump(SET, path)
    assert failure.value.filename == str(path)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["out.json"]


def test_a_folder_that_is_not_there_is_an_error_with_the_name_that_was_given(tmp_path):
    with pytest.raises(FileNotFoundError) as failure:
        dump(SET, tmp_path / "none" / "out.json")
    assert failure.value.filename == str(tmp_path / "none" / "out.json")


def test_a_replaced_file_keeps_its_permissions_and_a_new_one_gets_the_usual(tmp_path):
    path, new, plain = tmp_path / "out.json", tmp_path / "new.json", tmp_path / "plain"
    path.write_text("old")
    path.chmod(0o640)
    plain.write_text("")
    dump(SET, path)
    dump(SET, new)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert new.stat().st_mode == plain.stat().st_mode


def test_a_link_keeps_pointing_to_the_file_that_is_replaced(tmp_path):
    path, link = tmp_path / "out.json", tmp_path / "link.json"
    path.write_text("old")
    link.symlink_to(path)
    dump(SET, link)
    assert link.is_symlink()
    assert load(path).lumis == SET


def test_a_pipe_is_written_and_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    dump(SET, pipe)
    assert os.read(reader, 10_000) == dumps(SET).encode()
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
