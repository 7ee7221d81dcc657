"""What all admin pages share: access, rendering, form values, sign-in."""

from handlers.admin.frame import evidence, signing_in, start
from handlers.admin.frame.blueprint import pages
