"""The posterior of a joint fit against a sum over many random moments."""

from __future__ import annotations

import numpy as np
import pytest

import nudipole as nd
from nudipole.errors import NudipoleError
from nudipole.experiments.constraint import Constraint
from nudipole.mixing import nufit

#: Toy fit B of three squared effective moments, of nu_e, of nu_e and nu_mu, of solar 7Be.
DATA, ERRORS, SUN = (3.0, 20.0, -1.0), (1.0, 6.0, 0.8), (0.61512198, 0.36272802, 0.02215)


def _constraints():
    forms = ({"flavours": {"e": 1.0}}, {"flavours": {"e": 1.0, "mu": 2.4}}, {"masses": SUN})
    return [Constraint(name, d, s, **form) for name, d, s, form in zip("abc", DATA, ERRORS, forms, strict=True)]


@pytest.mark.long
@pytest.mark.slow
def test_against_random_moments():
    found = nd.fit([], "majorana", published=_constraints(), mixing="fixed", alone=False, starts=4, draws=2000)
    posterior = found.posterior
    assert posterior.doubts == []
    random = np.random.default_rng(5)
    squares, phases = random.uniform(0, 9, (400_000, 3)), random.uniform(-np.pi, np.pi, (400_000, 2))
    Lambda = np.sqrt(squares) * np.exp(1j * np.column_stack([np.zeros(len(phases)), phases]))
    levi = np.zeros((3, 3, 3))
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        levi[i, j, k], levi[j, i, k] = 1, -1
    lam = np.einsum("ijk,nk->nij", levi, Lambda)
    mass = np.einsum("nji,njk->nik", lam.conj(), lam)
    U = np.asarray(nufit().pmns())
    flavour = np.einsum("ai,nij,bj->nab", U, mass, U.conj())
    e, mu = flavour[:, 0, 0].real, flavour[:, 1, 1].real
    seen = np.column_stack([e, e + 2.4 * mu, np.einsum("nii,i->n", mass, SUN).real])
    weight = np.exp(-np.sum(((seen - DATA) / ERRORS) ** 2, axis=1) / 2)
    number = weight.sum() ** 2 / np.sum(weight**2)
    for k in range(3):
        order = np.argsort(squares[:, k])
        below = np.cumsum(weight[order]) / weight.sum()
        # The error of a quantile at 0.9 from that many independent samples, and from those of the chains.
        ess = min(number, posterior.diagnostics[f"lambda_{k + 1}"].ess)
        ends = 0.9 + np.array([-4, 4]) * 0.3 / np.sqrt(ess)
        low, high = np.sqrt(squares[order][np.searchsorted(below, ends), k])
        assert low < posterior.upper(f"lambda_{k + 1}", 0.9) / 1e-11 < high


def test_one_moment():
    """Flat in the square: the half-Gaussian of a published limit is its posterior."""
    found = nd.fit([], "flavour-diagonal", free=["mu_e"], published=["gemma-2012-mu-e"], mixing="fixed", draws=1500)
    assert found.posterior.upper("mu_e", 0.9) == pytest.approx(2.9e-11, rel=0.03)
    data = found.to_json()["posterior"]
    assert data["diagnostics"]["mu_e"]["rhat"] < 1.02
    tree = found.posterior.inference_data()
    assert tree["posterior"]["mu_e"].shape == (4, 1500)


def test_held_phases():
    with pytest.raises(NudipoleError, match="phases are held"):
        nd.fit(
            [], "majorana", published=_constraints(), phases="fixed", mixing="fixed", alone=False, starts=1, draws=50
        )
