"""What the command leaves out of other packages' imports: nothing that it uses."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
from nudipole.cli import quick

quick.leave_out()
import scipy.special
from matplotlib.figure import Figure

assert "numpy.f2py.crackfortran" not in sys.modules
assert "xlabel" not in (Figure().subplots().set.__doc__ or "")
figure = Figure()
axes = figure.subplots()
axes.set(xlabel="x", yscale="log")
axes.plot([1, 2], [1, 10])
figure.savefig(sys.argv[1])
import numpy.f2py
print(axes.get_xlabel(), axes.get_yscale(), numpy.f2py.__version__ != "", scipy.special.ndtr(0.0))
"""


def test_what_is_left_out_works_where_it_is_asked_for(tmp_path):
    run = [sys.executable, "-c", CODE, str(tmp_path / "a.png")]
    done = subprocess.run(run, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "x log True 0.5\n", "")
    assert (tmp_path / "a.png").read_bytes()[:4] == b"\x89PNG"


def test_docstrings_of_the_library_stay():
    """In a notebook, where nobody leaves anything out."""
    code = (
        "import nudipole, nudipole.plots.style; from matplotlib.axes import Axes; assert 'xlabel' in Axes.set.__doc__"
    )
    subprocess.run([sys.executable, "-c", code], timeout=120, check=True)
