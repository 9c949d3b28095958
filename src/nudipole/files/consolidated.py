"""Zarr groups that open without a question."""

from __future__ import annotations

import os
import warnings


def consolidate(path: str | os.PathLike[str]) -> None:
    """Put the metadata of all arrays of a Zarr group into that of the group.

    Without, xarray warns that it looked for them and had to open every array. The warning that this is not in the
    specification of Zarr 3 is for other programs than xarray, which find the same in the arrays.

    Parameters
    ----------
    path : path
        Folder of the group.

    Examples
    --------
    >>> import zarr
    >>> group = zarr.open_group("scan.zarr", mode="w", zarr_format=3)
    >>> consolidate("scan.zarr")
    >>> is_consolidated("scan.zarr")
    True
    """
    import zarr

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Consolidated metadata")
        zarr.consolidate_metadata(path, zarr_format=3)


def is_consolidated(path: str | os.PathLike[str]) -> bool:
    """Whether the metadata of a Zarr group holds those of all its arrays, as `consolidate` puts them there.

    Parameters
    ----------
    path : path
        Folder of the group.

    Returns
    -------
    bool

    Examples
    --------
    >>> import zarr
    >>> group = zarr.open_group("scan.zarr", mode="w", zarr_format=3)
    >>> is_consolidated("scan.zarr")
    False
    """
    import zarr

    return zarr.open_group(path, mode="r", zarr_format=3).metadata.consolidated_metadata is not None
