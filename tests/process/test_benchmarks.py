"""The benchmarks run: shortly here, for what they measure and compare, never for how fast it was."""

import subprocess
import sys

import pytest

from tests.served import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="they read /proc")


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        pytest.param(["run", "--only", "view", "--reps=1"], ["view"], id="requests"),
        pytest.param(
            ["files", "--large-mb", "2", "--reps=1"],
            ["joey", "bare", "download-10MB", "thumb", "upload-1MB"],
            id="files",
        ),
        pytest.param(
            ["realtime", "--streams=20", "--records=2"], ["joey", "bare", "0", "1000"], id="realtime"
        ),
    ],
)
def test_a_benchmark_runs_to_its_end(arguments, shown):
    module, *options = arguments
    command = [
        "/usr/bin/env",
        "-u",
        "BENCH_REFERENCE",
        sys.executable,
        "-m",
        f"benchmarks.{module}",
        *options,
    ]
    done = subprocess.run(  # noqa: S603 - our own modules
        [*command, "--seconds=0.01"], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [name for name in shown if f"\n{name} " not in done.stdout] == []
