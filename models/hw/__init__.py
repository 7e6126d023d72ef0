"""Simulated hardware: page-table entries in physical memory, walkers, caches and devices; knows no kernel."""
