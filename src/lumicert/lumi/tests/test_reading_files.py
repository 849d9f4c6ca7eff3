"""Reading JSON: the strict reader refuses with the run and the range, the lenient one repairs and says what it did."""

import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumicert.lumi import LumiJsonError, LumiSet, load, loads, schema
from lumicert.lumi.tests.strategies import law

# text, what the strict reader says, what the lenient one makes of it, what the lenient one says
FAULTS = [
    ('{"7": [[10, 1]]}', "run 7, range [10, 1]: it ends before it begins", {}, "left out"),
    ('{"7": [[5, 0]]}', "run 7, range [5, 0]: it ends before it begins; an open end is written null", {}, "left out"),
    ('{"7": [[0, 3]]}', "run 7, range [0, 3]: lumisections are numbered from 1", {7: [[1, 3]]}, "now begins at 1"),
    ('{"7": [[-2, -1]]}', "run 7, range [-2, -1]: lumisections are numbered from 1", {}, "left out"),
    ('{"7": [[1, 5], [3, 9]]}', "run 7, range [3, 9]: it overlaps [1, 5]", {7: [[1, 9]]}, "merged"),
    ('{"7": [[1, 30], [5, 6]]}', "run 7, range [5, 6]: it overlaps [1, 30]", {7: [[1, 30]]}, "merged"),
    ('{"7": [[1, 5], [1, 5]]}', "run 7, range [1, 5]: it overlaps [1, 5]", {7: [[1, 5]]}, "merged"),
    ('{"7": [[1, 5], [5, 9]]}', "run 7, range [5, 9]: it overlaps [1, 5]", {7: [[1, 9]]}, "merged"),
    ('{"7": [[5, null], [9, 9]]}', "run 7, range [9, 9]: it overlaps [5, null]", {7: [[5, None]]}, "merged"),
    ('{"7": [[1.0, 3]]}', "run 7, range [1.0, 3]: 1.0 is not written as a whole number", {7: [[1, 3]]}, "read as 1"),
    ('{"7": [[1, 2.5]]}', "run 7, range [1, 2.5]: 2.5 is not a whole number", {}, "left out"),
    ('{"7": [[1, 1e999]]}', "run 7, range [1, Infinity]: Infinity is not a whole number", {}, "left out"),
    ('{"7": [["1", 3]]}', 'run 7, range ["1", 3]: "1" is text and not a number', {7: [[1, 3]]}, "read as 1"),
    ('{"7": [["x", 3]]}', 'run 7, range ["x", 3]: "x" is not a whole number', {}, "left out"),
    ('{"7": [[true, 3]]}', "run 7, range [true, 3]: true is not a whole number", {}, "left out"),
    ('{"7": [[1, false]]}', "run 7, range [1, false]: false is not a whole number", {}, "left out"),
    ('{"7": [[null, 3]]}', "run 7, range [null, 3]: null is not a whole number", {}, "left out"),
    ('{"7": [[1, 1073741824]]}', "run 7, range [1, 1073741824]: no lumisection has a number above", {}, "left out"),
    ('{"7": [[1, 2, 3]]}', "run 7, range [1, 2, 3]: a range is a pair [first, last]", {}, "left out"),
    ('{"7": [5]}', "run 7, range 5: a range is a pair [first, last]; a single lumisection is [5, 5]", {}, "left out"),
    ('{"7": [{"a": 1, "b": 2}]}', 'run 7, range {"a": 1, "b": 2}: a range is a pair', {}, "left out"),
    ('{"7": {"1": 5}}', 'run 7, range {"1": 5}: a list of ranges', {}, "left out"),
    ('{"7": null}', "run 7, range null: a list of ranges", {}, "left out"),
    ('{"7": [[1, 2]], "7": [[5, 6]]}', "run 7: the run is written more than once", {7: [[1, 2], [5, 6]]}, "united"),
    ('{"07": [[1, 2]]}', "run 07: this is not how a run number is written", {7: [[1, 2]]}, "read as 7"),
    ('{" 7 ": [[1, 2]]}', "this is not how a run number is written", {7: [[1, 2]]}, "read as 7"),
    ('{"0": [[1, 2]]}', "run 0: a run number is a whole number between 1 and 2147483647", {}, "left out"),
    ('{"2147483648": [[1, 2]]}', "run 2147483648: a run number is a whole number", {}, "left out"),
    ('{"-7": [[1, 2]]}', "run -7: a run number is a whole number", {}, "left out"),
    ('{"\u0667": [[1, 2]]}', "run \\u0667: a run number is a whole number", {}, "left out"),
    ('{"x\\u001b[31m": [[1, 2]]}', "run x\\u001b[31m: a run number is a whole number", {}, "left out"),
]

UNREADABLE = [
    ("", "empty: a set without lumisections is written {}"),
    (" \n", "empty"),
    ("{", "not JSON: .* at line 1, column 2"),
    ('{"7": [[1, 2]}', "not JSON: .* line 1, column 14"),
    ("[[1, 2]]", r"\[\[1, 2\]\] at the top where an object"),
    ("7", "7 at the top where an object"),
    ("[" * 100_000, "nested too deeply"),
    ('{"7": ' + "[" * 100_000, "nested too deeply"),
    ('{"7": [[NaN, 2]]}', "NaN is not a number that JSON knows"),
    ('{"7": [[1, ' + "9" * 5000 + "]]}", "a number in it has thousands of digits"),
    (b"\xff\xfe{\x00}\x00", "not UTF-8 text: byte 1 cannot be read"),
    (b'{"7\xe9": []}', "not UTF-8 text: byte 4"),
]


