"""Everything that goes over the network.

``api`` is what resources talk to, ``profile`` says what is particular to one API, ``transport`` is the seam below it,
which a test can replace, and ``failures`` says what the HTTP library's exceptions mean.
"""
