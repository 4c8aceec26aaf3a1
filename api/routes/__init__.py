"""Endpoints, one topic a module."""
