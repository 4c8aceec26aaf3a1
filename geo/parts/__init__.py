"""Builds in parts: states read one by one, urban areas measured apart, all merged in one atlas."""

from geo.parts.build import build_in_parts

__all__ = ["build_in_parts"]
