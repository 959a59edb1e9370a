"""Small bounded programs of our own, where no package has the tool; standard library only.

Each runs on one host: `python -m sample_pcaps.lab.programs.NAME ARGUMENTS`.
"""
