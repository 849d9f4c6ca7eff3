"""The room is a library of its own: it loads numpy and the standard library, and nothing that is slow to start."""

import subprocess
import sys

import pytest

import lumicert.lumi


def modules_after(imports):
    """The packages outside the standard library that a fresh process has loaded."""
    script = f"import sys{imports}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    return set(process.stdout.split()) - set(sys.stdlib_module_names) - {"__main__"}


def test_it_loads_no_framework_and_no_optional_package():
    # What a .pth file of the environment loads into every process is none of ours.
    bare = modules_after("")
    assert modules_after(", lumicert.lumi.cli, lumicert.lumi.commands") - bare == {"lumicert", "numpy"}


def test_reading_the_command_line_does_not_wait_for_numpy():
    assert "numpy" not in modules_after(", lumicert.lumi.cli")


def test_the_package_offers_every_name_that_it_lists_and_no_other():
    assert [name for name in lumicert.lumi.__all__ if not hasattr(lumicert.lumi, name)] == []
    assert dir(lumicert.lumi) == sorted(lumicert.lumi.__all__)
    with pytest.raises(AttributeError, match="no attribute 'LumiMask'"):
        _ = lumicert.lumi.LumiMask
