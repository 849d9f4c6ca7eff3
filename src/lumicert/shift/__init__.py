"""The shifter's desk: what waits to be certified, the form that certifies it, and many short runs at once.

What is typed is kept as a *draft* until it is submitted; a *claim* tells others who is on a run. Both are of the room
`certification`, as is every rule: this room reads forms and shows pages.
"""
