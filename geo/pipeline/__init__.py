"""From a folder of sources to an atlas in service: the steps, in order, over one piece of work."""

from geo.pipeline.build import BuildResult, build

__all__ = ["BuildResult", "build"]
