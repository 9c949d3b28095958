"""What people may use is written down: the names of every public package, and a docstring for each callable.

Public is what a package shows in ``dir()``, and what a module that it shows defines. Not public are the packages
`INTERNAL`: the command line, data, how text is read, and the schema and the builder of descriptions, whose face is
`nudipole.experiments`. The examples are executed in `tests/test_docs.py`.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import pkgutil
import re
import textwrap
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel

import nudipole
from nudipole import errors

INTERNAL = ("nudipole.cli", "nudipole.data", "nudipole.io", "nudipole.experiments.schema", "nudipole.experiments.build")

#: Packages and modules whose docstrings are being written.
PENDING: tuple[str, ...] = ()

#: Sections of a docstring, in their order; a class has parameters or attributes, or both.
SECTIONS = ("Parameters", "Attributes", "Returns", "Yields", "Raises", "Notes", "References", "Examples")

#: Methods that run when an object is made.
MAKING = ("__init__", "__check_init__", "__post_init__")

#: What each package shows.
NAMES: dict[str, str] = {
    "nudipole.statistics.toys": """
        Batch Ensemble Hypothesis ToyFits Toys draw ensemble ensembles seeded
    """,
    "nudipole.inference": """
        AntineutrinoSearch AntineutrinoSearches Asymptotic Axis Bayesian CLs Contour CredibleLimit FeldmanCousins Impact
        Impacts Limit METHODS Method Overview PostFit Sensitivity Spread antineutrino_searches
    """,
    "nudipole.inference.verdict": "Row Verdict verdict",
    "nudipole.inference.joint": "Forecast JointFit JointPosterior Kept Row constraint with_data",
    "nudipole.experiments": """
        Experiment Spectrum available examples load read text
    """,
    "nudipole": """
        Asymptotic Bayesian CLs Experiment FeldmanCousins Neutrino NudipoleError __version__ astrophysics
        available cite constants contour convert experiments fit forecast impacts inference limit limits load
        mixing models muon_g2 neutrino plots post_fit precession predict predictions properties recoil_spectrum region
        sensitivity sources verdict
    """,
    "nudipole.astrophysics": """
        Assumption AstroBound BOUNDS CHANNELS Calibration Core Emissivity LIFETIMES Loss Plasma STARS Strength Theory
        all_bounds brightening calibrations cherenkov_bound cherenkov_rate cls_moment core_growth decay_bound
        decoupling_temperature degrees_of_freedom electron_density emissivity extra_neutrinos extra_of fitted_loss
        flip_moments flip_rate flip_rate_static flips_per_expansion hard_thermal_loop lifetime loss mean_flip_rates
        moment_at moments n_eff_bound n_eff_table one_loop pair_factor photon_luminosity red_giant_bound
        red_giant_table share_left simple_bound supernova_bound theories trapping_bound trapping_moment
        white_dwarf_bound white_dwarf_luminosities width
    """,
    "nudipole.detectors": """
        Added Birks ConstantFactor ConstantWidth Detector Efficiency Exact FUNCTIONS Fano GammaPhotoelectrons Lindhard
        Matrix Polynomial PolynomialWidth QUENCHINGS Quadrature Quenching RESOLUTIONS Resolution Skewed Sqrt SqrtLinear
        Tabulated TabulatedWidth Unquenched
    """,
    "nudipole.experiments.starting": "starting_file",
    "nudipole.files": """
        Guard consolidate current folder_atomically guarded is_consolidated note_read remove_unfinished
        unfinished write_atomically
    """,
    "nudipole.hepdata": "csv_of documents read",
    "nudipole.units": "express in_internal parse",
    "nudipole.histfactory": """
        Exported Imported Workspace WorkspaceLimit export imported limit model read validate workspace
    """,
    "nudipole.interactions": """
        Absorption AngleCut Couplings Elastic ElectronScattering ElectronUpscattering EquivalentPhoton InverseBeta
        Kinematics NucleonCouplings NucleusScattering NucleusUpscattering Process Upscattering couplings dsigma_dT
        heaviest nucleon_couplings sm_charge_radius to_heavy
    """,
    "nudipole.kept": "compiled kept use_kept_arrays use_kept_kernels",
    "nudipole.limits": """
        Bar Bound FORMATS Limits Ours Publication Record World bibtex curve ours record records select validate
        world written
    """,
    "nudipole.mixing": """
        FLAVOURS Oscillation Path Precession UncertainMixing counterpart density_matrix evolve first_order flavours
        full mass_weights nufit nufit_errors potential production_weights pure_flavour resolvent solar_density_matrix
        uncertain
    """,
    "nudipole.precession": """
        BIRTHS Conversion Cycle Field METHODS MODELS Medium SHAPES births cycle densities field medium precession sun
    """,
    "nudipole.models": """
        KINDS MODELS Model ModelParameter companions find known neutrino_of neutrinos_of owner
    """,
    "nudipole.predictions": """
        Band ConvertedLimit Correlation CrossSection CrossSections EffectiveMoments EffectiveMomentsOfSeveral
        Line Mixture MomentLimit Observables Sweep bands convert correlation cross_sections
        effective_moments_by_energy mixture mixtures names plasmon_moment predict sweep
    """,
    "nudipole.muon_g2": "decay shift wiggle world",
    "nudipole.muon_g2.decay": """
        boost figure_of_merit monte_carlo precession response spectrum spin_correlation statistical_error
    """,
    "nudipole.muon_g2.shift": """
        averages conjecture energy_dependence entanglement equations figure2 forecast moments predicted
    """,
    "nudipole.muon_g2.wiggle": """
        Analysis Cbo Fits GEV Loss MICROSECOND Method PileUp Setup Window analyse energy_table fit fit_many inputs
        simulate store
    """,
    "nudipole.muon_g2.world": """
        Anomaly COMBINATIONS Conversion Difference ElectronAnomaly K LAMBDAS MeasuredConstant Measurement Prediction
        Projection SETS Status Term a_mu combined constant conversions electron_anomaly g_s measurement measurements
        prediction predictions projected status
    """,
    "nudipole.plots": """
        FORMATS antineutrinos astro_bounds astro_curve astro_grid astro_table contour conversion corner
        correlation cross_sections effective_moments figure fluxes forecast g2_predict g2_status history impacts
        joint landscape marginal overview picture_format portal_plane portal_region post_fit profile
        recoil_curves region_of_model rendered save scan sensitivity solar_cycle spectrum svg sweep toys trace
        validation verdict world
    """,
    "nudipole.plots.astro": "astro_bounds astro_curve astro_grid astro_table",
    "nudipole.plots.g2": "correlation energy_test forecast g2_predict g2_status spin_and_positron wiggle wiggle_fit",
    "nudipole.portal": """
        Exclusion ExclusionCurve Flight HeavyDecay Plane PortalFit PublishedCurve decay exclusion fit plane published
    """,
    "nudipole.properties": """
        BASES DIPOLE_CONVENTIONS DipoleConvention FLAVOURS FormFactors GROUPS NATURES Neutrino PARAMETERS
        PARAMETRISATIONS Parameter Parametrisation STRENGTH companions conserves_cp decay_length decayed
        dipole_in_common dipole_of_moment find form_factors heavy_lifetime heavy_width mean
        modern_charge_radius moment_of_dipole mu_eff neutrino_of neutrinos_of owner plasmon_moment
        radiative_widths strength transition_matrix
    """,
    "nudipole.report": "Report Section build_report catalogue draw render",
    "nudipole.sampling": """
        Credible Diagnostic KINDS PRIORS Posterior Prior credible diagnose inference_data marginal_deviance
        prior sample shortest
    """,
    "nudipole.scans": """
        Chunks Cluster Description EnsembleSummary Executor ExperimentText Grid Quantile State StudySpec
        Threads check_path ensembles executor finished open_store quantity read_study run summaries
    """,
    "nudipole.sources": """
        Beam Histogram Modes MonoEnergetic PionDecayAtRest Pulse Pulsed RadioactiveSource Reactor SOURCES Solar
        TimeEfficiency
    """,
    "nudipole.statistics": """
        BAND Background Band CONSTRUCTIONS Construction Curve Fit Gaussian GoodnessOfFit Interval Joint
        LinearSignal Model OnOff Poisson Profile STATISTICS Significance Statistic TemplateSignal asimov
        best_fit check curve described errors_of_nuisances expected expected_bands expected_credible
        goodness_of_fit interval intervals joint minuit_fit profile significance
    """,
    "nudipole.statistics.neyman": """
        Coverage GlobalSignificance METHODS Point ToyInterval asymptotic_is_poor counting counts_that_matter
        coverage_by_enumeration coverage_by_toys exact_interval global_significance toy_interval
    """,
    "nudipole.targets": """
        Atom FORM_FACTORS ManyBodyFactor Nucleus Photoabsorption atom isotopes nucleus photoabsorption
    """,
    "nudipole.validation": """
        Beside CLASSES Derivation LEVELS Mark Row Uncertainty Validation cells markdown marks not_reproduced theory
        validate
    """,
}


def _packages() -> list[str]:
    """All packages but those that are internal, or within one that is."""
    below = pkgutil.walk_packages(nudipole.__path__, "nudipole.")
    packages = ["nudipole", *(module.name for module in below if module.ispkg)]
    return [name for name in packages if not any(f"{name}.".startswith(f"{room}.") for room in INTERNAL)]


PACKAGES = _packages()


def _shown(room: ModuleType) -> Iterator[tuple[str, Any]]:
    """What a package shows; of a module that it shows, what that defines."""
    for name in dir(room):
        value = getattr(room, name)
        if isinstance(value, ModuleType) and value.__name__ not in PACKAGES:
            own = vars(value).items()
            yield from ((f"{name}.{n}", v) for n, v in own if getattr(v, "__module__", None) == value.__name__)
        else:
            yield name, value


def _callables() -> list[Any]:
    """Public classes and functions, each at the first package that shows it."""
    found: dict[int, Any] = {}
    for package in PACKAGES:
        for name, value in _shown(import_module(package)) if package not in PENDING else ():
            kind = inspect.isclass(value) or inspect.isroutine(inspect.unwrap(value))
            private = name.rpartition(".")[2].startswith("_")
            if kind and not private and value.__module__ not in PENDING:
                found.setdefault(id(value), pytest.param(value, id=f"{package}.{name}"))
    return list(found.values())


def _sections(doc: str) -> dict[str, str]:
    """Text of a docstring by the title of its section; what comes before the first has the title ''."""
    parts = re.split(r"^(\w[\w ]*)\n-{3,}\n", doc, flags=re.MULTILINE)
    return dict(zip(["", *parts[1::2]], parts[::2], strict=True))


def _described(section: str) -> set[str]:
    """Names that a section of parameters or attributes describes."""
    heads = re.findall(r"^(\S.*?)(?: :.*)?$", section, re.MULTILINE)
    return {name.lstrip("*") for head in heads for name in head.split(", ")}


def _fields(kind: type) -> set[str]:
    """What an object of this class is made of."""
    if issubclass(kind, BaseModel):
        return set(kind.model_fields)
    if dataclasses.is_dataclass(kind):
        return {field.name for field in dataclasses.fields(kind) if not field.name.startswith("_")}
    if issubclass(kind, tuple):
        return set(getattr(kind, "_fields", ()))
    return _parameters(kind.__init__)


def _parameters(function: Any) -> set[str]:
    return set(inspect.signature(function).parameters) - {"self", "cls"}


def _exempt(value: Any) -> bool:
    """Exceptions and protocols: a summary says it all."""
    return inspect.isclass(value) and (issubclass(value, Exception) or getattr(value, "_is_protocol", False))


def _missing(value: Any) -> list[str]:
    """What the docstring of a public callable lacks."""
    sections = _sections(inspect.cleandoc(value.__doc__ or ""))
    if not sections[""].strip():
        return ["summary"]
    if _exempt(value):
        return []
    wanted = _fields(value) if inspect.isclass(value) else _parameters(value)
    told = _described(sections.get("Parameters", "")) | _described(sections.get("Attributes", ""))
    lacking = sorted(wanted - told)
    if not inspect.isclass(value):
        nothing = inspect.signature(value).return_annotation in ("None", None)
        lacking += [] if nothing or sections.keys() & {"Returns", "Yields"} else ["Returns"]
    return lacking + ([] if ">>> " in value.__doc__ else ["an example"])


def _raised(value: Any) -> set[str]:
    """Errors of this package that a function, or the making of an object, raises itself."""
    (made,) = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(value)))).body
    parts = [part for part in made.body if getattr(part, "name", "") in MAKING] if inspect.isclass(value) else [made]
    raising = [node.exc for part in parts for node in ast.walk(part) if isinstance(node, ast.Raise)]
    return {ast.unparse(error.func) for error in raising if isinstance(error, ast.Call)} & set(vars(errors))


@pytest.mark.parametrize("package", [name for name in PACKAGES if name not in PENDING])
def test_names(package):
    room = import_module(package)
    assert dir(room) == sorted(room.__all__) == NAMES[package].split()
    assert all(getattr(room, name) is not None for name in dir(room))


@pytest.mark.parametrize("value", _callables())
def test_docstring(value):
    assert _missing(value) == []
    sections = _sections(inspect.cleandoc(value.__doc__))
    titles = list(sections)[1:]
    assert titles == [title for title in SECTIONS if title in titles]
    told = tuple(vars(errors)[name] for name in _described(sections.get("Raises", "")) if name in vars(errors))
    assert [name for name in _raised(value) if not issubclass(vars(errors)[name], told)] == []


def test_every_public_object_has_a_page(monkeypatch):
    """Of the site: the names pinned here are those that its reference is written from, each on a page of its own."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "docs/_site")
    public = import_module("public")
    objects = public.objects()
    names = {name for one in objects.values() for name in (one.full, *one.aliases)}
    assert names == {f"{package}.{name}" for package in NAMES for name in NAMES[package].split()} - set(PACKAGES)
    assert public.packages() == PACKAGES
    pages = [*PACKAGES, *(public.page(one, objects) for one in objects.values())]
    assert len({page.lower() for page in pages}) == len(pages)
