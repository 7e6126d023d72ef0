"""Bindings: what recorded calls, or those of an implementation, are in the words of a spec."""
