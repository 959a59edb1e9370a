"""Networks that tell benign flows from the families of attacks."""
