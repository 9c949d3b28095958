"""Arrays that are kept: the same to the last bit, by a name that every number changes, never from a damaged file."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace

import numpy as np
import pytest

import nudipole as nd
from nudipole import rates
from nudipole.detectors import Detector, Efficiency, Lindhard, SqrtLinear
from nudipole.interactions import AngleCut, ElectronScattering, NucleusScattering
from nudipole.kept import arrays as module
from nudipole.kept import kept, names, store, use_kept_arrays
from nudipole.mixing import nufit
from nudipole.numerics import jax, jnp
from nudipole.rates import fold
from nudipole.sources import RadioactiveSource, Solar
from nudipole.targets import atom
from nudipole.targets.nuclei import nucleus

KEV = 1e-3


@pytest.fixture
def folder(tmp_path):
    """An empty folder where arrays are kept during the test; the one before is in use again after it."""
    before = module._STORE.folder
    use_kept_arrays(tmp_path / "arrays")
    yield tmp_path / "arrays"
    use_kept_arrays(before)


@pytest.fixture
def folds(monkeypatch):
    """A list that grows with every fold that is computed."""
    done, nodes = [], rates.recoil_nodes

    def counting(*arguments, **settings):
        done.append(None)
        return nodes(*arguments, **settings)

    monkeypatch.setattr(rates, "recoil_nodes", counting)
    return done


@pytest.fixture(scope="module")
def beam():
    return RadioactiveSource.named("51Cr").beam()


PROCESS = ElectronScattering.on(atom("Ge"))
DETECTOR = Detector(np.array([1.0, 2.0, 5.0]) * KEV, SqrtLinear(0.01, 0.0), Efficiency.constant(0.9))


def nuclei(mass=None):
    isotope = nucleus("Ge", 76)
    return NucleusScattering.of(isotope if mass is None else replace(isotope, mass=mass))


def name_of(*arguments):
    path = module._entry(rates._folded, arguments)
    return None if path is None else path.name


def test_the_same_bits_with_and_without(beam, folder, folds):
    use_kept_arrays(None)
    computed = fold(beam, PROCESS, DETECTOR, exposure=1e40)
    use_kept_arrays(folder)
    written = fold(beam, PROCESS, DETECTOR, exposure=1e40)
    assert len(folds) == 2
    read = fold(beam, PROCESS, DETECTOR, exposure=1e40)
    assert len(folds) == 2
    for response in (written, read):
        assert (response.components, response.channels) == (computed.components, computed.channels)
        assert type(response.W) is type(computed.W)
        assert response.W.dtype == computed.W.dtype
        assert response.W.tobytes() == np.asarray(computed.W).tobytes()


#: Several nuclei and nuisances, a spectrum of a decay, data relative to the Standard Model.
QUICK = {"conus-plus", "xenon1t-2020", "charm-ii"}


def arrays(experiment):
    """All that is folded of an experiment."""
    sides = [side for variation in experiment.variations for side in variation[1:3] if side is not None]
    yield from (part.response.W for part in experiment.parts)
    for side in sides:
        yield from (part.response.W for part in side.parts)
        yield from side.backgrounds.values()
    yield from experiment.background_counts.values()
    yield from (experiment.sm_counts, experiment.observed)


@pytest.mark.parametrize(
    "name",
    [
        name if name in QUICK else pytest.param(name, marks=[pytest.mark.slow, pytest.mark.long])
        for name in nd.available()
    ],
)
def test_an_experiment_is_the_same(name, folder, folds):
    use_kept_arrays(None)
    computed = nd.load(name)
    use_kept_arrays(folder)
    nd.load(name)
    folds.clear()
    read = nd.load(name)
    assert not folds
    for one, other in zip(arrays(computed), arrays(read), strict=True):
        assert np.asarray(one).tobytes() == np.asarray(other).tobytes()


def test_what_cannot_be_folded_fails_again(beam, folder):
    high = Detector(np.array([1.0, 2.0]), SqrtLinear(0.01, 0.0), Efficiency.constant(0.9))
    for _ in range(2):
        with pytest.raises(nd.errors.OutOfRange):
            fold(beam, PROCESS, high, exposure=1.0)
    assert not list(folder.iterdir())


def test_every_number_changes_the_name(beam, folder):
    """Of beam, process, detector, exposure and panels; also by the last bit, and what is static."""
    oscillation = nufit("nufit-6.0-no")
    shifted = replace(oscillation, sin2_12=oscillation.sin2_12 * (1 + 1e-9))
    given = [
        (beam, [PROCESS], DETECTOR, 1.0, 1),
        (beam, [PROCESS], DETECTOR, np.nextafter(1.0, 2), 1),
        (beam, [PROCESS], DETECTOR, 1.0, 2),
        (beam, [PROCESS, PROCESS], DETECTOR, 1.0, 1),
        (beam, [ElectronScattering.on(atom("Xe"))], DETECTOR, 1.0, 1),
        (beam, [ElectronScattering.on(atom("Ge"), "tree")], DETECTOR, 1.0, 1),
        (beam, [ElectronScattering.on(atom("Ge"), cut=AngleCut("E_theta2", 1.0))], DETECTOR, 1.0, 1),
        (beam, [ElectronScattering.on(atom("Ge"), cut=AngleCut("cos_theta", 0.9))], DETECTOR, 1.0, 1),
        (beam, [ElectronScattering.on(atom("Ge"), charge_squared=False)], DETECTOR, 1.0, 1),
        (beam, [nuclei()], DETECTOR, 1.0, 1),
        (beam, [nuclei(mass=float(nucleus("Ge", 76).mass) * (1 + 1e-15))], DETECTOR, 1.0, 1),
        *((beam, [nuclei()], replace(DETECTOR, quenching=Lindhard(k, 32)), 1.0, 1) for k in (0.157, 0.158)),
        # A threshold.
        (beam, [PROCESS], replace(DETECTOR, bins=np.array([1.0 + 1e-15, 2.0, 5.0]) * KEV), 1.0, 1),
        (beam, [PROCESS], replace(DETECTOR, efficiency=Efficiency.constant(0.8)), 1.0, 1),
        (beam, [PROCESS], replace(DETECTOR, efficiency=replace(DETECTOR.efficiency, of="true")), 1.0, 1),
        (replace(beam, antineutrino=tuple(not anti for anti in beam.antineutrino)), [PROCESS], DETECTOR, 1.0, 1),
        (replace(beam, E=np.asarray(beam.E)[None]), [PROCESS], DETECTOR, 1.0, 1),
        *((replace(Solar.named(), oscillation=mixing).beam(), [PROCESS], DETECTOR, 1.0, 1)
          for mixing in (oscillation, shifted)),
    ]  # fmt: skip
    names = [name_of(*arguments) for arguments in given]
    assert None not in names
    assert len(set(names)) == len(names)
    assert [name_of(*arguments) for arguments in given] == names


def test_the_source_changes_the_name(folder, tmp_path, monkeypatch):
    package = tmp_path / "nudipole"
    shutil.copytree(names.Path(names.__file__).parents[1], package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(names, "__file__", str(package / "kept" / "names.py"))
    digests = []
    for changed in (None, None, package / "rates.py", package / "data/constants.toml", package / "sources/solar.py"):
        if changed is not None:
            changed.write_text(changed.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        names.package_digest.cache_clear()
        digests.append(names.package_digest())
    names.package_digest.cache_clear()
    assert digests[0] == digests[1]
    assert len(set(digests)) == 4
    monkeypatch.setattr(names, "__file__", str(tmp_path / "archive.zip" / "kept" / "names.py"))
    assert name_of(1.0) is None
    names.package_digest.cache_clear()


class Elsewhere(SqrtLinear):
    """A resolution that this package does not know."""


@pytest.mark.parametrize(
    "unknown",
    [
        lambda T: T,
        object(),
        Elsewhere(0.01, 0.0),
        np.array(["a"]),
        np.array([None]),
        {"a": 1},
        float,
        DETECTOR.response,
    ],
)
def test_what_is_not_known_is_computed(unknown, folder):
    assert name_of(1.0, unknown) is None
    assert name_of(1.0, [unknown]) is None


def test_functions_from_elsewhere_and_traced_values_are_computed(folder):
    assert kept(np.sqrt, 4.0, shape=()) == 2
    assert kept(lambda x: x, 4.0, shape=()) == 4
    names = []
    jax.jit(lambda x: names.append(name_of(x)) or x)(jnp.ones(2))
    assert names == [None]
    assert not list(folder.iterdir())


def test_the_name_needs_no_compilation(beam, folder):
    """Nor a shape that was not seen before: JAX arrays are read, not computed with."""
    arrays = jax.tree.map(jnp.asarray, replace(beam, E=jnp.arange(17.0)))
    with jax.log_compiles(False), jax.transfer_guard_host_to_device("disallow"):
        assert name_of(arrays, [PROCESS], DETECTOR, 1.0, 1)


def damaged(raw):
    half, listed = len(raw) // 2, len(raw) - 60
    other = bytes([raw[half] ^ 1])
    return {
        "empty": b"",
        "truncated": raw[:half],
        "without its end": raw[:-1],
        "one bit": raw[:half] + other + raw[half + 1 :],
        "list of contents": raw[:listed] + b"\0" * 10 + raw[listed + 10 :],
        "text": b"no archive",
    }


@pytest.mark.parametrize("damage", damaged(bytes(1000)))
def test_damaged_files_are_computed_again(damage, beam, folder, folds):
    expected = fold(beam, PROCESS, DETECTOR, exposure=1e40).W.tobytes()
    (path,) = folder.iterdir()
    raw = path.read_bytes()
    path.write_bytes(damaged(raw)[damage])
    assert fold(beam, PROCESS, DETECTOR, exposure=1e40).W.tobytes() == expected
    assert len(folds) == 2
    assert path.read_bytes() == raw
    assert fold(beam, PROCESS, DETECTOR, exposure=1e40).W.tobytes() == expected
    assert len(folds) == 2


@pytest.mark.parametrize(
    "foreign",
    [
        {"array": np.zeros((1, 10, 2, 3, 3))},
        {"array": np.zeros((1, 10, 3, 3, 3), complex)},
        {"array": np.full((1, 10, 2, 3, 3), complex(np.nan))},
        {"array": np.array([{}])},
        {"W": np.zeros((1, 10, 2, 3, 3), complex)},
    ],
)
def test_foreign_files_are_replaced(foreign, beam, folder, folds):
    expected = fold(beam, PROCESS, DETECTOR, exposure=1e40).W
    assert expected.shape == (1, 10, 2, 3, 3)
    (path,) = folder.iterdir()
    raw = path.read_bytes()
    np.savez(path, **foreign)
    assert fold(beam, PROCESS, DETECTOR, exposure=1e40).W.tobytes() == expected.tobytes()
    assert len(folds) == 2
    assert path.read_bytes() == raw


def test_a_folder_that_cannot_be_used(beam, folder, folds, tmp_path):
    """A file in its place, one that was removed, and one in place of an entry."""
    (tmp_path / "file").write_text("")
    use_kept_arrays(tmp_path / "file")
    expected = fold(beam, PROCESS, DETECTOR, exposure=1e40).W.tobytes()
    use_kept_arrays(folder)
    folder.rmdir()
    assert fold(beam, PROCESS, DETECTOR, exposure=1e40).W.tobytes() == expected
    folder.mkdir()
    (folder / name_of(beam, [PROCESS], DETECTOR, 1e40, 1)).mkdir()
    assert fold(beam, PROCESS, DETECTOR, exposure=1e40).W.tobytes() == expected
    assert len(folds) == 3


def test_the_oldest_are_removed(beam, folder, monkeypatch):
    fold(beam, PROCESS, DETECTOR, exposure=1.0)
    (first,) = folder.glob("*.npz")
    monkeypatch.setattr(store, "MOST_BYTES", 3 * first.stat().st_size)
    use_kept_arrays(folder)
    (folder / "README").write_text("of someone else")
    for exposure in (2.0, 3.0, 4.0):
        before = set(folder.glob("*.npz"))
        fold(beam, PROCESS, DETECTOR, exposure=exposure)
        (new,) = set(folder.glob("*.npz")) - before
        os.utime(new, (exposure, exposure))
        fold(beam, PROCESS, DETECTOR, exposure=1.0)  # it is read, and so not the oldest
    left = set(folder.glob("*.npz"))
    assert first in left
    assert {path.stat().st_mtime for path in left - {first}} == {3.0, 4.0}
    assert (folder / "README").exists()
