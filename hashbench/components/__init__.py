"""What plugins can add, one kind a folder: kinds do not know each other."""
