"""Numbers of JSON documents: no texts, and not true and false, which Python takes for 1 and 0."""

from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticKnownError


def _no_text_nor_truth(value: object) -> object:
    if isinstance(value, (bool, str)):
        raise PydanticKnownError("int_type")
    return value


Number = Annotated[float, Field(strict=True)]
# 2025.0 is whole too: JSON does not tell them apart.
Whole = Annotated[int, BeforeValidator(_no_text_nor_truth)]
