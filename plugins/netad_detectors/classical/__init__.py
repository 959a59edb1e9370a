"""What the papers' networks are compared with, kept as plain arrays and scored from them."""
