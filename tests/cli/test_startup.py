"""Help and completion are quick: nothing heavy is imported before a command runs. Progress is for terminals."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from nudipole.cli import shared

# Not pydantic: newer versions of typer import it themselves.
HEAVY = ("jax", "numpy", "matplotlib", "pint", "scipy", "ruamel", "iminuit", "xraylib")


@pytest.mark.parametrize(
    "code",
    [
        "import nudipole",
        "import nudipole.cli.app",
        "import sys; sys.argv = ['nudipole', '--help']; from nudipole.cli import main; main()",
        "import sys; sys.argv = ['nudipole', 'limit', '--help']; from nudipole.cli import main; main()",
        "import sys; sys.argv = ['nudipole', '--version']; from nudipole.cli import main; main()",
    ],
)
def test_light(code):
    check = f"import sys\ntry:\n    {code.replace('; ', chr(10) + '    ')}\nexcept SystemExit:\n    pass\n"
    check += f"print('HEAVY', [name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == "HEAVY []"


def test_version(nudipole):
    import nudipole as package

    assert nudipole("--version").out == f"nudipole {package.__version__}\n"


@pytest.mark.parametrize("command", [(), ("limit",), ("spectrum",), ("report",), ("experiments",), ("show",)])
def test_help(nudipole, command):
    result = nudipole(*command, "-h")
    assert result.code == 0
    assert result.out.startswith("Usage: nudipole")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_on_a_terminal_alone(monkeypatch):
    for stream, silent in ((io.StringIO(), True), (Terminal(), False)):
        monkeypatch.setattr(sys, "stderr", stream)
        with shared.progress("report", total=2) as step:
            step("one")
            step("two")
        assert (stream.getvalue() == "") is silent


def test_json_knows_no_nan(capsys):
    shared.write_json({"a": float("nan"), "b": [float("inf"), 1.5, None, True], "c": ("x", 2)}, "-")
    assert "".join(capsys.readouterr().out.split()) == '{"a":null,"b":[null,1.5,null,true],"c":["x",2]}'
