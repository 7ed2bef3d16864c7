"""Everything that goes over the network: transport, retry, pacing, pages, streaming."""