@pytest.mark.parametrize(("text", "message", "_repaired", "_action"), FAULTS)
def test_a_fault_is_refused_with_its_run_and_range(text, message, _repaired, _action):
    with pytest.raises(LumiJsonError) as refusal:
        loads(text)
    assert message in str(refusal.value)


@pytest.mark.parametrize(("text", "message", "repaired", "action"), FAULTS)
def test_a_fault_is_repaired_and_the_repair_reported(text, message, repaired, action):
    result = loads(text, lenient=True)
    assert result.lumis.to_dict() == repaired
    assert len(result.repairs) == 1
    assert message in str(result.repairs[0])
    assert action in result.repairs[0].action


@pytest.mark.parametrize("lenient", [False, True])
@pytest.mark.parametrize(("text", "message"), UNREADABLE)
def test_what_cannot_be_read_is_one_clear_error(text, message, lenient):
    with pytest.raises(LumiJsonError, match=message) as refusal:
        loads(text, lenient=lenient)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("{}", {}),
        ('{"7": []}', {}),
        ('{"7": [[1, 1]]}', {7: [[1, 1]]}),
        ('{"7": [[5, null]]}', {7: [[5, None]]}),
        ('{"7": [[6, 9], [1, 5]]}', {7: [[1, 9]]}),
        ('{"10": [[1, 2]], "9": [[3, 4]]}', {9: [[3, 4]], 10: [[1, 2]]}),
        ("\ufeff{}\r\n", {}),
        (b'{"7": [[1, 2]]}', {7: [[1, 2]]}),
    ],
)
def test_sound_files_are_read_without_a_repair(text, ranges):
    assert loads(text).lumis.to_dict() == ranges
    assert loads(text, lenient=True).repairs == ()


@pytest.mark.parametrize("depth", [*range(800, 1000, 3), 5_000])
def test_no_depth_of_nesting_ends_in_a_recursion_error(depth):
    with pytest.raises(LumiJsonError):
        loads('{"7": ' + "[" * depth + "]" * depth + "}")


def test_the_first_fault_is_told_and_the_others_counted():
    with pytest.raises(LumiJsonError, match=r"run 7, range \[3, 1\]: .* \(and 2 more problems\)$") as refusal:
        loads('{"7": [[3, 1], [5, 4], [1, 2]], "8": [[0, 1]]}')
    assert [problem.where for problem in refusal.value.problems] == [
        "run 7, range [3, 1]",
        "run 7, range [5, 4]",
        "run 8, range [0, 1]",
    ]


def test_a_file_above_the_limit_is_refused_before_it_is_parsed():
    with pytest.raises(LumiJsonError, match="larger than 10 bytes"):
        loads('{"7": [[1, 2]]}', max_bytes=10)
    assert loads('{"7": [[1, 2]]}', max_bytes=15).lumis.n_ls == 2


def test_an_error_names_the_file(tmp_path):
    path = tmp_path / "golden.json"
    path.write_text('{"7": [[3, 1]]}')
    with pytest.raises(LumiJsonError, match=r"golden.json: run 7, range \[3, 1\]") as refusal:
        load(path)
    assert len(refusal.value.problems) == 1
    with pytest.raises(LumiJsonError, match=r"golden.json: larger than 5 bytes"):
        load(path, max_bytes=5)


def test_a_file_that_is_not_there_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.json")


numbers = st.one_of(st.integers(-1, 12), st.sampled_from([2**30 - 1, 2**30, 2**31, 2**64]))
loose_ranges = st.tuples(numbers, st.one_of(st.none(), numbers)).map(list)
documents = st.dictionaries(
    st.sampled_from(["1", "2", "10", "0", "01", "2147483648"]), st.lists(loose_ranges, max_size=4)
)


@law
@given(documents)
def test_the_fast_reading_and_the_careful_one_agree(document):
    """A file that the careful reader finds nothing in is exactly one that the fast path takes, with the same set."""
    text = json.dumps(document)
    # A leading blank in a number's place of no meaning: the same document, which only the careful path reads.
    careful = loads(text[:-1] + (", " if document else "") + '"x": []}', lenient=True)
    repairs = [repair for repair in careful.repairs if repair.run != "x"]
    if repairs:
        with pytest.raises(LumiJsonError):
            loads(text)
    else:
        assert loads(text).lumis == careful.lumis


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@law
@given(
    st.dictionaries(
        st.one_of(st.sampled_from(["1", "2"]), st.text(max_size=3)), st.one_of(st.lists(values, max_size=3), values)
    )
)
def test_any_json_is_either_read_or_refused_and_a_repaired_set_is_sound(document):
    text = json.dumps(document)
    try:
        result = loads(text, lenient=True)
    except LumiJsonError:
        return
    assert LumiSet.from_ranges(result.lumis.to_dict()) == result.lumis


@law
@given(documents)
def test_a_repair_never_adds_a_lumisection_that_no_range_has(document):
    result = loads(json.dumps(document), lenient=True)
    for run, first, last in result.lumis.ranges():
        written = [pair for key, ranges in document.items() if int(key) == run for pair in ranges]
        for ls in range(first, min(first + 20, last or 20) + 1):
            assert any(low <= ls and (high is None or ls <= high) for low, high in written)


def test_the_schema_takes_sound_files_and_refuses_the_shapes_that_the_strict_reader_refuses():
    validator = jsonschema.Draft202012Validator(schema())
    jsonschema.Draft202012Validator.check_schema(schema())
    assert validator.is_valid({"315257": [[1, 88], [91, None]], "7": []})
    # What a schema cannot say: order within a range, overlaps, equal keys, and the exact bound of a run number.
    beyond = ("ends before", "overlaps", "more than once", "2147483648", "[1.0, 3]")
    for text, message, _, _ in FAULTS:
        if not any(words in message for words in beyond):
            assert not validator.is_valid(json.loads(text)), text
