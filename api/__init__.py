"""Interfaces: the HTTP service, the map page and the command line, all reading an atlas."""
