"""Small captures with truth files, and the script that builds them."""
