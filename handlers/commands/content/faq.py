"""Export, import, check, publish and measure the bot's content.

export, import and check use the draft; publish and rollback change the release that the bot answers
from. All commands work while the service runs and take effect with the next question.
"""

from handlers.commands.lazy_group import LazyGroup

# Act → module and summary.
ACTS = {
    "export": ("content.export", "write the content, or a question set, to a file"),
    "import": ("content.import_file", "import a file into the draft, or into a question set"),
    "check": ("content.check", "compare the draft with the release in force"),
    "publish": ("content.publish", "publish the draft"),
    "rollback": ("content.rollback", "publish the content of an earlier release again"),
    "releases": ("content.releases", "list the releases"),
    "learn-shipped": ("content.learn_shipped", "train on the shipped content and write the result"),
    "evaluate": ("content.evaluate", "measure the bot on the questions of a file"),
}

command = LazyGroup(__doc__, ACTS)
