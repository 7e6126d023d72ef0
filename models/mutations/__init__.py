"""Known ways to get it wrong, one line each: real bugs of kernels and the ones that were nearly made."""
