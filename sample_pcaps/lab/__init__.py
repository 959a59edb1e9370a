"""The traffic lab: hosts in network namespaces, real servers and tools, recorded and labelled.

A scenario (`scenarios/`) names a network (`networks.py`), what its hosts do (`activities/`) and
for how long. `python -m sample_pcaps.lab` builds the network, runs the scenario, records on the
bridge, writes `NAME.pcap`, `NAME.truth.csv` and `NAME.journal.csv`, and takes everything down.
"""
