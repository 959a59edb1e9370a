"""`make bench`: ratios and CPU time in one run, the load recorded beside them."""
