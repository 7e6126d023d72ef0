"""Specs of kernel uAPIs (`spec.uapi`) and the language they are written in (`spec.lang`)."""
