"""Prompts: what callers hear, in each language, uploaded, recorded in the browser or spoken by the machine.

Tables: prompt, prompt_audio. Files: `[prompts] dir`/<prompt>/<language>-<version>.wav (8 kHz) and .wav16 (16 kHz), the
names by which Asterisk plays them; a version is written once and never changed, so that a running call is not cut.
"""
