"""An app that listens to every hook of one collection, for `benchmarks.hooks`."""
