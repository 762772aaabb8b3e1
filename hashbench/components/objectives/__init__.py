"""Objectives: one per file."""
