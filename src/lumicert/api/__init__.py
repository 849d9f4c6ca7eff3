"""The API for machines: what programs read and write over HTTP, and the two addresses of CertHelper's consumers.

An *operation* is a method of an address, such as `POST /api/v1/certifications`. Each has one *rule*: the permission
that it needs. A program shows a token, of which a *scope* opens some permissions; a page of ours shows its session.
Lists come in pages: the answer has the address of the `next` one, in which a *cursor* says behind what it begins.
"""
