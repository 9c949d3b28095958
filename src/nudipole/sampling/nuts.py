"""The No-U-Turn sampler, which is numpyro's."""

from __future__ import annotations

from typing import Any

from nudipole.extras import optional


def nuts() -> Any:
    """``numpyro.infer.hmc.hmc``; called before work begins as well, so that its absence is known then.

    Raises
    ------
    MissingPackage
        If numpyro is not installed.
    """
    return optional("numpyro.infer.hmc", "posteriors are sampled by").hmc
