"""Mappings of several kinds: the key ``kind`` chooses a class of a registry, which may grow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema


class OneOf:
    """Annotation of a field: a mapping of one of the kinds of a registry.

    A class that is added to the registry later counts from the next `model_rebuild` of the models that have the field.

    Parameters
    ----------
    registry : mapping of str to type
        Models by their ``kind``.
    """

    def __init__(self, registry: Mapping[str, type[BaseModel]]) -> None:
        self.registry = registry

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        choices = {kind: handler.generate_schema(model) for kind, model in self.registry.items()}
        return core_schema.tagged_union_schema(choices, discriminator="kind")


def models_in(annotation: Any, metadata: Any = ()) -> list[type[BaseModel]]:
    """All models that a value with this annotation may be of."""
    for item in (*metadata, *getattr(annotation, "__metadata__", ())):
        if isinstance(item, OneOf):
            return list(item.registry.values())
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in models_in(part)]
