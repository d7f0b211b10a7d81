"""The door to Asterisk: the only room that imports panoramisk.

`connection.AmiConnection` keeps one link to one PBX alive and hands over its events raw and in order;
`actions` builds what may be asked of the PBX, with checked fields; `truth` asks for everything that a PBX lists;
`message` reads one raw message. No tables. Hears and sends no bus events: who feeds the live model subscribes here.
"""
