"""Named errors. Each says what is wrong, with the value, and what to do about it, in one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

from nudipole.digits import plain

#: Characters of a list of choices, and of a word handed in, that a line has room for.
_MOST_CHOICES, _MOST_WORD = 450, 40


class NudipoleError(Exception):
    """Base of every error that nudipole raises on purpose."""

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process boundaries: rebuild from message and attributes, not by calling __init__ again.
        return _rebuilt, (type(self), self.args, self.__dict__)


def _rebuilt(kind: type[NudipoleError], args: tuple[object, ...], state: dict[str, object]) -> NudipoleError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class OutOfRange(NudipoleError, ValueError):
    """A number lies where the physics has no meaning; value and ends in `unit`, which the message names."""

    def __init__(
        self,
        name: str,
        value: float,
        low: float,
        high: float = float("inf"),
        *,
        inside: bool = False,
        unit: str = "",
    ) -> None:
        super().__init__(f"{name} = {_with_unit(value, unit)} {_range(value, low, high, unit, inside)}")
        self.name, self.value, self.low, self.high = name, value, low, high
        self.inside, self.unit = inside, unit

    def in_unit(self, unit: str, size: float) -> OutOfRange:
        """The same in a unit of another size, such as 1e-3 for keV in place of MeV."""
        ends = (self.value / size, self.low / size, self.high / size)
        return type(self)(self.name, *ends, inside=self.inside, unit=unit)


def _with_unit(value: float, unit: str) -> str:
    number = "nan" if value != value else plain(value, 6)
    return f"{number} {unit}" if unit else number


def _range(value: float, low: float, high: float, unit: str, inside: bool) -> str:
    """What a number must be, in words where the ends of the range would be silly."""
    if low == high:
        return f"must be {_with_unit(low, unit)}"
    if low == -float("inf") and high == float("inf"):
        return "must be finite"
    finite = "" if abs(value) < float("inf") else "finite and "
    if high == float("inf"):
        return f"must be {finite}{'more than' if inside else 'at least'} {_with_unit(low, unit)}"
    if low == -float("inf"):
        return f"must be {finite}{'less than' if inside else 'at most'} {_with_unit(high, unit)}"
    # Rounded, two ends close to each other would read as one.
    digits = 6 if plain(low, 6) != plain(high, 6) else 12
    left, right = "()" if inside else "[]"
    return f"must lie in {left}{plain(low, digits)}, {plain(high, digits)}{right}" + (f" {unit}" if unit else "")


class NotANumber(NudipoleError, TypeError):
    """Text, None, a complex number or something else stands where real numbers are due."""

    def __init__(self, name: str, value: object) -> None:
        is_complex = "complex" in f"{type(value).__name__} {getattr(value, 'dtype', '')}"
        fault = "is complex: write a real number" if is_complex else "is no number: write one, without quotes and unit"
        super().__init__(f"{name} = {shortened(value)} {fault}")
        self.name = name


class ShapeError(NudipoleError, ValueError):
    """An array has another shape than what is documented."""

    def __init__(self, name: str, shape: tuple[int, ...], wanted: str) -> None:
        super().__init__(f"{name} has shape {shape}: write {wanted}")
        self.name, self.shape = name, shape


class ArgumentError(NudipoleError, ValueError):
    """An argument that cannot be meant: its name, what was given, and what to write."""

    def __init__(self, argument: str, given: object, message: str) -> None:
        self.argument, self.given, self.message = argument, given, message
        super().__init__(self.called(argument))

    def called(self, name: str) -> str:
        """The message with another name for the argument, such as that of an option."""
        given = repr(self.given[:60]) if isinstance(self.given, str) else str(self.given)
        return f"{name} {given}: {self.message}"


class Unreachable(OutOfRange):
    """No neutrino of a beam makes a recoil that a detector counts."""


class UnitError(NudipoleError, ValueError):
    """A unit is missing, unknown or of the wrong kind."""


def shortened(name: object) -> str:
    """A word handed in, quoted, at a length that a line has room for."""
    text = " ".join(repr(name).split())
    quote = text[0] if text[0] in "'\"" else ""
    return text if len(text) <= _MOST_WORD + 2 else f"{text[:_MOST_WORD]}...{quote}"


def choices(name: object, known: Iterable[str]) -> str:
    """What somebody who wrote `name` may have meant, and what there is to choose from, cut to a readable length.

    Examples
    --------
    >>> choices("Mu_e", ["mu_e", "mu_tau", "r2_e"])
    "did you mean 'mu_e'? choose from mu_e, mu_tau, r2_e"
    >>> choices("x", [])
    'there is none to choose from'
    """
    names = list(known)
    if not names:
        return "there is none to choose from"
    close = likely(name, names)
    hint = f"did you mean {close!r}? " if close else ""
    shown: list[str] = []
    for item in names:
        if shown and len(", ".join([*shown, item])) > _MOST_CHOICES:
            return f"{hint}choose from {', '.join(shown)}, ... ({len(names)} in all)"
        shown.append(item)
    return f"{hint}choose from {', '.join(shown)}"


def likely(name: object, known: Iterable[str]) -> str | None:
    """The known name that was probably meant: the same in other letters, a close one, or one that begins so.

    Examples
    --------
    >>> likely("UNIFIED", ["one-sided", "unified"]), likely("rate_uncertainty", ["rate"]), likely("zzz", ["rate"])
    ('unified', None, None)
    """
    folded = {item.casefold().replace("_", "-"): item for item in reversed(list(known))}
    written = str(name)[:100].casefold().replace("_", "-").strip()
    close = get_close_matches(written, folded, n=1)
    begun = sorted((item for item in folded if len(written) > 1 and item.startswith(written)), key=len)
    return folded[(begun or close)[0]] if begun or close else None


class UnknownName(NudipoleError, KeyError):
    """A name that no registry knows; the message lists what there is."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        known = sorted(known)
        self.message = f"unknown {kind} {shortened(name)}: {choices(name, known)}"
        super().__init__(self.message)
        self.kind, self.name, self.known = kind, name, known

    def __str__(self) -> str:
        return self.message


