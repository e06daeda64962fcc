"""Other machines: counting and training on a Dask cluster, with the bytes of one machine."""
