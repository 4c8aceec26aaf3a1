"""Builds in parts: states read one by one, urban areas measured apart, all merged in one atlas.

``build`` is the entrance; ``crew`` says who does the work.
"""
