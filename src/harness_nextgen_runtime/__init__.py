"""The runtime of generated clients: everything that a client does, as plain Python.

It imports no generated code and knows no vendor but through the value that a client passes to it.
"""
