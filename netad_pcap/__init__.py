"""netad-pcap: who did what in a packet capture, what is wrong, and how do you know."""
