"""Checks of the models that need no spec: page tables against a dictionary, caches, isolation of memory."""
