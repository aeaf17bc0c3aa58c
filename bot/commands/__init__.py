"""The commands: one file each, one list."""
