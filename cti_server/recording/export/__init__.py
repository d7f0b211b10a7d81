"""Recordings taken away: a list as XLSX, many sounds as one ZIP with a manifest; with a reason, and audited."""
