"""Expected wiggle plots against direct integration, their sampling, and their files."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal
from scipy.integrate import dblquad, quad

from nudipole.errors import InputError, NudipoleError
from nudipole.muon_g2.decay import precession
from nudipole.muon_g2.decay import spectrum as decay
from nudipole.muon_g2.shift import conjecture as shift
from nudipole.muon_g2.wiggle import expected as wiggle
from nudipole.muon_g2.wiggle import store
from nudipole.muon_g2.wiggle.expected import MICROSECOND, Cbo, Loss, PileUp, Setup

TIMES = (30 + 0.1492 * np.arange(401)) * MICROSECOND
ENERGIES = np.array([1000.0, 1200.0, 1800.0, 2600.0, 3100.0])
E_MAX, TAU, OMEGA = decay.E_max, precession.tau_lab, precession.omega_a()


def N(y):
    return (5 - 9 * y**2 + 4 * y**3) / 3


def NA(y):
    return (1 - y) * (8 * y**2 - y - 1) / 3


def test_expected_counts_by_quadrature_in_energy_and_time():
    """Each bin is the double integral of the rate, here with a shift that depends on the energy."""
    setup = Setup(1e8, ENERGIES, TIMES, phase=0.4, polarisation=0.9, shift=lambda E: 1e3 * shift.relative_shift(E))
    got = wiggle.expected(setup)

    def rate(y, u):  # u in us: the integrator likes numbers near one
        t = u * MICROSECOND
        omega = OMEGA * (1 + 1e3 * shift.relative_shift(y * E_MAX))
        return np.exp(-t / TAU) * (N(y) + 0.9 * NA(y) * np.cos(omega * t + 0.4))

    ends = np.minimum(ENERGIES / E_MAX, 1)
    shares = [quad(N, *pair)[0] for pair in pairwise(ends)]
    tau = TAU / MICROSECOND
    window = tau * (np.exp(-30 / tau) - np.exp(-TIMES[-1] / TAU))
    for k, i in ((0, 0), (1, 17), (3, 399)):
        bin_ = TIMES[i : i + 2] / MICROSECOND
        integral, _ = dblquad(rate, *bin_, ends[k], ends[k + 1], epsabs=0, epsrel=1e-11)
        assert got[k, i] == pytest.approx(1e8 * integral / (sum(shares) * window), rel=1e-9)


def five_parameters(parameters, t, width):
    """Mean of N0 exp(-t/tau) [1 + A cos(omega t + phi)] over bins around `t`, from the antiderivative."""
    N0, tau, A, omega, phi = (np.asarray(parameters)[..., k, None] for k in range(5))
    low, high = t - width / 2, t + width / 2
    total = sum(
        (weight * (np.exp(z * high) - np.exp(z * low)) / z).real
        for weight, z in ((1, -1 / tau), (A * np.exp(1j * phi), -1 / tau + 1j * omega))
    )
    return N0 * total / width


def test_constant_anomaly_is_the_five_parameter_function():
    setup = Setup(1e8, ENERGIES, TIMES, phase=-1.0)
    got = wiggle.expected(setup)
    share, A = wiggle.fractions(ENERGIES)
    width = TIMES[1] - TIMES[0]
    one = np.stack([share, np.full(4, TAU), A, np.full(4, OMEGA), np.full(4, -1.0)], axis=1)
    five = five_parameters(one, (TIMES[1:] + TIMES[:-1]) / 2, width)
    assert_allclose(got / five / (got[0, 0] / five[0, 0]), 1, rtol=1e-11)


def test_bin_averages_of_five_parameters():
    width = 0.6 * MICROSECOND
    flat, round_ = wiggle.bin_average(TAU, OMEGA, width)
    tau, omega = TAU / MICROSECOND, OMEGA * MICROSECOND
    for t in (50.0, 300.0):
        n = np.exp(-t / tau) * (flat + 0.4 * (round_ * np.exp(1j * (omega * t + 0.3))).real)
        exact = quad(lambda u: np.exp(-u / tau) * (1 + 0.4 * np.cos(omega * u + 0.3)), t - 0.3, t + 0.3, epsrel=1e-13)[
            0
        ]
        assert n == pytest.approx(exact / 0.6, rel=1e-12)


def test_positrons_are_those_of_the_window():
    # Many periods: the oscillation averages out, to a part 1/(omega tau) of the asymmetry of all.
    total = wiggle.expected(Setup(1e10, np.linspace(0, E_MAX, 30), TIMES)).sum()
    assert total == pytest.approx(1e10, rel=1e-3)


def test_pile_up_conserves_energy_and_loses_one_positron_a_pair():
    """Over all energies up to twice the largest: 1 - 2 = -1 positrons, no energy, no asymmetry in numbers."""
    edges = np.concatenate([np.linspace(0, 1, 101), np.linspace(1, 2, 101)[1:]]) * E_MAX
    pairs = wiggle.pileup_coefficients(edges, polarisation=0.8)
    assert_allclose(pairs.sum(axis=0), [-1, 0, 0], atol=1e-12)
    centre = (edges[1:] + edges[:-1]) / 2 / E_MAX
    mean = quad(lambda y: y * N(y), 0, 1)[0]
    # With the centres of bins in place of their mean energies, an error of the width squared.
    assert centre @ pairs[:, 0] == pytest.approx(2 * mean - 2 * mean, abs=1e-4)


def test_pile_up_of_one_bin_by_quadrature():
    low, high = 0.7, 0.8
    (got,) = wiggle.pileup_coefficients(np.array([low, high]) * E_MAX)

    def folded(f, g):
        return dblquad(lambda x, y: f(x) * g(y - x), low, high, 0, lambda y: y)[0]

    expected = [
        folded(N, N) - 2 * quad(N, low, high)[0],
        2 * folded(N, NA) - 2 * quad(NA, low, high)[0],
        folded(NA, NA),
    ]
    assert_allclose(got, expected, rtol=1e-9)


def test_beam_and_detector_by_quadrature():
    """Pile-up, losses and CBO together, in one bin."""
    cbo = Cbo(0.01, 150 * MICROSECOND, 2.3 / MICROSECOND, 0.7)
    plain = Setup(1e8, ENERGIES, TIMES, phase=0.4)
    full = Setup(1e8, ENERGIES, TIMES, phase=0.4, pileup=PileUp(0.02), loss=Loss(0.01, 100 * MICROSECOND), cbo=cbo)
    share, A = wiggle.fractions(ENERGIES)
    a, b, c = wiggle.pileup_coefficients(ENERGIES)[2]
    tau, omega = TAU / MICROSECOND, OMEGA * MICROSECOND

    def rate(u):
        cos = np.cos(omega * u + 0.4)
        n = np.exp(-u / tau) * share[2] * (1 + A[2] * cos) + 0.02 * np.exp(-2 * u / tau) * (a + b * cos + c * cos**2)
        return n * (1 - 0.01 * (1 - np.exp(-u / 100))) * (1 + 0.01 * np.exp(-u / 150) * np.cos(2.3 * u + 0.7))

    def before(u):
        return np.exp(-u / tau) * share[2] * (1 + A[2] * np.cos(omega * u + 0.4))

    i = 33
    ends = TIMES[i : i + 2] / MICROSECOND
    ratio = quad(rate, *ends, epsrel=1e-12)[0] / quad(before, *ends, epsrel=1e-12)[0]
    assert wiggle.expected(full)[2, i] / wiggle.expected(plain)[2, i] == pytest.approx(ratio, rel=1e-8)


def test_samples_are_poisson_and_seeded():
    setup = Setup(1e7, ENERGIES, TIMES)
    mean = wiggle.expected(setup)
    counts = wiggle.simulate(setup, 3, 20)
    chi2 = np.sum((counts - mean) ** 2 / mean)
    assert abs(chi2 - counts.size) < 5 * np.sqrt(2 * counts.size)
    assert abs(counts.sum() - 20 * mean.sum()) < 5 * np.sqrt(20 * mean.sum())
    assert_array_equal(counts, wiggle.simulate(setup, 3, 20))
    assert np.any(counts != wiggle.simulate(setup, 4, 20))


def test_a_hundred_thousand_million_positrons():
    counts = wiggle.simulate(Setup(1e11, ENERGIES, TIMES), 1)
    assert counts.sum() == pytest.approx(1e11, rel=2e-2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"positrons": 0}, "positrons"),
        ({"positrons": float("nan")}, "positrons"),
        ({"polarisation": 1.2}, "polarisation"),
        ({"energy_edges": np.array([1000.0, 3100.0, 3200.0])}, "every bin must begin within"),
        ({"energy_edges": np.array([2000.0, 1000.0])}, "must rise"),
        ({"time_edges": TIMES[:5]}, "more than ten"),
        ({"time_edges": TIMES**2 / TIMES[0]}, "equal widths"),
        ({"time_edges": TIMES - 40 * MICROSECOND}, "from 0 or later"),
        ({"pileup": PileUp(0.7)}, "pile-up fraction"),
        ({"loss": Loss(-0.1, 1.0)}, "lost fraction"),
    ],
)
def test_impossible_setups(change, message):
    with pytest.raises(NudipoleError, match=message):
        Setup(**{"positrons": 1e8, "energy_edges": ENERGIES, "time_edges": TIMES, **change})


def test_too_many_bins_are_refused_before_memory_is_taken():
    with pytest.raises(NudipoleError, match="at most"):
        wiggle.simulate(Setup(1e8, ENERGIES, TIMES), 1, 10**7)


@pytest.fixture
def histogram():
    return store.simulated(Setup(1e6, ENERGIES, TIMES, cbo=Cbo(0.01, 1e17, 1e-15, 0.0)), 5)


def test_file_gives_back_what_was_written(histogram, tmp_path):
    path = store.write(histogram, tmp_path / "w.zarr")
    back = store.read(path)
    assert_array_equal(back.counts, histogram.counts)
    assert_allclose(back.energy_edges, histogram.energy_edges, rtol=1e-14)
    assert_allclose(back.time_edges, histogram.time_edges, rtol=1e-14)
    assert back.truth == histogram.truth
    assert back.truth["seed"] == 5
    with xr.open_zarr(path, consolidated=False) as opened:
        assert opened.counts.dims == ("energy", "time")
        assert opened.energy_low.attrs["units"] == "GeV"
        assert opened.attrs["schema"] == store.SCHEMA
        assert set(opened.attrs["versions"]) >= {"nudipole", "numpy"}


def test_plain_xarray_opens_it(histogram, tmp_path):
    """Without a warning."""
    with xr.open_zarr(store.write(histogram, tmp_path / "w.zarr")) as opened:
        assert (opened.load()["counts"].values == histogram.counts).all()


def test_interrupted_writing_leaves_the_old_file(histogram, tmp_path, monkeypatch):
    path = store.write(histogram, tmp_path / "w.zarr")

    def stopped(self, target, **options):
        (target / "half").mkdir(parents=True)
        raise KeyboardInterrupt

    monkeypatch.setattr(xr.Dataset, "to_zarr", stopped)
    with pytest.raises(KeyboardInterrupt):
        store.write(histogram, path)
    assert_array_equal(store.read(path).counts, histogram.counts)
    assert [entry.name for entry in tmp_path.iterdir()] == ["w.zarr"]


def test_files_are_replaced_and_other_folders_are_not(histogram, tmp_path):
    store.write(histogram, tmp_path / "w.zarr")
    store.write(histogram, tmp_path / "w.zarr")
    (tmp_path / "precious.zarr").mkdir()
    with pytest.raises(NudipoleError, match="no Zarr folder"):
        store.write(histogram, tmp_path / "precious.zarr")
    with pytest.raises(NudipoleError, match=r"must end with \.zarr"):
        store.write(histogram, tmp_path / "w.h5")


def damaged(kind, dataset):
    if kind == "schema":
        return dataset.assign_attrs(schema="other/1")
    if kind == "counts":
        return dataset.drop_vars("counts")
    if kind == "negative":
        return dataset.assign(counts=dataset.counts - 10**6)
    if kind == "fractional":
        return dataset.assign(counts=dataset.counts + 0.5)
    if kind == "nan":
        return dataset.assign(counts=dataset.counts.astype(float) * np.nan)
    if kind == "units":
        return dataset.assign_coords(time_low=dataset.time_low.assign_attrs(units="ns"))
    if kind == "gap":
        return dataset.assign_coords(energy_high=dataset.energy_high - 0.05)
    if kind == "order":
        return dataset.isel(energy=slice(None, None, -1))
    if kind == "turned":
        return dataset.transpose()
    return dataset.assign(counts=dataset.counts.astype(str))


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("schema", "schema: is 'other/1'"),
        ("counts", "counts: is missing"),
        ("nan", "nan is no number of positrons"),
        ("units", "units = 'us'"),
        ("gap", "must touch"),
        ("order", "must touch"),
        ("turned", "must have the dimensions"),
        ("words", "must be numbers"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*does not have a Zarr V3 specification")
def test_damaged_files(kind, message, histogram, tmp_path):
    store.write(histogram, tmp_path / "w.zarr")
    with xr.open_zarr(tmp_path / "w.zarr", consolidated=False) as opened:
        loaded = opened.load()
    for name in loaded.variables:
        loaded[name].encoding.clear()
    damaged(kind, loaded).to_zarr(tmp_path / "bad.zarr", consolidated=False, zarr_format=3)
    with pytest.raises(InputError, match=message):
        store.read(tmp_path / "bad.zarr")


def test_broken_metadata_and_missing_folders_are_one_line(histogram, tmp_path):
    store.write(histogram, tmp_path / "w.zarr")
    (tmp_path / "w.zarr" / "zarr.json").write_text("{", encoding="utf-8")
    for name, message in (("w.zarr", "cannot be read"), ("no.zarr", "there is no such folder")):
        with pytest.raises(InputError, match=message) as caught:
            store.read(tmp_path / name)
        assert "\n" not in str(caught.value)


def test_large_files_are_refused_unread(tmp_path):
    """Two gigabytes of zeros take no room on disk: the size is looked at first."""
    import zarr

    group = zarr.open_group(tmp_path / "large.zarr", mode="w", zarr_format=3)
    group.attrs["schema"] = store.SCHEMA
    shape = {"energy": 1000, "time": 300_000}
    for name, dims in store._VARIABLES.items():
        made = group.create_array(name, shape=[shape[d] for d in dims], dtype="f8", dimension_names=dims)
        made.attrs["units"] = "GeV"
    with pytest.raises(InputError, match="counts: has 300000000 cells"):
        store.read(tmp_path / "large.zarr")


def test_bins_from_text():
    assert_allclose(store.bins("1.0..3.1GeV/0.1", "GeV", "energy_bins"), np.linspace(1000, 3100, 22), rtol=1e-14)
    assert len(store.bins("30 .. 650 us / 149.2ns", "us", "time_bins")) == 4156
    assert_allclose(store.bins("1..2GeV/0.3", "GeV", "--x"), [1000, 1300, 1600, 1900], rtol=1e-14)


@pytest.mark.parametrize(
    "text",
    ["", "1..2", "1..2GeV", "2..1GeV/0.1", "1..2GeV/0", "1..2GeV/3", "1..2s/0.1", "a..bGeV/1", "-1..2GeV/1",
     "1..2GeV/1e-300", "1e999..2e999GeV/1", "1..2GeV/0.1; rm"],
)  # fmt: skip
def test_bins_that_are_none(text):
    with pytest.raises(NudipoleError, match="energy_bins") as caught:
        store.bins(text, "GeV", "energy_bins")
    assert "\n" not in str(caught.value)
