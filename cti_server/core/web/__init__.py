"""The one public port: routes of the rooms, pages of the consoles, and the door to the push stream.

No tables. Hears and sends no events. The only room that knows aiohttp.
"""
