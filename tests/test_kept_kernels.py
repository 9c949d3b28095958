"""Kernels that are kept: the same numbers as where JAX traces them, by a name that all which decides them changes."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import equinox as eqx
import numpy as np
import pytest

from nudipole.kept import compiled, kernels, names, use_kept_kernels
from nudipole.numerics import jax, jnp
from nudipole.statistics import Background, Gaussian, LinearSignal, Model, OnOff, Poisson, blocks
from nudipole.statistics.fit import _minimised
from nudipole.statistics.likelihood import _asimov_data
from nudipole.targets.form_factors import Helm

#: Of early versions of JAX it asks for a package that they do not require.
pytest.importorskip("jax.export", exc_type=ImportError)


@pytest.fixture
def folder(tmp_path):
    """An empty folder where kernels are kept during the test; the one before is in use again after it."""
    before = kernels._STORE.folder
    use_kept_kernels(tmp_path / "kernels")
    yield tmp_path / "kernels"
    use_kept_kernels(before)


def fresh(function):
    """The same function, as a process that has not called it yet has it."""
    return compiled(function.__wrapped__)


@pytest.fixture
def traced():
    """A list that grows with every kernel that is traced to be kept."""
    done, written = [], kernels._Form._written
    # Not by the fixture, which keeps nothing once the package is patched.
    patch = pytest.MonkeyPatch()
    patch.setattr(kernels._Form, "_written", lambda self, arrays: done.append(self.function) or written(self, arrays))
    yield done
    patch.undo()


def model(statistic=None, bins=4, names=("b",)):
    rng = np.random.default_rng(bins)
    backgrounds = tuple(Background(name, 30 + rng.random(bins), "gaussian", 0.1) for name in names)
    return Model(rng.poisson(40, bins), backgrounds, LinearSignal(rng.random(bins)), statistic=statistic)


def start(m):
    x0 = np.zeros((1, 1 + len(m.nuisances)))
    return x0, np.full_like(x0, -5.0), np.full_like(x0, 50.0), np.float64(np.inf), np.int64(0), np.int64(200)


@pytest.mark.parametrize("statistic", [Poisson(), Gaussian(np.full(4, 6.0)), OnOff(np.full(4, 70.0), 0.5)])
def test_the_same_numbers_traced_made_and_read(statistic, folder, traced):
    m = model(statistic)
    use_kept_kernels(None)
    expected, chi2 = fresh(_minimised)(m, *start(m))
    use_kept_kernels(folder)
    for _ in range(2):
        found, value = fresh(_minimised)(m, *start(m))
        assert type(found) is type(expected)
        np.testing.assert_allclose(found.x, expected.x, rtol=1e-12)
        np.testing.assert_allclose(value, chi2, rtol=1e-12)
    assert len(traced) == 1
    assert len(list(folder.iterdir())) == 1


def test_what_a_kernel_gives_has_its_structure(folder):
    """A statistic with arrays of its own, from a file as from the first call."""
    m = model(OnOff(np.full(4, 70.0), 0.5))
    made, read = (fresh(_asimov_data)(m, np.float64(1.0), np.zeros(1)) for _ in range(2))
    for _, statistic in (made, read):
        assert isinstance(statistic, OnOff)
    assert jax.tree.structure(made) == jax.tree.structure(read)
    for one, other in zip(jax.tree.leaves(made), jax.tree.leaves(read), strict=True):
        assert np.asarray(one).tobytes() == np.asarray(other).tobytes()


def test_another_process_reads_it(folder, tmp_path):
    """With other objects for the same functions, and another order of what was hashed."""
    code = (
        "import sys, nudipole as nd\n"
        "from nudipole.kept import kernels, use_kept_kernels\n"
        "use_kept_kernels(sys.argv[1])\n"
        "made = []\n"
        "written = kernels._Form._written\n"
        "kernels._Form._written = lambda self, arrays: made.append(self.function) or written(self, arrays)\n"
        "limit = nd.limit('borexino-2017', 'mu_nu')\n"
        "print(len(made), repr(float(limit.upper)))\n"
    )
    first, second = (
        subprocess.run(
            [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True, cwd=tmp_path
        ).stdout.split()
        for _ in range(2)
    )
    assert int(first[0]) > 5
    assert second == ["0", first[1]]


def name_of(function, *args, **kwargs):
    return names.name_of(function, names.outline_of((args, kwargs)))


def test_what_decides_a_kernel_changes_its_name():
    """Shapes, classes, what is static; not the numbers, nor the names of backgrounds that the fit never sees."""
    m = model().unnamed()
    given = [
        (_minimised, m),
        (_asimov_data, m),
        (_minimised, model(bins=5).unnamed()),
        (_minimised, model(names=("b", "c")).unnamed()),
        (_minimised, model(Gaussian(np.full(4, 6.0))).unnamed()),
        (_minimised, eqx.tree_at(lambda one: one.observed, m, np.arange(4))),
        (_minimised, m, 1),
        (_minimised, m, 1.0),
        (_minimised, m, True),
        (_minimised, m, "1"),
        (_minimised, (m,)),
        (_minimised, [m]),
        (_minimised, {"m": m}),
        (_minimised, {"n": m}),
        (_minimised, jax.tree.structure(m)),
        (_minimised, jax.tree.structure((m, m))),
        (_minimised, Helm.from_rms),
    ]
    found = [name_of(*one) for one in given[:-1]]
    assert None not in found
    assert len(set(found)) == len(found)
    assert name_of(*given[-1]) is None
    assert name_of(_minimised, eqx.tree_at(lambda one: one.observed, m, jnp.arange(4.0))) == found[0]


@pytest.mark.parametrize("unknown", [lambda x: x, object(), np.array(["a"]), np.sqrt, {1: object()}])
def test_what_is_not_known_is_traced_as_ever(unknown, folder):
    assert name_of(_minimised, unknown) is None
    calls = []

    @compiled
    def own(x, other):
        calls.append(other)
        return 2 * x

    assert own(np.arange(3.0), "a").tolist() == [0, 2, 4]
    assert own(np.arange(3.0), "a").tolist() == [0, 2, 4]
    assert calls == ["a"]
    assert not list(folder.iterdir())


def test_within_another_it_is_traced_with_it(folder):
    """Derivatives and batches of a function that is kept elsewhere."""
    m = model()
    deviance = blocks._deviance
    leaves, structure = jax.tree.flatten(m.unnamed())
    x = np.array([1.0, 0.1])
    kept = float(deviance(structure, leaves, x))
    slope = jax.grad(lambda y: deviance(structure, leaves, y))(x)
    step = 1e-6
    for k in range(2):
        high, low = (deviance(structure, leaves, x + sign * step * np.eye(2)[k]) for sign in (1, -1))
        assert float(slope[k]) == pytest.approx(float(high - low) / (2 * step), rel=1e-6)
    many = jax.vmap(lambda y: deviance(structure, leaves, y))(jnp.stack([x, x]))
    np.testing.assert_allclose(many, kept, rtol=1e-13)


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: b"",
        lambda raw: raw[:40],
        lambda raw: raw[:-1],
        lambda raw: raw[:200] + bytes([raw[200] ^ 1]) + raw[201:],
        lambda raw: b"no kernel" * 100,
    ],
    ids=["empty", "truncated", "without its end", "one byte", "text"],
)
def test_damaged_files_are_made_again(damage, folder, traced):
    m = model()
    expected = fresh(_minimised)(m, *start(m))[1]
    (path,) = folder.iterdir()
    raw = path.read_bytes()
    path.write_bytes(damage(raw))
    np.testing.assert_array_equal(fresh(_minimised)(m, *start(m))[1], expected)
    assert len(traced) == 2
    np.testing.assert_array_equal(fresh(_minimised)(m, *start(m))[1], expected)
    assert len(traced) == 2


@pytest.mark.parametrize(
    "outline",
    [
        ["named", ["os", "system"], [["plain", "touch called"]]],
        ["named", ["nudipole.kept.kernels", "os.system"], [["plain", "touch called"]]],
        ["named", ["nudipole.kept.kernels", "import_module"], [["plain", "antigravity"]]],
        ["named", ["nudipole.kept.kernels", "Store"], [["plain", "called"]]],
        ["module", ["nudipole.kept.kernels", "Store"], {"ending": ["plain", "x"]}],
        ["module", ["nudipole.kept.kernels", "nothing"], {}],
    ],
)
def test_a_file_names_nothing_that_is_called(outline, folder, traced, tmp_path, monkeypatch):
    """Also one whose check sum is right: it is no entry, and made again."""
    monkeypatch.chdir(tmp_path)
    m = model()
    expected = fresh(_minimised)(m, *start(m))[1]
    (path,) = folder.iterdir()
    body = json.dumps(outline).encode() + b"\n" + path.read_bytes()[32:].partition(b"\n")[2]
    path.write_bytes(hashlib.sha256(body).digest() + body)
    np.testing.assert_array_equal(fresh(_minimised)(m, *start(m))[1], expected)
    assert len(traced) == 2
    assert not (tmp_path / "called").exists()


def test_where_jax_cannot_export_it_is_traced_as_ever(folder, traced):
    patch = pytest.MonkeyPatch()
    patch.setattr(kernels, "jax_export", lambda: None)
    m = model()
    _, values = fresh(_minimised)(m, *start(m))
    patch.undo()
    assert traced == []
    assert not list(folder.glob("**/*.kernel"))
    np.testing.assert_allclose(values, _minimised.__wrapped__(m, *start(m))[1], rtol=1e-12)


def test_a_folder_that_cannot_be_used(tmp_path):
    before = kernels._STORE.folder
    try:
        (tmp_path / "file").write_text("")
        use_kept_kernels(tmp_path / "file")
        m = model()
        assert np.isfinite(fresh(_minimised)(m, *start(m))[1]).all()
        assert Path(tmp_path / "file").read_text() == ""
    finally:
        use_kept_kernels(before)


def test_results_do_not_compile_again_what_takes_them(folder):
    """JAX tells arrays that a kept kernel gave from others."""
    m = model()
    minimised = fresh(_minimised)
    x0, *rest = start(m)
    found, _ = minimised(m, x0, *rest)
    another = jnp.asarray(x0)
    with pytest.MonkeyPatch.context() as patch:
        lowered = []
        from jax._src.interpreters import mlir

        lower = mlir.lower_jaxpr_to_module
        patch.setattr(mlir, "lower_jaxpr_to_module", lambda name, *a, **k: lowered.append(name) or lower(name, *a, **k))
        minimised(m, found.x, *rest)
        minimised(m, another, *rest)
    assert lowered == []


def test_names_do_not_depend_on_what_was_imported_before(tmp_path):
    """Installers that compile nothing leave it to the first import, which makes a folder."""

    def digest():
        digest = hashlib.sha256()
        names._add_sources(digest.update, tmp_path)
        return digest.digest()

    (tmp_path / "rooms").mkdir()
    (tmp_path / "rooms" / "one.py").write_text("x = 1\n")
    before = digest()
    (tmp_path / "rooms" / "__pycache__").mkdir()
    (tmp_path / "rooms" / "__pycache__" / "one.cpython-312.pyc").write_bytes(b"")
    assert digest() == before
    (tmp_path / "rooms" / "one.py").write_text("x = 2\n")
    assert digest() != before
