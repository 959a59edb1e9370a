"""The detectors that netad-pcap ships, each a plugin like anybody's."""
