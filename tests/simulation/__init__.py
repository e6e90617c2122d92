"""Merchant months, played in one process from a seed: see README.md beside this file."""
