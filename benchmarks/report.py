"""Figures on the screen and in `results/`, with the circumstances they were taken in."""

import importlib.metadata
import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

from benchmarks.processes import ROOT
from platform_app.database.sqlite_driver import sqlite3

_RESULTS = Path(__file__).resolve().parent / "results"
_PACKAGES = ("django", "djangorestframework", "gunicorn", "httptools", "orjson", "uvicorn", "uvloop")


class Circumstances:
    """The machine, and what else it did: make one before measuring, look at it after."""

    def __init__(self) -> None:
        self.load_before = os.getloadavg()

    def load_text(self) -> str:
        before, after = (
            " ".join(f"{load:.2f}" for load in loads) for loads in (self.load_before, os.getloadavg())
        )
        return f"load average (1, 5, 15 minutes): {before} before, {after} after, our own work included"

    def as_json(self) -> dict[str, Any]:
        versions = {package: importlib.metadata.version(package) for package in _PACKAGES}
        return {
            "command": " ".join(["python", "-m", _module(), *sys.argv[1:]]),
            "machine": {"cpu": _cpu_model(), "system": f"{platform.system()} {platform.release()}"},
            "load_average": {"before": self.load_before, "after": os.getloadavg()},
            "versions": {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version, **versions},
        }


def save(name: str, circumstances: Circumstances, figures: dict[str, Any]) -> None:
    _RESULTS.mkdir(exist_ok=True)
    path = _RESULTS / f"{name}.json"
    text = json.dumps({**circumstances.as_json(), **figures}, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
    say(f"saved {path.relative_to(ROOT)}")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _module() -> str:
    return f"benchmarks.{Path(sys.argv[0]).stem}"


def _cpu_model() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(models)} x {models[0]}" if models else platform.machine()
