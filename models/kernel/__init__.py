"""The kernel's side: what software does with the hardware of `models.hw`, written from kernels and never from specs."""
