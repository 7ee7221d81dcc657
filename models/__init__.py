"""Tables: one file for each aggregate, with its queries; nothing here decides anything."""
