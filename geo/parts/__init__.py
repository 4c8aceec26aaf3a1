"""Builds in parts: states read one by one, urban areas measured apart, all merged in one atlas."""

from geo.parts.build import PartsRequest, build_in_parts, default_workers
from geo.parts.crew import Crew

__all__ = ["Crew", "PartsRequest", "build_in_parts", "default_workers"]
