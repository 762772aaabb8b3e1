"""Objectives: one a file."""
