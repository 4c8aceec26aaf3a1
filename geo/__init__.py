"""Computation: from checked tables to indicators, and from indicators to a published atlas."""
