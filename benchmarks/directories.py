"""Data directories to measure on, each made by `benchmarks.seed` in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.plan import Work
from benchmarks.processes import ROOT


def make(data_dir: Path) -> list[Work]:
    """Fill a new data directory; the plan of work stays beside it, in `plan_of(data_dir)`."""
    plan = plan_of(data_dir)
    variables = {"DATA_DIR": data_dir, "DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "config.settings"}
    settings = [f"{name}={value}" for name, value in variables.items()]
    seed = ["/usr/bin/env", *settings, sys.executable, "-m", "benchmarks.seed", str(plan)]
    subprocess.run(seed, cwd=ROOT, check=True)  # noqa: S603 - our own module
    return [Work(**work) for work in json.loads(plan.read_text(encoding="utf-8"))]


def plan_of(data_dir: Path) -> Path:
    return data_dir.with_name(f"{data_dir.name}.plan.json")
