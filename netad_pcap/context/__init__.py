"""What source, destination, pair and service did lately, in one streaming pass.

Here: the last flows of the same source (`history`).
"""
