"""What `cti-server demo --check` plays on the real PBX: one file per scenario.

Each has `async def play(stage, steps) -> str`: it makes real phones call, watches real push connections, measures with
`steps.took`, fails with `steps.check` or any exception, and returns in a sentence what it saw.
"""
