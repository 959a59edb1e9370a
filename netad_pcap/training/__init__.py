"""Training code: truth files, labelled flows, fitting, evaluation, model cards.

The bundles that we ship are made by the same code as a user's own (`shipped`).
"""
