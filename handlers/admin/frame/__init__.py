"""What all admin pages share: access, rendering, form values, sign-in.

May import faq and miniprogram_api; no other folder of handlers.admin.
"""

from handlers.admin.frame import evidence, signing_in, start
from handlers.admin.frame.blueprint import pages
