"""The room is a library of its own: it loads numpy and the standard library, and nothing that is slow to start."""

import subprocess
import sys


def test_it_loads_no_framework_and_no_optional_package():
    script = "import sys, lumicert.lumi.cli; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    foreign = set(loaded.stdout.split()) - set(sys.stdlib_module_names) - {"__main__"}
    # What a .pth file of the environment loads into every process is none of ours.
    bare = subprocess.run(
        [sys.executable, "-c", script.replace(", lumicert.lumi.cli", "")],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert foreign - set(bare.stdout.split()) == {"lumicert", "numpy"}