class FormulaError(UnknownName):
    """A text that is no chemical formula: what in it is wrong, and what to write."""

    def __init__(self, text: str, remedy: str) -> None:
        super().__init__("chemical formula", text, ())
        self.remedy = remedy
        self.message = f"{shortened(text)} is no chemical formula: {remedy}"
        self.args = (self.message,)


class PropertyRule(NudipoleError, ValueError):
    """A matrix of electromagnetic properties breaks a rule of its Dirac or Majorana nature."""


class TableError(NudipoleError, ValueError):
    """A reference table is missing, damaged or not what was asked for."""


class InputError(NudipoleError, ValueError):
    """A file handed in by the user is not valid: which file, which key, what to write."""

    def __init__(self, file: str | Path, key: str, message: str) -> None:
        where = f"{file}: {key}: " if key else f"{file}: "
        super().__init__(where + message)
        self.file, self.key, self.message = str(file), key, message


class ZeroExpectation(NudipoleError, ValueError):
    """Events were observed in a bin where the model expects none, whatever its parameters."""

    def __init__(self, bins: Iterable[int]) -> None:
        self.bins = list(bins)
        super().__init__(
            f"events observed where the model expects none (bins {self.bins}): "
            "give those bins a background or drop them"
        )


class NoEffect(NudipoleError):
    """A parameter changes nothing that an experiment counts, such as a coupling beside another that is zero."""


class MissingPackage(NudipoleError, ImportError):
    """A package is not installed that only part of nudipole needs: which extra brings it."""

    def __init__(self, what: str, package: str, extra: str) -> None:
        super().__init__(f"{what} {package}, which is not installed: pip install 'nudipole[{extra}]'")
        self.what, self.package, self.extra = what, package, extra


class FitError(NudipoleError, RuntimeError):
    """A fit did not converge; the message carries the parameter values at which it stopped."""

    def __init__(self, what: str, parameters: Mapping[str, float]) -> None:
        at = ", ".join(f"{name} = {plain(value, 6)}" for name, value in parameters.items())
        super().__init__(f"{what} at {at}" if at else what)
        self.what, self.parameters = what, dict(parameters)
