"""Months from seeds hold every rule; a seed is the same month each time; what fails is told in few acts."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SEEDS = os.environ.get("SIMULATED_SEEDS", "203-207")
pytestmark = pytest.mark.processes


def simulate(*options: str, **more: str) -> subprocess.CompletedProcess:
    """In a process of its own: its clock and its randomness are the simulator's."""
    command = [sys.executable, "-m", "tests.simulation", *options]
    return subprocess.run(command, cwd=ROOT, env=os.environ | more, capture_output=True, text=True, check=False)


def test_some_months(tmp_path):
    kept = tmp_path / "kept.json"
    ran = simulate("--seeds", SEEDS, "--verbose", "--story", "--most", "1", "--resume", str(kept))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    months = re.findall(r"seed (\d+): ([\d.]+) days, (\d+) acts, (\d+) faults, .* s, ([0-9a-f]{16})", ran.stdout)
    assert months
    for _seed, days, acts, faults, _hash in months:
        assert float(days) >= 30
        assert int(acts) >= 300
        assert int(faults) >= 5
    first = json.loads(kept.read_text())["seeds"]
    assert first == len(months)
    simulate("--seeds", SEEDS, "--resume", str(kept))
    assert json.loads(kept.read_text())["seeds"] == first  # nothing is played again
    seed, *_figures, hash_ = months[0]
    again = simulate("--seeds", seed, "--verbose", PYTHONHASHSEED="1")  # the same month in another process
    assert hash_ in again.stdout, again.stdout


def test_a_planted_fault_is_found_and_told_in_few_acts():
    ran = simulate("--seeds", "1-5", "--story", "--most", "1", "--plant", "stock_twice", "--acts", "60")
    assert ran.returncode == 1, ran.stdout + ran.stderr
    told = re.search(r"The story of seed \d+: (\d+) acts of", ran.stdout)
    assert told, ran.stdout
    assert int(told[1]) <= 6
