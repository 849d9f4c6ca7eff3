"""What certifiers choose from and tick: problems, reasons, checklists.

A *problem* is what can be wrong with a component, such as dead readout chips of `tracker-pixel`; a *reason* says why
data are bad. Both are managed lists: an entry is *offered* or *retired*, and a retired one stays readable where it
was once chosen. A *checklist* has groups of items, and versions: a certification names the version whose items were
ticked, and finds its text for ever. What ships with the product needs no event; what people define goes over it.
"""
