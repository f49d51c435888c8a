"""The process that makes the cluster match the store.

`main` starts it; `controller` reconciles; `machine_loop` keeps one machine linked; `desk` is what
links may ask of store and disk; `feed_server` tells the interface what happens.
"""
