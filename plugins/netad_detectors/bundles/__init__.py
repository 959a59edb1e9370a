"""Trained bundles (`*.netad`), found by the entry point `netad_pcap.bundles`."""
