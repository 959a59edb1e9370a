"""Placeholder until this folder is built."""
