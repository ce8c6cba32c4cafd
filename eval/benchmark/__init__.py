"""How fast a model tags on this machine, always beside alternatives measured in the same run."""
