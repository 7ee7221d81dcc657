"""Tables: one file for each aggregate, with its queries; nothing here decides anything."""

from models import drivers

drivers.load_peewee_alone()
