"""The strategies of the `mas` documentation, rebuilt from their descriptions, the documented mistakes included.

Each is written the way a user of the library would: one class, and a `main` that logs in and subscribes.
"""
