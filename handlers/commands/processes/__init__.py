"""Starting and watching the processes of a service.

May import what the commands share.
"""
