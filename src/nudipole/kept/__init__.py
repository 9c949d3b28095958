"""What takes long to make, kept in files between processes: arrays, and kernels before they are compiled.

An entry is named by the SHA-256 of all that decides it: the name of a function, its arguments, and the source of this
package, so that a change of any of them gives another name. What is changed in place from outside, such as a constant
of a module, is not seen. A folder may be removed at any time; one that cannot be written to is ignored, and so is
whatever in it is not a whole entry: it is a convenience.
"""

from typing import TYPE_CHECKING

from nudipole.lazy import on_first_use

if TYPE_CHECKING:
    from nudipole.kept.arrays import kept, use_kept_arrays
    from nudipole.kept.kernels import compiled, use_kept_kernels

__all__ = ["compiled", "kept", "use_kept_arrays", "use_kept_kernels"]

__getattr__, __dir__ = on_first_use(
    __name__, __all__, arrays=("kept", "use_kept_arrays"), kernels=("compiled", "use_kept_kernels")
)
