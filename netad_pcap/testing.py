"""Checks for authors of detector plugins."""
