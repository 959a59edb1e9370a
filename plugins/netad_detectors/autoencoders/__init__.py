"""Detectors that rebuild flows: what they cannot rebuild is unlike what they have seen."""
