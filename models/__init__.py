"""Reference implementations: kernel-like objects over hardware page tables, written from facts and not from specs."""
