"""The pages of this folder; also the addresses that its pages had before."""

from handlers.admin.frame.access import Pages

pages = Pages("second_person", __name__)
